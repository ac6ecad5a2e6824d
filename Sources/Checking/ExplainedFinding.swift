// What an exploration made of a finding of stress: a schedule that shows it again, with its SQL, or why there
// is none.

import Core
public import Histories

/// The schedule belongs to another run, whose finding it names.
public struct ExplainedFinding: Sendable, Hashable {
    /// `RUN#ID` of the finding that has the schedule; `nil` where none was found.
    public var name: String?
    public var schedule: ScheduleRecord?
    public var replay: ReplayRecord?
    /// The operations of that finding's example.
    public var example: [OperationRecord]
    public var statements: [StatementRecord]
    /// Why there is no schedule, a clause.
    public var reason: String?

    public init(unexplained reason: String) {
        self.init(example: [], statements: [], reason: reason)
    }

    /// By a finding that has a schedule.
    public init(_ finding: Finding, named name: String) {
        self.init(
            name: name, schedule: finding.schedule, replay: finding.replay, example: finding.example,
            statements: finding.statements)
    }

    private init(
        name: String? = nil, schedule: ScheduleRecord? = nil, replay: ReplayRecord? = nil,
        example: [OperationRecord], statements: [StatementRecord], reason: String? = nil
    ) {
        self.name = name
        self.schedule = schedule
        self.replay = replay
        self.example = example
        self.statements = statements
        self.reason = reason
    }
}

extension ExplainedFinding: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        ExplainedFinding(
            name: try member.optional(
                "finding", \.name, .string, "RUN#ID of the finding that has the schedule"),
            schedule: try member.optional("schedule", \.schedule, .object(named: "schedule")),
            replay: try member.optional("replay", \.replay, .object),
            example: try member.optional(
                "example", \.example, .array(of: .object(named: "operation")), usually: []),
            statements: try member.optional(
                "statements", \.statements, .array(of: .object(named: "statement")), usually: []),
            reason: try member.optional("reason", \.reason, .string, "why there is no schedule"))
    }
}
