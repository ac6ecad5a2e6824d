// The judgement as JSON: verdict, tally, checks and findings of `verdict.json`.

import Core
public import Histories
public import Scenarios

extension Judgement: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        var judgement = Judgement(
            verdict: try member.required("verdict", \.verdict, .word),
            findings: [], checks: [],
            tally: try member.required("tally", \.tally, .object(named: "tally")))
        judgement.findings = try member.required(
            "findings", \.findings, .array(of: .object(named: "finding")))
        judgement.checks = try member.required("checks", \.checks, .array(of: .object(named: "check")))
        judgement.steps = try member.optional(
            "steps", \.steps, .array(of: .object(named: "load-step")), usually: [], "of a ramp")
        judgement.answers = try member.optional(
            "answers", \.answers, .array(of: .object(named: "answer")), usually: [],
            "how often each operation got which answer, in all phases")
        return judgement
    }
}

extension AnswerCount: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        AnswerCount(
            operation: try member.required("operation", \.operation, .string),
            step: try member.optional("step", \.step, .string, "its name, where the operation has several"),
            status: try member.optional("status", \.status, .integer),
            failure: try member.optional("failure", \.failure, .word),
            outcome: try member.required("outcome", \.outcome, .word, "how the outcome rules read it"),
            count: try member.required("count", \.count, .natural))
    }
}

extension LoadStep: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        LoadStep(
            clients: try member.required("clients", \.clients, .natural),
            perSecond: try member.required(
                "operations_per_second", \.perSecond, .number, "answered ok or fail"),
            succeeded: try member.required("succeeded", \.succeeded, .natural),
            aborted: try member.required("aborted_attempts", \.aborted, .natural),
            deadlocks: try member.required("deadlocks", \.deadlocks, .natural))
    }
}

extension Tally: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        var tally = Tally()
        tally.operations = try member.required("operations", \.operations, .natural, "of the load phase")
        tally.ok = try member.required("ok", \.ok, .natural)
        tally.fail = try member.required("fail", \.fail, .natural)
        tally.unknown = try member.required("unknown", \.unknown, .natural)
        tally.contended = try member.required(
            "contended", \.contended, .natural, "overlapped another on their key, a write among the two")
        tally.losers = try member.required(
            "losers", \.losers, .natural, "contended writes that the service refused by its rules")
        tally.rounds = try member.required("rounds", \.rounds, .natural, "judged")
        tally.voidRounds = try member.required(
            "void_rounds", \.voidRounds, .natural, "whose preparation failed")
        tally.unansweredRounds = try member.optional(
            "unanswered_rounds", \.unansweredRounds, .natural, usually: 0,
            "of which fewer than half was answered")
        tally.deadlocks = try member.optional(
            "deadlocks", \.deadlocks, .natural, "that the database counted")
        tally.abortedAttempts = try member.optional(
            "aborted_attempts", \.abortedAttempts, .natural, "that came to nothing and were made again")
        return tally
    }
}

extension Check: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        var check = Check(
            kind: try member.required("kind", \.kind, .word),
            name: try member.required("name", \.name, .string),
            verdict: try member.required("verdict", \.verdict, .word),
            explanation: try member.required("explanation", \.explanation, .string),
            keys: try member.required("keys", \.keys, .natural, "keys judged"),
            explored: try member.required("explored", \.explored, .natural, "configurations explored"),
            position: try member.optional(
                "position", \.position, .object, "where the scenario declares it"),
            measured: try member.optional(
                "measured", \.measured, .number, "what a threshold's measure came to, in `unit`"),
            limit: try member.optional("limit", \.limit, .number, "a threshold's limit, in `unit`"),
            unit: try member.optional("unit", \.unit, .word))
        check.isUndecided = try member.optional(
            "undecided", \.isUndecided, .boolean.with(.constant(.bool(true))), usually: false,
            "a part of it was not decided")
        return check
    }
}

extension SourcePosition: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        SourcePosition(
            line: try member.required("line", \.line, .integer.with(.integer(from: 1))),
            column: try member.required("column", \.column, .integer.with(.integer(from: 1))),
            file: try member.optional("file", \.file, .string, "as named by the user"))
    }
}

extension Finding: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        let number = try member.required(
            "number", \.number, .integer.with(.integer(from: 1)), "RUN#number names it")
        let classID = try member.required(
            "class", \.classID, .string, "the same in every run that shows it")
        let kind = try member.required("kind", \.kind, .word)
        member.derived("severity", \.kind.severity, .word)
        member.derived("theory", \.kind.theoryName, .string, "its name in the literature")
        var finding = Finding(
            classID: classID, number: number, kind: kind,
            check: try member.required(
                "check", \.check, .string, "the model or invariant that is violated"),
            key: try member.required("key", \.key, .string),
            title: try member.required("title", \.title, .string, "one plain sentence"),
            story: try member.required("story", \.story, .array(of: .string)),
            example: try member.required(
                "example", \.example, .array(of: .object(named: "operation")), "the smallest example"),
            count: try member.required(
                "count", \.count, .natural, "rounds, keys or operations that show it"),
            judged: try member.required("judged", \.judged, .natural, "of how many"),
            occurrences: try member.optional(
                "occurrences", { $0.occurrences }, .natural, "separate wrongs, at least"))
        finding.keys = try member.optional(
            "keys", \.keys, .array(of: .string), usually: [finding.key],
            "all keys that it is about, where it is about several")
        finding.statements = try member.optional(
            "statements", \.statements, .array(of: .object(named: "statement")), usually: [],
            "what the replicas sent to the database meanwhile")
        finding.schedule = try member.optional(
            "schedule", \.schedule, .object(named: "schedule"), "of an exploration: the order of statements")
        finding.replay = try member.optional(
            "replay", \.replay, .object, "how often that order showed it again")
        finding.orders = try member.optional(
            "orders", \.orders, .array(of: .object(named: "order")), usually: [],
            "what its requests come to one after the other, then under the schedule")
        finding.explained = try member.optional(
            "explained", \.explained, .object, "of `run --explain`: what an exploration of it came to")
        finding.sides = try member.optional(
            "sides", \.sides, .array(of: .object), usually: [],
            "other ways in which the same cause shows")
        finding.acceptance = try member.optional(
            "accepted", \.acceptance, .object, "set where it is a known finding")
        return finding
    }
}

extension FindingSide: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        FindingSide(
            classID: try member.required(
                "class", \.classID, .string, "what its class would be if it came alone"),
            kind: try member.required("kind", \.kind, .word),
            title: try member.required("title", \.title, .string, "one plain sentence"),
            count: try member.required("count", \.count, .natural, "rounds or keys that show it"))
    }
}

extension Acceptance: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        Acceptance(
            reason: try member.required("reason", \.reason, .string),
            until: try member.required("until", \.until, .string, "the last day, as 2027-01-31"))
    }
}
