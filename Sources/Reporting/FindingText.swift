// A finding as text: the short story of the summary, and the whole one with every request for `contend show
// RUN#n`.

public import Checking
import Core
import Histories

extension Finding {
    /// The short story: kind, sentence, two to six lines, how often, and where to read on.
    public func story(of run: String, _ style: TextStyle) -> [String] {
        var lines = [
            "\(label(style))  " + style.paint(kind.rawValue, .bold) + " · \(severity.rawValue) · \(check)"
        ]
        lines += accepted.map { style.wrap($0, indent: 2) } ?? []
        lines += style.wrap(title, indent: 2)
        lines.append("")
        lines += (story + told).flatMap { style.wrap($0, indent: 6, first: "    ") }
        lines.append("")
        lines += style.flow([often, "key \(key)", "class \(classID)"].compactMap(\.self), indent: 2)
        lines += scheduled.map { style.wrap($0, indent: 2) } ?? []
        lines.append("  " + style.paint("contend show \(run)#\(number)", .dim))
        if schedule != nil { lines.append("  " + style.paint("contend replay \(run)#\(number)", .dim)) }
        return lines + explanation(style)
    }

    /// The whole story: every operation of the smallest example with its requests, then what is known of the
    /// kind.
    public func detail(of run: String, _ style: TextStyle) -> [String] {
        var lines = [style.paint("\(run)#\(number)", .bold), style.rule(), ""]
        lines += style.wrap(title, indent: 2)
        lines.append("")
        lines += style.wrap("\(kind.rawValue): \(kind.theoryName)", indent: 2)
        lines += style.flow(
            [severity.rawValue, "violates \(check)", "key \(key)", "class \(classID)"]
                + [often].compactMap(\.self), indent: 2)
        lines += scheduled.map { style.wrap($0, indent: 2) } ?? []
        lines += accepted.map { style.wrap($0, indent: 2) } ?? []
        lines += ["", "What happened", ""]
        lines += (story + told).flatMap { style.wrap($0, indent: 4, first: "  ") }
        lines.append("")
        if !orders.isEmpty {
            lines += [Self.ordersTitle, ""]
            lines += orderLines.flatMap { style.wrap($0, indent: 4, first: "  ") } + [""]
        }
        guard !example.isEmpty else { return lines }
        lines += explanation(style)
        lines += ["\(exampleName), in order of invocation", ""]
        let origin = example.map(\.invoked).min() ?? 0
        for operation in example { lines += operation.lines(since: origin, style) }
        let columns = StatementColumns(finding: self, style: style).lines
        return lines + (columns.isEmpty ? statementLines(since: origin, style) : columns)
    }

    /// What went to the database: the statements of the operations in the order in which they were sent, then
    /// those that may be theirs.
    private func statementLines(since origin: Int64, _ style: TextStyle) -> [String] {
        guard !statements.isEmpty else { return [] }
        var lines = ["SQL, in the order in which it was sent", ""]
        func append(_ head: String, _ rest: String, _ statement: StatementRecord) {
            lines.append("  " + style.paint(head, .bold) + style.paint(rest, .dim))
            let text = TextStyle.cut(plainStatement(statement.statement).onOneLine, to: Self.statementLimit)
            lines += style.wrap(text, indent: 8, first: "      ")
        }
        for statement in statements {
            guard let owner = example.first(where: { $0.id == statement.operation }) else { continue }
            append(
                "client \(owner.client)  \(owner.name)",
                "  replica \(statement.replica)  \(OperationRecord.moment(statement.sent - origin))  "
                    + statement.ending, statement)
        }
        let uncertain = uncertainStatements
        if !uncertain.isEmpty { lines += ["", "SQL of that time that may be theirs", ""] }
        for (statement, count) in uncertain {
            append(Figures.count(count, "time"), "  first on replica \(statement.replica)", statement)
        }
        return lines + [""]
    }

    /// A longer statement is cut.
    private static let statementLimit = 400

    /// Statements of which it is not certain whose they are, alike ones once, with how often.
    var uncertainStatements: [(statement: StatementRecord, count: Int)] {
        statements.filter { $0.operation == nil }.alikeOnce(by: \.statement)
            .map { (statement: $0.element, count: $0.count) }
    }

    /// Its other sides, a sentence each.
    var told: [String] {
        sides.map { side in
            "Also \(side.kind.rawValue), \(side.count == 1 ? "once" : "\(side.count) times"): \(side.title)"
        }
    }

    var severity: Severity { kind.severity }

    private func label(_ style: TextStyle) -> String {
        if acceptance != nil { return style.paint("KNOWN \(number)", .dim) }
        return style.paint("FINDING \(number)", severity == .safety ? .bad : .doubtful)
    }

