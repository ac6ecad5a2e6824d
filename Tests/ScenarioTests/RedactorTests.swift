// Nothing sensitive gets past the redactor, and nothing else is touched.

import Core
import Foundation
import Histories
import Testing

@testable import Scenarios

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

    /// As readers, clients and services change a value on its way.
    @Test(arguments: [
        "s3cr3t pä\"ss\\wörd/+&=", "correct horse battery staple", "plain-token_123", "🔑key🔑key",
        "a<b>c'd\"e",
        "tabs\tand\nlines of it",
    ])
    func aValueIsFoundHoweverItWasChangedOnItsWay(secret: String) {
        let redactor = Redactor([" \(secret)\n"])
        var forms = [secret, " \(secret)\n"]
        let json = String(JSON.text(.string(secret)).dropFirst().dropLast())
        let again = String(JSON.text(.string(json)).dropFirst().dropLast())
        let third = String(JSON.text(.string(again)).dropFirst().dropLast())
        forms += [json, again, third, json.replacing("/", with: "\\/")]
        forms.append(secret.unicodeScalars.map { $0.isASCII ? String($0) : Self.escaped($0) }.joined())
        forms.append(json.unicodeScalars.map { $0.isASCII ? String($0) : Self.escaped($0) }.joined())
        forms.append(json.replacing("<", with: "\\u003c").replacing("&", with: "\\u0026"))
        let percent = secret.utf8.map { Self.percent($0, upper: true) }.joined()
        forms += [percent, percent.lowercased().count == percent.count ? percent : percent]
        forms.append(secret.utf8.map { Self.percent($0, upper: false) }.joined())
        forms.append(percent.replacing("%", with: "%25"))
        forms.append(percent.replacing("%20", with: "+"))
        forms.append(
            secret.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
                .replacing("\"", with: "&quot;").replacing("'", with: "&#39;"))
        for form in forms {
            #expect(redactor.redact("before \(form) after").contains("[redacted]"), "\(form)")
            let redacted = redactor.redact("before|\(form)|after")
            #expect(redacted.hasPrefix("before|") && redacted.hasSuffix("|after"), "\(form): \(redacted)")
            #expect(!redacted.contains(secret.prefix(5)), "\(form): \(redacted)")
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        String(Character(scalar)).utf16.map {
            let digits = String($0, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    private static func percent(_ byte: UInt8, upper: Bool) -> String {
        if (48...57).contains(byte) || (97...122).contains(byte) { return String(Unicode.Scalar(byte)) }
        let digits = String(byte, radix: 16, uppercase: upper)
        return "%" + (digits.count == 1 ? "0" : "") + digits
    }

    /// At each place in a group of three bytes, and in both alphabets: nothing of the value can be decoded.
    @Test(arguments: ["hunter22", "h?>~h?>~h?>~", "pässwörd", "a long token with 123 and more of it"])
    func aValueIsFoundInsideBase64(secret: String) {
        let redactor = Redactor([secret])
        for before in ["", "a", "me:", "user:", "alice:"] {
            for after in ["", "\n", "!", ":more"] {
                let standard = Data((before + secret + after).utf8).base64EncodedString()
                let forURL = standard.replacing("+", with: "-").replacing("/", with: "_")
                for form in [standard, forURL, forURL.replacing("=", with: "")] {
                    let redacted = redactor.redact("Authorization: Basic \(form), next")
                    #expect(redacted.contains("[redacted]"), "\(before)\(secret)\(after): \(form)")
                    #expect(redacted.hasSuffix(", next"))
                    let left = redacted.dropFirst("Authorization: Basic ".count).dropLast(", next".count)
                        .replacing("[redacted]", with: "")
                    #expect(left.count < 6, "\(form): \(redacted)")
                }
            }
        }
    }

    @Test func thePasswordOfAURLIsSensitiveAlone() {
        let redactor = Redactor(["postgresql://alice:open-sesame@db/main", "http://postgres:postgres@x/"])
        #expect(
            redactor.redact("password open-sesame failed for alice") == "password [redacted] failed for alice"
        )
        #expect(redactor.redact("starting postgres") == "starting postgres")
        #expect(redactor.redact(#"{"url":"http:\/\/bob:x@h\/p"}"#) == #"{"url":"http:\/\/[redacted]@h\/p"}"#)
    }

    @Test func theLinesOfATextOfSeveralAreSensitiveAlone() {
        let redactor = Redactor(["-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n"])
        #expect(redactor.redact("line: kqhkiG9w0BAQEF") == "line: [redacted]")
    }

    @Test func backslashesWithoutEndAreReadInTime() {
        let secret = String(repeating: "\\", count: 24)
        let text = String(repeating: "\\", count: 20_000) + "x"
        #expect(Redactor([secret]).redact(text).contains("[redacted]"))
        #expect(Redactor([secret + "y"]).redact(text) == text)
    }

    /// Wherever a stream is cut, it is redacted as the whole is.
    @Test func aStreamIsRedactedAsTheWholeIs() {
        let redactor = Redactor(["hunter22", "a\"b\"c d"])
        let filler = String(repeating: "some text ", count: 300)
        let text = filler + "hunter22" + filler + "a%22b%22c%20d" + filler + "hunter22"
        let bytes = Array(text.utf8)
        for size in [1, 7, 100, 1_000, 4_000] {
            var result: [UInt8] = []
            var pending: [UInt8] = []
            var index = 0
            while true {
                let end = min(bytes.count, index + size)
                pending += bytes[index..<end]
                let isLast = end == bytes.count
                let (redacted, consumed) = redactor.redact(pending, isLast: isLast)
                result += redacted ?? Array(pending[..<consumed])
                pending.removeFirst(consumed)
                index = end
                if isLast { break }
            }
            #expect(String(decoding: result, as: UTF8.self) == redactor.redact(text), "pieces of \(size)")
        }
    }

    @Test func theBeginningOfATextEndsWithNoHalfOfAValue() {
        let redactor = Redactor(["hunter22"])
        let text = Array("say hunter22 again".utf8)
        for limit in 5...11 {
            #expect(redactor.redact(beginning: text, atMost: limit) == "say [redacted]", "\(limit)")
        }
        #expect(redactor.redact(beginning: text, atMost: 3) == "say")
        #expect(redactor.redact(beginning: text, atMost: 100) == "say [redacted] again")
    }

    @Test func anEmptySecretIsRefusedAndAShortOneIsTold() {
        #expect(SecretValue.problem(of: "TOKEN", " \n")?.contains("TOKEN is empty") == true)
        #expect(SecretValue.problem(of: "TOKEN", "abc") == nil)
        #expect(SecretValue.remark(on: "TOKEN", "abc\n")?.contains("not redacted") == true)
        #expect(SecretValue.remark(on: "TOKEN", "abcd") == nil)
    }

    @Test(arguments: [11, 12, 13])
    func noListedValueIsLeft(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
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
