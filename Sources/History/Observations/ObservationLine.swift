// `monitor.jsonl`: one JSON object a line, each with the name of what it records.

import Core
import FoundationEssentials

/// One record of a monitor.
public enum ObservationLine: Sendable, Hashable {
    /// The monitor watches from this time on.
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
    /// From now on nothing is seen.
    case lost(MonitorLoss)
    /// All that there is to record has been recorded; of a database in files, how large they are by then.
    case end(time: Int64, databaseBytes: Int? = nil)

    /// The line with its newline.
    public var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}

extension ObservationLine: Codable {
    private enum Event: String, Codable {
        case begin, counters, backend, sessions, pool, wait, cycle, error, conflict, notice, lost, end
    }

    private enum Key: String, CodingKey {
        case event, message, time
        case databaseBytes = "database_bytes"
    }

    private var event: Event {
        switch self {
        case .begin: .begin
        case .counters: .counters
        case .backend: .backend
        case .sessions: .sessions
        case .pool: .pool
        case .wait: .wait
        case .cycle: .cycle
        case .error: .error
        case .conflict: .conflict
        case .notice: .notice
        case .lost: .lost
        case .end: .end
        }
    }

    /// The record's own members stand beside `event`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(event, forKey: .event)
        switch self {
        case .begin(let time): try container.encode(time, forKey: .time)
        case .end(let time, let bytes):
            try container.encode(time, forKey: .time)
            try container.encodeIfPresent(bytes, forKey: .databaseBytes)
        case .lost(let record): try record.encode(to: encoder)
        case .counters(let record): try record.encode(to: encoder)
        case .backend(let record): try record.encode(to: encoder)
        case .sessions(let record): try record.encode(to: encoder)
        case .pool(let record): try record.encode(to: encoder)
        case .wait(let record): try record.encode(to: encoder)
        case .cycle(let record): try record.encode(to: encoder)
        case .error(let record): try record.encode(to: encoder)
        case .conflict(let record): try record.encode(to: encoder)
        case .notice(let message): try container.encode(message, forKey: .message)
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self =
            switch try container.decode(Event.self, forKey: .event) {
            case .begin: .begin(time: try container.decode(Int64.self, forKey: .time))
            case .counters: .counters(try DatabaseCounters(from: decoder))
            case .backend: .backend(try BackendRecord(from: decoder))
            case .sessions: .sessions(try SessionSample(from: decoder))
            case .pool: .pool(try HeldPool(from: decoder))
            case .wait: .wait(try LockWait(from: decoder))
            case .cycle: .cycle(try WaitCycle(from: decoder))
            case .error: .error(try ServerError(from: decoder))
            case .conflict: .conflict(try LoggedConflict(from: decoder))
            case .notice: .notice(try container.decode(String.self, forKey: .message))
            case .lost: .lost(try MonitorLoss(from: decoder))
            case .end:
                .end(
                    time: try container.decode(Int64.self, forKey: .time),
                    databaseBytes: try container.decodeIfPresent(Int.self, forKey: .databaseBytes))
            }
    }
}

extension Observations {
    /// What a file of such lines holds; nothing for a file that is not there.
    ///
    /// A line that is not of this format, or was cut short, is left out, and said under `damage`.
    public static func read(_ file: String) -> Observations {
        guard let data = FileManager.default.contents(atPath: file) else { return Observations() }
        var observations = Observations()
        let decoder = JSONDecoder()
        var broken: [Int] = []
        for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            do {
                guard Observations.isJudgeable(try JSON.parse(line)) else { throw TooLarge() }
                observations.add(try decoder.decode(ObservationLine.self, from: line))
            } catch {
                broken.append(number + 1)
            }
        }
        if let first = broken.first {
            observations.damage.append(
                "line \(first) of the monitor's record"
                    + (broken.count == 1 ? "" : " and \(broken.count - 1) more")
                    + " cannot be read")
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
        case .begin(let time): began = time
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
