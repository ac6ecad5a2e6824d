// What `HistoryLine+Writing` writes, as a JSON Schema: one schema for each line of history.jsonl.

import Core

extension HistoryHeader {
    /// The schema of one line of `history.jsonl`.
    ///
    /// Objects are open: members may be added within a version, and readers pass over what they do not know.
    public static var schema: JSONSchema {
        JSONSchema.anyOf(
            [
                "header", HistoryFormat.invoke, HistoryFormat.attempt, "completion", HistoryFormat.fault,
                HistoryFormat.notice,
            ].map(JSONSchema.definition)
        )
        .document(
            "history", version: currentVersion,
            title: "One line of history.jsonl of contend, format version \(currentVersion)",
            definitions: [
                "header": header, HistoryFormat.invoke: invoke, HistoryFormat.attempt: attempt,
                "completion": completion, HistoryFormat.fault: FaultRecord.lineSchema,
                HistoryFormat.notice: notice, "request": RequestRecord.schema(of: RequestRecord.sentNames),
                "answered-request": RequestRecord.objectSchema,
            ])
    }

    private static var header: JSONSchema {
        .object(
            [
                .required("contend", .constant(.string(HistoryFormat.name)), "what this file is"),
                .required("version", .constant(.int(currentVersion)), "version of the format"),
                .required("scenario", .string, "the scenario's name"),
                .required("seed", .string(matching: "^[0-9]+$"), "below 2^64, as text"),
                .required("replicas", .natural), .required("clients", .natural),
                .required("started", .string, "time of day, RFC 3339 in UTC"),
                .optional("marks_end", .boolean, "a recording that is complete ends with `load`"),
            ], isOpen: true
        ).described("The first line.")
    }

    private static var invoke: JSONSchema {
        .line(
            HistoryFormat.invoke,
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
        .line(
            HistoryFormat.attempt,
            [
                .required("id", .integer), .required("request", .definition("request")),
                .optional("captures", .map(of: .anything), "what earlier answers gave"),
            ], "A later request of an open operation.")
    }

    private static var completion: JSONSchema {
        JSONSchema.line(
            nil,
            [
                .required("event", .words(of: Outcome.self), "the outcome"), .required("id", .integer),
                .optional("returned", .null, "null: the end is not known, `time` is the latest known"),
                .optional("captures", .map(of: .anything), "all that its answers gave"),
                .optional("requests", .array(of: .definition("answered-request"))),
            ], "An operation ends; the event is its outcome.")
    }

    private static var notice: JSONSchema {
        .line(
            HistoryFormat.notice,
            [
                .required("message", .string),
                .optional(
                    "trouble", .words(of: Trouble.Kind.self), "what makes a pass of the run doubtful"),
                .optional("since", .integer, "of a trouble: until then all was known to be well"),
                .optional("replica", .natural, "of a trouble: the replica it concerns"),
                .optional("log", .array(of: .string), "of a trouble: last lines of the log that tells more"),
                .optional("load", .map(of: .anything), "figures of the load; the recording is complete"),
            ], "A sentence about the recording itself, or about what went wrong around the run.")
    }
}

extension JSONSchema {
    fileprivate static func line(_ event: String?, _ members: [Member], _ description: String) -> JSONSchema {
        var common: [Member] = [.required("time", .integer, "nanoseconds since the run's origin")]
        if let event { common.append(.required("event", .constant(.string(event)))) }
        return object(common + members, isOpen: true).described(description)
    }
}

extension FaultRecord {
    fileprivate static var lineSchema: JSONSchema {
        .line(
            HistoryFormat.fault,
            [
                .required("kind", .words(of: Kind.self)), .required("replica", .natural),
                .required("start", .integer), .optional("end", .integer, "missing while it is not healed"),
            ], "A fault is injected, or healed.")
    }
}