    /// Why it does not fail, where it does not.
    var accepted: String? { acceptance.map { "Accepted until \($0.until): \($0.reason)" } }

    /// How its schedule was found, and whether that shows it again.
    var scheduled: String? {
        guard let schedule else { return nil }
        let size =
            "\(Figures.count(schedule.steps.count, "decision")), "
            + "\(Figures.count(schedule.switches, "switch", "switches")) between requests"
            + (replay?.original.map { shortened(schedule, from: $0) } ?? "")
        let again =
            replay.map { replay in
                replay.reproduced == 0
                    ? "; it did not show again in \(Figures.count(replay.times, "replay"))"
                    : "; replayed \(replay.reproduced) of \(replay.times)"
            } ?? ""
        return "schedule of \(size)\(again)"
    }

    private func shortened(_ schedule: ScheduleRecord, from original: ReplayRecord.Original) -> String {
        let requests =
            original.requests == schedule.requests.count
            ? "" : " of \(Figures.count(original.requests, "request"))"
        return ", shortened from \(Figures.count(original.switches, "switch", "switches"))\(requests)"
    }

    /// How often it was seen, and among how many where it is a share of them.
    var often: String? {
        if judged > 0 { return "in \(Figures.grouped(count)) of \(Figures.grouped(judged)) judged" }
        return count > 1 ? "\(Figures.grouped(count)) times" : nil
    }

    /// Whether fewer of its operations would contradict nothing.
    private var isSmallest: Bool { kind != .invariantViolated && kind != .wrongTotal }

    /// What its operations are.
    private var exampleName: String {
        switch kind.severity {
        case .safety: isSmallest ? "Smallest example" : "The operations"
        case .liveness, .error: "An example"
        }
    }
}

extension OperationRecord {
    /// One operation and, indented under it, its requests; times are relative to `origin`.
    func lines(since origin: Int64, _ style: TextStyle) -> [String] {
        let span = returned.map { "\(Self.moment($0 - origin))" } ?? "never"
        var lines = [
            "  " + style.paint("client \(client)", .bold) + "  \(name)  "
                + style.paint(outcome.rawValue, outcome.tone)
                + style.paint("  \(Self.moment(invoked - origin)) → \(span)", .dim)
        ]
        let facts = values.merging(captures)
        lines += style.flow(
            facts.map { "\($0.key) = \(TextStyle.cut(JSON.text($0.value), to: 60))" }, indent: 6)
        lines += requests.flatMap { $0.lines(since: origin, style) }
        lines.append("")
        return lines
    }

    /// `+1.204 ms`.
    static func moment(_ nanoseconds: Int64) -> String {
        let sign = nanoseconds < 0 ? "-" : "+"
        return sign + Figures.decimal(Double(nanoseconds.magnitude) / 1_000_000, places: 3) + " ms"
    }
}

extension Sequence {
    /// The first of all that have the same `look`, in their order, with how many there are.
    func alikeOnce(by look: (Element) -> some Hashable) -> [(element: Element, count: Int)] {
        Dictionary(grouping: enumerated(), by: { look($0.element) }).values
            .sorted { $0[0].offset < $1[0].offset }.map { ($0[0].element, $0.count) }
    }
}

extension StatementRecord {
    /// Rows or error, and how long it took, in a few words.
    var ending: String {
        guard let answered else { return "no answer" }
        let what = code.map { "error \($0)" } ?? rows.map { Figures.grouped($0, "row") } ?? "done"
        return "\(what) (\(Figures.duration(nanoseconds: answered - sent)))"
    }
}

extension RequestRecord {
    func lines(since origin: Int64, _ style: TextStyle) -> [String] {
        let end = received.map { OperationRecord.moment($0 - origin) } ?? "never"
        let again = attempt > 0 ? "  try \(attempt + 1)" : ""
        let head = "\(method) \(target)".onOneLine
        var lines = [
            "      " + TextStyle.cut(head, to: style.width - 6),
            "        replica \(replica)  \(answer)  "
                + style.paint("\(OperationRecord.moment(sent - origin)) → \(end)\(again)", .dim),
        ]
        if let excerpt, !excerpt.isEmpty {
            let oneLine = excerpt.split(whereSeparator: \.isNewline).joined(separator: " ").onOneLine
            lines.append("        " + style.paint(TextStyle.cut(oneLine, to: style.width - 8), .dim))
        }
        return lines
    }
}

extension Outcome {
    var tone: TextStyle.Tone {
        switch self {
        case .ok: .good
        case .fail: .bold
        case .unknown: .doubtful
        }
    }
}
