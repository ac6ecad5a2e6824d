// `monitor.jsonl`: one JSON object a line, each with the name of what it records.

import Core
import FoundationEssentials

/// One record of a monitor.
public enum ObservationLine: Sendable, Hashable {
    /// The monitor watches from this time on; after it was lost, again.
    case begin(time: Int64)
    case counters(DatabaseCounters)
    case backend(BackendRecord)
    case sessions(SessionSample)
    case pool(HeldPool)
    case wait(LockWait)
    case cycle(WaitCycle)
    case error(ServerError)
    case conflict(LoggedConflict)
    case notice(String)
    /// From now on nothing is seen, until it begins again.
    case lost(MonitorLoss)
    /// All that there is to record has been recorded; of a database in files, how large they are by then.
    case end(time: Int64, databaseBytes: Int? = nil)

    /// The line with its newline.
    public var text: String { JSON.text(document) + "\n" }

    private var document: Value {
        switch self {
        case .begin(let time): MonitorBegin(time: time).document
        case .counters(let record): record.document
        case .backend(let record): record.document
        case .sessions(let record): record.document
        case .pool(let record): record.document
        case .wait(let record): record.document
        case .cycle(let record): record.document
        case .error(let record): record.document
        case .conflict(let record): record.document
        case .notice(let message): MonitorNotice(message: message).document
        case .lost(let record): record.document
        case .end(let time, let bytes): MonitorEnd(time: time, databaseBytes: bytes).document
        }
    }

    /// A line of this version, or of one before.
    init(_ value: Value) throws(DocumentError) {
        guard case .object(let line) = Self.current(value), let event = line["event"]?.text else {
            throw DocumentError(.malformed, "no record of a monitor")
        }
        // An error without a reason is as PostgreSQL logged it.
        if event == "error", line["reason"] ?? .null == .null {
            self = .error(try LoggedError(document: .object(line), path: event).read)
            return
        }
        guard let kind = Self.kinds.first(where: { $0.name == event }) else {
            throw DocumentError(.malformed, "no record of a monitor is called `\(event)`")
        }
        self = try kind.read(.object(line))
    }

    /// A kind of line: what it is called, looks like and is read as.
    private struct Kind: Sendable {
        let name: String
        let schema: JSONSchema
        let read: @Sendable (Value) throws(DocumentError) -> ObservationLine

        init<Record: Document>(_ name: String, _ line: @escaping @Sendable (Record) -> ObservationLine) {
            self.name = name
            schema = Record.objectSchema
            read = { value throws(DocumentError) in line(try Record(document: value, path: name)) }
        }
    }

    private static let kinds = [
        Kind("begin") { (record: MonitorBegin) in .begin(time: record.time) },
        Kind("counters", Self.counters), Kind("backend", Self.backend), Kind("sessions", Self.sessions),
        Kind("pool", Self.pool), Kind("wait", Self.wait), Kind("cycle", Self.cycle),
        Kind("error", Self.error), Kind("conflict", Self.conflict),
        Kind("notice") { (record: MonitorNotice) in .notice(record.message) }, Kind("lost", Self.lost),
        Kind("end") { (record: MonitorEnd) in .end(time: record.time, databaseBytes: record.databaseBytes) },
    ]

    /// Names that records of before spelled otherwise, and those of today.
    private static let oldNames = [
        "idleInTransaction": "idle_in_transaction", "openSince": "open_since",
        "elapsedMilliseconds": "elapsed_milliseconds",
    ]

    private static func current(_ value: Value) -> Value {
        guard case .object(var members) = value else { return value }
        for (old, name) in oldNames {
            if let value = members.removeValue(forKey: old) { members[name] = members[name] ?? value }
        }
        if let pools = members["pools"]?.elements { members["pools"] = .array(pools.map(current)) }
        return .object(members)
    }

    /// The schema of one line of `monitor.jsonl`.
    public static var schema: JSONSchema {
        JSONSchema.anyOf(kinds.map { .definition($0.name) }).document(
            "monitor", version: HistoryFormat.version,
            title: "One line of monitor.jsonl of contend, format version \(HistoryFormat.version)",
            definitions: Dictionary(uniqueKeysWithValues: kinds.map { ($0.name, $0.schema) }))
    }
}

extension Observations {
    /// What a file of such lines holds; nothing for a file that is not there.
    ///
    /// A line that is not of this format, or was cut short, is left out, and said under `damage`.
    public static func read(_ file: String) -> Observations {
        guard let data = FileManager.default.contents(atPath: file) else { return Observations() }
        var observations = Observations()
        var broken: [Int] = []
        for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            do {
                let value = try JSON.parse(line)
                guard isJudgeable(value) else { throw TooLarge() }
                observations.add(try ObservationLine(value))
            } catch {
                broken.append(number + 1)
            }
        }
        if let first = broken.first {
            observations.damage.append(
                "line \(first) of the monitor's record"
                    + (broken.count == 1 ? "" : " and \(broken.count - 1) more") + " cannot be read")
        }
        return observations
    }

    /// Whether judging can subtract and add up all numbers in it.
    private static func isJudgeable(_ value: Value) -> Bool {
        switch value {
        case .int(let number): number.magnitude <= HistoryFormat.momentLimitNanoseconds
        case .double(let number): number.magnitude <= Double(HistoryFormat.momentLimitNanoseconds)
        case .array(let values): values.allSatisfy(isJudgeable)
        case .object(let members): members.values.allSatisfy(isJudgeable)
        case .null, .bool, .string: true
        }
    }

    private struct TooLarge: Error {}

    public mutating func add(_ line: ObservationLine) {
        switch line {
        case .begin(let time):
            if let loss = losses.indices.last, losses[loss].regained == nil {
                losses[loss].regained = time
            } else {
                began = time
            }
        case .lost(let record): losses.append(record)
        case .end(let time, let bytes): (ended, databaseBytes) = (time, bytes)
        case .counters(let record): counters.append(record)
        case .backend(let record): backends.append(record)
        case .sessions(let record): sessions.append(record)
        case .pool(let record): pools.append(record)
        case .wait(let record): waits.append(record)
        case .cycle(let record): cycles.append(record)
        case .error(let record): errors.append(record)
        case .conflict(let record): conflicts.append(record)
        case .notice(let message): notices.append(message)
        }
    }
}
