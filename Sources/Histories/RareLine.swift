// The lines of a history that are few: each is a document.

import Core

/// A line that is no operation's.
enum RareLine {
    case fault(FaultRecord)
    case trouble(Trouble)
    case statement(StatementRecord)
    case schedule(ScheduleRecord)
    case coverage(CoverageRecord)
    case replayed(ReplayRecord)
    case notice(RecordingNotice)
    case end(RecordingEnd)

    init(_ event: String, _ line: Value) throws(JSONError) {
        guard case .object(let members) = line else {
            throw JSONError(offset: 0, message: "an object should be here")
        }
        let (event, line) = Self.current(event, members)
        do throws(DocumentError) {
            self =
                switch event {
                case "fault": .fault(try FaultRecord(document: line, path: event))
                case "trouble": .trouble(try Trouble(document: line, path: event))
                case "statement": .statement(try StatementRecord(document: line, path: event))
                case "schedule": .schedule(try ScheduleRecord(document: line, path: event))
                case "coverage": .coverage(try CoverageRecord(document: line, path: event))
                case "replayed": .replayed(try ReplayRecord(document: line, path: event))
                case "notice": .notice(try RecordingNotice(document: line, path: event))
                case "end": .end(try RecordingEnd(document: line, path: event))
                default:
                    throw DocumentError(.malformed, "no event is called `\(event)` in this version")
                }
        } catch {
            throw JSONError(offset: 0, message: error.message)
        }
    }

    /// A line of version 1 as this version writes it: it knew faults of replicas only, and told troubles and
    /// the end as notices.
    private static func current(_ event: String, _ members: [String: Value]) -> (String, Value) {
        var members = members
        var event = event
        if event == "fault", members["target"] ?? .null == .null, let replica = members["replica"] {
            members["target"] = .object(["replica": replica])
        } else if event == "notice", members["load"] ?? .null != .null {
            event = "end"
        } else if event == "notice", let kind = members["trouble"], kind != .null {
            event = "trouble"
            members["kind"] = kind
        }
        // Version 1 was read without times of faults and notices.
        if event != "trouble", members["time"] == nil {
            members["time"] = members["end"] ?? members["start"] ?? 0
        }
        return (event, .object(members))
    }
}

/// A sentence about the recording itself.
struct RecordingNotice: Document {
    var time: Int64
    var message: String

    static var about: String { "A sentence about the recording itself." }

    static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        RecordingNotice(
            time: try member.line("notice", at: \.time),
            message: try member.required("message", \.message, .string))
    }
}

/// The end of a recording that is complete.
struct RecordingEnd: Document {
    var time: Int64
    /// By the names of `verdict.json`.
    var load: [String: Value]

    static var about: String { "The recording is complete." }

    static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        RecordingEnd(
            time: try member.line("end", at: \.time),
            load: try member.required("load", \.load, .map.present, "what the load measured of itself"))
    }
}
