// Nothing sensitive gets past the redactor, and nothing else is touched.

import History
import Testing

@testable import Scenario

@Suite struct RedactorTests {
    @Test(arguments: [
        ("Bearer hunter22!", "Bearer [redacted]!"), ("hunter22hunter22", "[redacted][redacted]"),
        ("hunter2", "hunter2"),
        ("hunter22-long", "[redacted]"), ("nothing here", "nothing here"), ("", ""),
        ("postgresql://me:pw@host:5432/db", "postgresql://[redacted]@host:5432/db"),
        ("http://me@a/b http://c/@d", "http://[redacted]@a/b http://c/@d"),
        ("http://a@b:c@d/", "http://[redacted]@d/"), ("see http://host/x", "see http://host/x"),
        ("://me@host", "://me@host"), ("http://@host", "http://@host"),
        ("user=\"http://u:p@h\"", "user=\"http://[redacted]@h\""),
        ("a \"quo\\\"te\" b", "a \"[redacted]\" b"),
        ("?q=a%20b%2Fc&r", "?q=[redacted]&r"), ("abc", "abc"), ("ünï hunter22 ünï", "ünï [redacted] ünï"),
    ])
    func replaces(text: String, expected: String) {
        let redactor = Redactor(["hunter22", "hunter22-long", "abc", "quo\"te", "a b/c"])
        #expect(redactor.redact(text) == expected)
    }

    @Test(arguments: [11, 12, 13])
    func noListedValueIsLeft(seed: UInt64) {
        var generator = SplitMix(state: seed)
        for _ in 0..<200 {
            let values = (0..<3).map { _ in
                String((0..<Int(4 + generator.next() % 4)).map { _ in generator.next() % 2 == 0 ? "a" : "b" })
            }
            let text = String((0..<60).map { _ in "abc"[generator.next() % 3] })
            let redacted = Redactor(values).redact(text)
            // What stands between two marks held no value before, so none can remain.
            let pieces = redacted.split(separator: Redactor.mark, omittingEmptySubsequences: false)
            #expect(
                pieces.allSatisfy { piece in values.allSatisfy { !piece.contains($0) } },
                "seed \(seed): \(redacted)")
        }
    }
}

extension String {
    fileprivate subscript(offset: UInt64) -> Character { self[index(startIndex, offsetBy: Int(offset))] }
}
