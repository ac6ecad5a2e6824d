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

    /// The record's own members stand beside `event`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        func write(_ event: Event, _ record: any Encodable) throws {
            try container.encode(event, forKey: .event)
            try record.encode(to: encoder)
        }
        func write(_ event: Event, _ value: some Encodable, as key: Key) throws {
            try container.encode(event, forKey: .event)
            try container.encode(value, forKey: key)
        }
        switch self {
        case .begin(let time): try write(.begin, time, as: .time)
        case .end(let time, let bytes):
            try write(.end, time, as: .time)
            try container.encodeIfPresent(bytes, forKey: .databaseBytes)
        case .lost(let record): try write(.lost, record)
        case .counters(let record): try write(.counters, record)
        case .backend(let record): try write(.backend, record)
        case .sessions(let record): try write(.sessions, record)
        case .pool(let record): try write(.pool, record)
        case .wait(let record): try write(.wait, record)
        case .cycle(let record): try write(.cycle, record)
        case .error(let record): try write(.error, record)
        case .conflict(let record): try write(.conflict, record)
        case .notice(let message): try write(.notice, message, as: .message)
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
