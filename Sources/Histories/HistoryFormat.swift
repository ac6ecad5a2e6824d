// The form of a history file as a whole: its version, its limits, and the JSON Schema of its lines.

import Core

/// The format of `history.jsonl`; `docs/history.md` describes it.
public enum HistoryFormat {
    public static let version = 2
    static let name = "history"
    /// No line is longer; a longer one cannot be recorded, and is no history when read.
    static let lineLimitBytes = 64 << 20
    /// 104 days: what judging subtracts and adds up stays in the range of its numbers.
    static let momentLimitNanoseconds = 1 << 53

    /// Whether a time of a run can be this, in nanoseconds since its origin.
    public static func isMoment(_ time: some BinaryInteger) -> Bool {
        time.magnitude <= momentLimitNanoseconds
    }

    /// The schema of one line of `history.jsonl`.
    ///
    /// Objects are open: members may be added within a version, and readers pass over what they do not know.
    public static var schema: JSONSchema {
        let lines: [(name: String, schema: JSONSchema)] = [
            ("header", HistoryHeader.objectSchema), ("invoke", invoke), ("attempt", attempt),
            ("completion", completion), ("fault", FaultRecord.objectSchema),
            ("trouble", Trouble.objectSchema),
            ("statement", StatementRecord.objectSchema), ("schedule", ScheduleRecord.objectSchema),
            ("coverage", CoverageRecord.objectSchema), ("replayed", ReplayRecord.objectSchema),
            ("notice", RecordingNotice.objectSchema),
            ("end", RecordingEnd.objectSchema),
        ]
        let parts = [
            "request": RequestRecord.schema(of: RequestRecord.sentNames),
            "answered-request": RequestRecord.objectSchema,
        ]
        return JSONSchema.anyOf(lines.map { .definition($0.name) }).document(
            "history", version: version,
            title: "One line of history.jsonl of contend, format version \(version)",
            definitions: parts.merging(lines.map { ($0.name, $0.schema) }) { $1 })
    }

    private static var invoke: JSONSchema {
        line(
            .constant("invoke"),
            [
                .required("id", .integer, "number of the operation, unique in the file"),
                .required("client", .natural, "the virtual client, from 0"),
                .required("name", .string, "the operation's name in the scenario"),
                .required("phase", .words(of: Phase.self)),
                .optional("round", .natural, "the burst round, from 0"),
                .optional("values", .map(of: .anything), "everything bound before sending"),
                .optional("intended", .integer, "when an open load meant to start it"),
                .optional("request", .definition("request")),
            ], "An operation begins; written before its first byte is sent.")
    }

    private static var attempt: JSONSchema {
        line(
            .constant("attempt"),
            [
                .required("id", .integer), .required("request", .definition("request")),
                .optional("captures", .map(of: .anything), "what earlier answers gave"),
            ], "A later request of an open operation.")
    }

    private static var completion: JSONSchema {
        line(
            .words(of: Outcome.self),
            [
                .required("id", .integer),
                .optional("returned", .null, "null: the end is not known, `time` is the latest known"),
                .optional("captures", .map(of: .anything), "all that its answers gave"),
                .optional("requests", .array(of: .definition("answered-request"))),
            ], "An operation ends; the event is its outcome.")
    }

    private static func line(
        _ event: JSONSchema, _ members: [JSONSchema.Member], _ description: String
    ) -> JSONSchema {
        let common: [JSONSchema.Member] = [
            .required("time", .integer, "nanoseconds since the run's origin"), .required("event", event),
        ]
        return .object(common + members, isOpen: true).described(description)
    }
}

extension Members {
    /// What each line but the header begins with.
    mutating func line(_ event: String, at time: (Whole) -> Int64) throws(DocumentError) -> Int64 {
        let time = try required("time", time, .moment, "nanoseconds since the run's origin")
        constant("event", .string(event))
        return time
    }
}

extension Shape where Part == Int64 {
    /// A time since the run's origin, in nanoseconds.
    static var moment: Shape {
        Shape(integer.schema, sample: { 0 }, write: integer.write) { value, path throws(DocumentError) in
            let time = try integer.read(value, path)
            guard HistoryFormat.isMoment(time) else {
                throw DocumentError(
                    .malformed, "\(path): a time lies within 104 days of the run's origin, this one does not")
            }
            return time
        }
    }
}

extension Shape where Part == Int {
    /// What is counted or numbered from 0.
    static var number: Shape {
        Shape(natural.schema, sample: { 0 }, write: natural.write) { value, path throws(DocumentError) in
            let number = try natural.read(value, path)
            guard 0...Int(Int32.max) ~= number else {
                throw DocumentError(.malformed, "\(path): a number from 0 to \(Int32.max) should be here")
            }
            return number
        }
    }
}
