// What replicas and database wrote about the operations of a finding: lines that carry their trace, and lines
// of that moment.

import Checking
import Core
import Histories
import RunStore

/// One line of a log, or one statement that the monitor saw.
struct EvidenceLine: Hashable {
    /// How it is known that a line belongs to the example, the surest first.
    enum Certainty: Hashable {
        /// It carries the trace of a request of this operation.
        case traced(operation: Int)
        /// Its time falls into the example's.
        case nearby
        /// Its stamp is too coarse to say more.
        case sameSecond
    }

    var source: String
    /// On the run's clock, where it is known.
    var time: Int64?
    var certainty: Certainty
    var text: String
    /// Alike ones are told once.
    var count = 1

    var isCertain: Bool {
        switch certainty {
        case .traced: true
        case .nearby, .sameSecond: false
        }
    }
}

struct Evidence {
    static let lineLimit = 40
    static let columnLimit = 400
    /// Time before and after the example that still belongs to it.
    static let margin: Int64 = 5_000_000

    var lines: [EvidenceLine] = []
    /// What was left out or could not be placed, a sentence each.
    var notices: [String] = []
}

/// Logs and the monitor's record, split once for all findings.
struct EvidenceIndex {
    private struct Line {
        var source: String
        /// `nil` for what the monitor saw of any replica, and for the database.
        var replica: Int?
        var text: Substring
        var time: Int64?
        var precision: Int64
        /// The operation whose request it carries.
        var operation: Int?
    }

    private static let monitor = "monitor"
    private var lines: [Line] = []
    private var notices: [String] = []
    private let seed: UInt64

    /// A stamp that is less exact cannot place a line within an example.
    private static let coarse: Int64 = 10_000_000

    init(_ material: RunMaterial) {
        seed = material.report.identity.seed
        var unplaced = 0
        for log in material.logs { unplaced += add(log, material.origin) }
        if unplaced > 0 {
            let why =
                material.origin == nil
                ? "the run did not record when its clock began" : "they carry neither time nor trace"
            notices.append("\(Figures.grouped(unplaced, "line")) of the logs could not be placed: \(why).")
        }
        addStatements(material.observations)
    }

    /// Returns how many lines have neither time nor trace.
    private mutating func add(_ log: LogFile, _ origin: WallClockOrigin?) -> Int {
        if log.isCut { notices.append("The log of \(log.source) is long; its end was not searched.") }
        var unplaced = 0
        var line = Line(source: log.source.description, text: "", precision: 0)
        if case .replica(let index) = log.source { line.replica = index }
        for text in log.text.utf8.split(separator: UInt8(ascii: "\n")).lazy.map({ Substring($0) }) {
            // A line without a time of its own goes on where the line before it left off.
            if let stamp = LogStamp(log.source == .database ? Self.stampText(text) : text) {
                line.time = origin.map { stamp.time(since: $0) }
                line.precision = stamp.precision
                line.operation = nil
            }
            line.text = text
            line.operation = operation(in: text) ?? line.operation
            if line.time == nil, line.operation == nil { unplaced += 1 }
            lines.append(line)
        }
        return unplaced
    }

    /// The operation whose request the text carries, if it is one of this run.
    private func operation(in text: some StringProtocol) -> Int? {
        RequestTrace(in: text).flatMap { $0.seed == seed ? $0.operation : nil }
    }

    private static func stampText(_ line: Substring) -> Substring {
        guard let range = line.firstRange(of: "\"timestamp\":\"") else { return line }
        return line[range.upperBound...]
    }

    /// What the monitor saw of statements that waited for a lock, or stood in a circle of waits.
    private mutating func addStatements(_ seen: Observations) {
        func line(_ time: Int64, _ what: String, _ statement: String) -> Line {
            Line(
                source: Self.monitor, text: "\(what): \(statement)", time: time, precision: 0,
                operation: operation(in: statement))
        }
        for wait in seen.waits {
            lines.append(line(wait.time, "waits for \(wait.lock)", wait.waiter.statement))
            lines += wait.holders.map { line(wait.time, "held by (\($0.state))", $0.statement) }
        }
        for cycle in seen.cycles {
            lines += cycle.members.map { line(cycle.time, "in a circle of waits", $0.statement) }
        }
    }

    // MARK: - One finding

    /// Lines about these operations, sure ones first where there are too many, in order of time.
    func evidence(for example: [OperationRecord]) -> Evidence {
        let ids = Set(example.map(\.id))
        let begin = (example.map(\.invoked).min() ?? 0) - Evidence.margin
        let end = (example.map { $0.returned ?? $0.invoked }.max() ?? 0) + Evidence.margin
        let replicas = Set(example.flatMap(\.requests).map(\.replica))
        var (certain, nearby): ([EvidenceLine], [EvidenceLine]) = ([], [])
        for line in lines {
            if let operation = line.operation {
                if ids.contains(operation) { certain.append(told(line, .traced(operation: operation))) }
            } else if let time = line.time, time + line.precision >= begin, time <= end,
                line.replica.map(replicas.contains) ?? true
            {
                nearby.append(told(line, line.precision > Self.coarse ? .sameSecond : .nearby))
            }
        }
        (certain, nearby) = (Self.merged(certain), Self.merged(nearby))
        var result = Evidence()
        let kept =
            certain.prefix(Evidence.lineLimit) + nearby.prefix(max(0, Evidence.lineLimit - certain.count))
        result.lines = kept.sorted { ($0.time ?? .max) < ($1.time ?? .max) }
        result.notices = notices
        let left = certain.count + nearby.count - kept.count
        if left > 0 {
            result.notices.append("\(Figures.grouped(left, "further line")) of this moment left out.")
        }
        return result
    }

    private func told(_ line: Line, _ certainty: EvidenceLine.Certainty) -> EvidenceLine {
        // Only the beginning is shown, and a line may be as long as its log.
        let head = String(decoding: line.text.utf8.prefix(Self.readLimitBytes), as: UTF8.self)
        let text = line.source == Self.monitor ? plainStatement(head) : Self.plain(head)
        return EvidenceLine(
            source: line.source, time: line.time, certainty: certainty,
            text: HTML.cut(text, to: Evidence.columnLimit))
    }

    private static let readLimitBytes = 32_768

    /// Alike lines once, where the first of them stood.
    private static func merged(_ lines: [EvidenceLine]) -> [EvidenceLine] {
        func untimed(_ line: EvidenceLine) -> EvidenceLine {
            var line = line
            line.time = nil
            return line
        }
        return lines.alikeOnce(by: untimed).map { line, count in
            var line = line
            line.count = count
            return line
        }
    }

    /// A line of PostgreSQL's JSON log as its text form would be; any other as it is.
    private static func plain(_ line: String) -> String {
        guard line.hasPrefix("{\"timestamp\""), let value = try? JSON.parse(line.utf8),
            case .object(let members) = value, let severity = members["error_severity"]?.text
        else { return line }
        let code = members["state_code"]?.text.map { " \($0)" } ?? ""
        var text = "\(severity)\(code): \(members["message"]?.text ?? "")"
        if let statement = members["statement"]?.text { text += " · " + plainStatement(statement) }
        if let detail = members["detail"]?.text { text += " · " + plainStatement(detail) }
        return text
    }
}
