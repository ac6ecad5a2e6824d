// What is said of a foreign history: on the terminal, as JSON, and as evidence.

public import Checking
public import Core
public import Histories

/// A judged foreign history.
public struct ForeignReport: Sendable {
    /// Operations of one violation that are told one by one.
    static let toldLimit = 24

    public var file: String
    public var operations: [ForeignOperation]
    public var judgement: ForeignJudgement

    public init(file: String, operations: [ForeignOperation], judgement: ForeignJudgement) {
        self.file = file
        self.operations = operations
        self.judgement = judgement
    }

    private var counts: [String] {
        let outcomes = Dictionary(grouping: operations, by: \.outcome).mapValues(\.count)
        func count(_ outcome: Outcome) -> String { Figures.grouped(outcomes[outcome] ?? 0) }
        return [
            Figures.grouped(operations.count, "operation"), Figures.grouped(judgement.keys, "key"),
            "ok \(count(.ok))  fail \(count(.fail))  unknown \(count(.unknown))",
        ]
    }

    // MARK: - Text

    /// For the terminal, ending in a newline.
    public func text(_ style: TextStyle) -> String {
        var lines = [style.paint("\(file) · \(judgement.model.rawValue)", .bold), style.rule()]
        lines += style.flow(counts, indent: 2)
        lines += judgement.readings.flatMap { style.wrap($0, indent: 2) }
        for violation in judgement.violations { lines += [""] + told(violation, style) }
        if !judgement.undecided.isEmpty { lines += [""] + undecided(style) }
        lines += ["", verdict(style)]
        return lines.joined(separator: "\n") + "\n"
    }

    private func told(_ violation: ForeignViolation, _ style: TextStyle) -> [String] {
        var head = style.paint(violation.kind, .bad)
        if let key = violation.key { head += " · key \(key)" }
        if violation.count > 1 { head += " · \(Figures.grouped(violation.count)) of the kind" }
        var lines = [head] + style.wrap(violation.title, indent: 2)
        for (number, position) in violation.operations.prefix(Self.toldLimit).enumerated() {
            let operation = operations[position]
            let name = violation.reasons.count > 1 ? "T\(number + 1) " : ""
            lines += style.wrap("\(name)\(operation.told)", indent: 6, first: "    line \(operation.line): ")
        }
        if violation.operations.count > Self.toldLimit {
            lines.append("    … \(violation.operations.count - Self.toldLimit) more")
        }
        lines += violation.reasons.flatMap { style.wrap($0, indent: 6, first: "    ") }
        return lines
    }

    private func undecided(_ style: TextStyle) -> [String] {
        let named = judgement.undecided.prefix(3).map { undecided in
            (undecided.key.map { "key \($0)" } ?? "the history")
                + " up to \(Figures.decimal(undecided.fraction * 100, places: 1)) % of its operations"
        }
        let text =
            "\(judgement.undecided.count) of \(Figures.grouped(max(judgement.keys, 1), "key")) not decided: "
            + named.joined(separator: ", ")
            + ". The budget of configurations was used up, or nothing was read; --budget raises it."
        return style.wrap(text, indent: 2)
    }

    private func verdict(_ style: TextStyle) -> String {
        switch judgement.verdict {
        case .pass:
            style.paint("PASS", .good)
                + (judgement.keys == 0
                    ? "  no operation says anything: nothing was tested" : "  every operation is explained")
        case .violation:
            style.paint("VIOLATION", .bad)
                + "  \(Figures.grouped(judgement.violations.count, "contradiction"))"
        case .degraded, .unknown, .notRun: style.paint("UNKNOWN", .doubtful)
        }
    }

    // MARK: - JSON

    /// One JSON document.
    public var document: Value {
        .object([
            "version": 1, "history": .string(file), "model": .string(judgement.model.rawValue),
            "verdict": .string(judgement.verdict.rawValue),
            "readings": .array(judgement.readings.map { .string($0) }), "keys": .int(judgement.keys),
            "operations": .int(operations.count), "explored": .int(judgement.explored),
            "violations": .array(judgement.violations.map(document)),
            "undecided": .array(
                judgement.undecided.map { .object(["key": key($0.key), "fraction": .double($0.fraction)]) }),
        ])
    }

    /// The evidence: of a violation its operations and the reason, of a pass the order, by lines of
    /// invocation.
    public var certificate: Value {
        .object([
            "version": 1, "history": .string(file), "model": .string(judgement.model.rawValue),
            "verdict": .string(judgement.verdict.rawValue),
            "violations": .array(judgement.violations.map(document)),
            "orders": .array(
                judgement.orders.map { .object(["key": key($0.key), "lines": lines($0.operations)]) }),
        ])
    }

    private func document(_ violation: ForeignViolation) -> Value {
        .object([
            "kind": .string(violation.kind), "key": key(violation.key), "title": .string(violation.title),
            "lines": lines(violation.operations),
            "operations": .array(violation.operations.map { .string(operations[$0].told) }),
            "reasons": .array(violation.reasons.map { .string($0) }), "count": .int(violation.count),
        ])
    }

    private func lines(_ positions: [Int]) -> Value { .array(positions.map { .int(operations[$0].line) }) }

    private func key(_ key: String?) -> Value { key.map { .string($0) } ?? .null }
}
