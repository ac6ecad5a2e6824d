// What replicas and database wrote about the operations of a finding: lines that carry their trace, and lines
// of that moment.

import Checking
import History

/// One line of a log, or one statement that the monitor saw.
struct EvidenceLine: Hashable {
    var source: String
    /// On the run's clock, where it is known.
    var time: Int64?
    /// Carries the trace of a request of the example; otherwise it is only of that time.
    var isCertain: Bool
    var text: String
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

/// Logs, split once for all findings.
struct EvidenceIndex {
    private struct Line {
        var source: LogFile.Source
        var text: Substring
        var time: Int64?
        var precision: Int64
        var trace: RequestTrace?
    }

    private var lines: [Line] = []
    private var notices: [String] = []
    private let material: RunMaterial

    init(_ material: RunMaterial) {
        self.material = material
        var unplaced = 0
        let sign = Self.traceSign(material.report.seed)
        for log in material.logs {
            if log.isCut { notices.append("The log of \(log.source) is long; its end was not searched.") }
            var time: Int64?
            var precision: Int64 = 0
            var trace: RequestTrace?
            for text in log.text.split(separator: "\n") {
                let stamp = LogStamp(log.source == .database ? Self.stampText(text) : text)
                if let stamp {
                    time = material.origin.map { stamp.time(since: $0) }
                    precision = stamp.precision
                    trace = nil
                }
                if Self.holds(text.utf8, sign) { trace = RequestTrace(in: String(text)) ?? trace }
                if time == nil, trace == nil { unplaced += 1 }
                // A line without a time of its own goes on where the line before it left off.
                lines.append(
                    Line(source: log.source, text: text, time: time, precision: precision, trace: trace))
            }
        }
        if unplaced > 0 {
            let why =
                material.origin == nil
                ? "the run did not record when its clock began" : "they carry neither time nor trace"
            notices.append("\(Figures.count(unplaced, "line")) of the logs could not be placed: \(why).")
        }
    }

    /// How every trace of this run begins; looking for it is far cheaper than reading each line as a trace.
    private static func traceSign(_ seed: UInt64) -> [UInt8] {
        let digits = String(seed, radix: 16)
        return Array(("00-" + String(repeating: "0", count: 16 - digits.count) + digits).utf8)
    }

    private static func holds(_ text: Substring.UTF8View, _ sign: [UInt8]) -> Bool {
        var matched = 0
        for byte in text {
            // The sign's first two bytes are alike, and no later part of it begins it anew within a match.
            if byte == sign[matched] {
                matched += 1
                if matched == sign.count { return true }
            } else if !(matched == 2 && byte == sign[0]) {
                matched = byte == sign[0] ? 1 : 0
            }
        }
        return false
    }

    private static func stampText(_ line: Substring) -> Substring {
        guard let range = line.firstRange(of: "\"timestamp\":\"") else { return line }
        return line[range.upperBound...]
    }

    /// Lines about these operations, sure ones first where there are too many, in order of time.
    func evidence(for example: [OperationRecord]) -> Evidence {
        let ids = Set(example.map(\.id))
        let begin = example.map(\.invoked).min() ?? 0
        let end = example.map { $0.returned ?? $0.invoked }.max() ?? begin
        let replicas = Set(example.flatMap(\.requests).map(\.replica))
        var certain: [EvidenceLine] = []
        var nearby: [EvidenceLine] = []
        for line in lines {
            if let trace = line.trace {
                if ids.contains(trace.operation) { certain.append(told(line, isCertain: true)) }
                continue
            }
            guard let time = line.time, time + line.precision >= begin - Evidence.margin,
                time <= end + Evidence.margin
            else { continue }
            if case .replica(let replica) = line.source, !replicas.contains(replica) { continue }
            nearby.append(told(line, isCertain: false))
        }
        for line in statements() {
            let trace = RequestTrace(in: line.text)
            if let trace, trace.seed == material.report.seed {
                if ids.contains(trace.operation) { certain.append(with(line, isCertain: true)) }
            } else if let time = line.time, time >= begin - Evidence.margin, time <= end + Evidence.margin {
                nearby.append(line)
            }
        }
        var result = Evidence()
        let most = Evidence.lineLimit
        let kept = certain.prefix(most) + nearby.prefix(max(0, most - certain.count))
        result.lines = kept.sorted { ($0.time ?? .max) < ($1.time ?? .max) }
        result.notices = notices
        let left = certain.count + nearby.count - kept.count
        if left > 0 {
            result.notices.append("\(Figures.count(left, "further line")) of this moment left out.")
        }
        return result
    }

    private func told(_ line: Line, isCertain: Bool) -> EvidenceLine {
        let text = line.source == .database ? Self.plain(line.text) : String(line.text)
        return EvidenceLine(
            source: line.source.description, time: line.time, isCertain: isCertain,
            text: HTML.cut(text, to: Evidence.columnLimit))
    }

    private func with(_ line: EvidenceLine, isCertain: Bool) -> EvidenceLine {
        var line = line
        line.isCertain = isCertain
        return line
    }

    /// A line of PostgreSQL's JSON log as its text form would be.
    private static func plain(_ line: Substring) -> String {
        guard line.hasPrefix("{"), let value = try? JSON.parse(line.utf8), case .object(let members) = value
        else { return String(line) }
        let code = members["state_code"]?.text.map { " \($0)" } ?? ""
        var text = "\(members["error_severity"]?.text ?? "LOG")\(code): \(members["message"]?.text ?? "")"
        for name in ["detail", "statement"] {
            if let more = members[name]?.text { text += " · \(name.uppercased()): \(more)" }
        }
        return text
    }

    /// What the monitor saw of statements that waited or failed.
    private func statements() -> [EvidenceLine] {
        let seen = material.observations
        var lines: [EvidenceLine] = []
        func add(_ time: Int64, _ what: String, _ statement: String) {
            lines.append(
                EvidenceLine(
                    source: "monitor", time: time, isCertain: false,
                    text: HTML.cut("\(what): \(statement)", to: Evidence.columnLimit)))
        }
        for wait in seen.waits {
            let lasted = Figures.duration(nanoseconds: wait.end - wait.time)
            add(wait.time, "waited \(lasted) for \(wait.lock)", wait.waiter.statement)
            for holder in wait.holders { add(wait.time, "held it, \(holder.state)", holder.statement) }
        }
        for cycle in seen.cycles {
            for member in cycle.members { add(cycle.time, "in a circle of waits", member.statement) }
        }
        return lines
    }
}
