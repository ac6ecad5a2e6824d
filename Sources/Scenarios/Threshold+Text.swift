// Thresholds as a scenario writes them, and back: `p(99)<250ms` under the key `reserve.latency`.

import Core

extension Threshold {
    /// A key of `thresholds`, after the name of the operation if there is one.
    enum Subject: String, CaseIterable {
        case latency
        case throughput
        case ok
        case fail
        case unknown
        case serverErrors = "5xx"
        case contention
        case retries
        case deadlocks

        /// Whether one operation can be measured by itself.
        var isOfOperations: Bool {
            switch self {
            case .latency, .throughput, .ok, .fail, .unknown, .serverErrors, .retries: true
            case .contention, .deadlocks: false
            }
        }

        /// Whether it is known while the load goes on.
        var isLive: Bool { isOfOperations }

        /// What can be limited, each with an example; the percentile of `p` stands behind it.
        var limits: [(word: String, example: String, measure: Measure)] {
            switch self {
            case .latency:
                [
                    ("p", "p(99)<250ms", .latency(percentile: 99)),
                    ("max", "max<2s", .latency(percentile: 100)),
                ]
            case .throughput: [("rate", "rate>=400/s", .throughput)]
            case .ok: [("rate", "rate>=95%", .outcome(.ok))]
            case .fail: [("rate", "rate<5%", .outcome(.fail))]
            case .unknown: [("rate", "rate<5%", .outcome(.unknown))]
            case .serverErrors: [("rate", "rate<1%", .serverErrors)]
            case .contention: [("rate", "rate>=20%", .contention)]
            case .retries:
                [("rate", "rate<=1.5/success", .attemptsPerSuccess), ("max", "max<=5", .mostAttempts)]
            case .deadlocks: [("count", "count<=0", .deadlocks)]
            }
        }

        var form: String { "expected a limit such as " + Names.alternatives(limits.map(\.example)) }

        var summary: String {
            switch self {
            case .latency: "time from the intended start of an operation to its return"
            case .throughput: "operations that returned, a second of the load"
            case .ok: "share of operations with outcome ok"
            case .fail: "share of operations with outcome fail"
            case .unknown: "share of operations with unknown outcome"
            case .serverErrors: "share of operations of which a request was answered 5xx"
            case .contention:
                "share of operations that overlapped another on the same key, a write among the two"
            case .retries: "attempts for each ok operation, and the most attempts of one operation"
            case .deadlocks: "deadlocks that the database counted"
            }
        }
    }

    var subject: Subject {
        switch measure {
        case .latency: .latency
        case .throughput: .throughput
        case .outcome(.ok): .ok
        case .outcome(.fail): .fail
        case .outcome(.unknown): .unknown
        case .serverErrors: .serverErrors
        case .contention: .contention
        case .attemptsPerSuccess, .mostAttempts: .retries
        case .deadlocks: .deadlocks
        }
    }

    /// The key of `thresholds` that it stands under.
    var key: String { (operation.map { $0 + "." } ?? "") + subject.rawValue }

    /// As in `rate>=20%`.
    init(text: String, subject: Subject, operation: String?) throws(TextError) {
        var scanner = TextScanner(text)
        scanner.skipSpaces()
        let measure = try Threshold.measure(subject, &scanner)
        scanner.skipSpaces()
        let symbolStart = scanner.offset
        let symbols = scanner.take { "<>=!".contains($0) }
        guard let comparison = Comparison.Operator(rawValue: symbols) else {
            throw TextError(symbolStart, "a comparison must follow", expected: subject.form)
        }
        scanner.skipSpaces()
        let start = scanner.offset
        let limit: Double
        do throws(TextError) {
            limit = try Threshold.limit(scanner.rest, measure, form: subject.form)
        } catch {
            throw TextError(start + error.offset, error.message, expected: error.expected)
        }
        self.init(
            measure: measure, operation: operation, comparison: comparison, limit: limit, source: text)
    }

    private static func measure(_ subject: Subject, _ scanner: inout TextScanner) throws(TextError) -> Measure
    {
        let start = scanner.offset
        let word = scanner.word()
        guard let limit = subject.limits.first(where: { $0.word == word }) else {
            let words = subject.limits.map(\.word)
            let suggestion = Names.nearest(to: word, among: words).map { "did you mean `\($0)`?" }
            throw TextError(start, "`\(word)` cannot be limited here", expected: suggestion ?? subject.form)
        }
        guard word == "p" else { return limit.measure }
        guard scanner.take("("), let percentile = Double(scanner.numberText()),
            (0...100).contains(percentile), scanner.take(")")
        else { throw TextError(start, "`\(scanner.text)` names no percentile", expected: subject.form) }
        return .latency(percentile: percentile)
    }

    private static func limit(_ text: String, _ measure: Measure, form: String) throws(TextError) -> Double {
        switch measure {
        case .latency: return try Units.duration(text) / .seconds(1)
        case .throughput: return try Units.rate(text)
        case .outcome, .serverErrors, .contention: return try Units.share(text)
        case .attemptsPerSuccess: return try Units.perSuccess(text)
        case .mostAttempts, .deadlocks:
            let digits = text.filter { !$0.isWhitespace }
            guard let count = Int(digits), (0...1_000_000_000).contains(count) else {
                throw TextError(0, "`\(text)` is no count, a whole number without a unit", expected: form)
            }
            return Double(count)
        }
    }

    /// The map that a scenario holds: the limits of each measure, in the order in which they are first named.
    static func yaml(_ thresholds: [Threshold]) -> YAMLText {
        var seen: Set<String> = []
        let first = thresholds.filter { seen.insert($0.key).inserted }
        return .map(first.map { first in (first.key, thresholds.filter { $0.key == first.key }) })
    }
}

extension Threshold: YAMLWritable {
    var yaml: YAMLText {
        guard let operations = abortsEarlyAfter else { return source.yaml }
        return ["limit": source, "abort-early": true, "after-operations": operations]
    }
}
