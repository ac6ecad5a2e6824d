// Operations and requests as JSON, in the examples of a verdict's findings, with the names of the history
// file.

import Core

extension OperationRecord: Document {
    public static var about: String { "Times are nanoseconds since the run's origin." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        OperationRecord(
            id: try member.required("id", \.id, .integer),
            client: try member.required("client", \.client, .natural),
            name: try member.required("name", \.name, .string),
            phase: try member.required("phase", \.phase, .word),
            round: try member.optional("round", \.round, .natural),
            values: try member.optional(
                "values", \.values.dictionary, .map, usually: [:], "everything bound before sending"),
            captures: try member.optional(
                "captures", \.captures.dictionary, .map, usually: [:], "what its answers gave"),
            intended: try member.optional("intended", \.intended, .integer),
            invoked: try member.required("invoked", \.invoked, .integer),
            returned: try member.optional(
                "returned", \.returned, .integer, "missing where no end is known"),
            outcome: try member.required("outcome", \.outcome, .word),
            requests: try member.required("requests", { Array($0.requests) }, .array(of: .object)))
    }
}

extension RequestRecord: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        RequestRecord(
            step: try member.required("step", \.step, .natural, "position of the step in the operation"),
            attempt: try member.required("attempt", \.attempt, .natural, "tries of this step before"),
            replica: try member.required("replica", \.replica, .natural),
            method: try member.required("method", \.method, .string),
            target: try member.required("target", \.target, .string, "path and query"),
            sent: try member.required("sent", \.sent, .integer),
            received: try member.optional(
                "received", \.received, .integer, "missing without a complete answer"),
            status: try member.optional("status", \.status, .integer),
            failure: try member.optional(
                "failure", \.failure, .word, "why there is no complete answer"),
            outcome: try member.required("outcome", \.outcome, .word),
            excerpt: try member.optional(
                "excerpt", \.excerpt, .string, "first bytes of an answer that was not ok"),
            meets: try member.optional(
                "meets", \.meets, .array(of: .string), usually: [],
                "conditions of models, more than statuses, that the answer meets, and what "
                    + "filters of captures found to look at"))
    }

    /// What is known of a request before its answer.
    static var sentNames: Set<String> { ["step", "attempt", "replica", "method", "target", "sent"] }
}
