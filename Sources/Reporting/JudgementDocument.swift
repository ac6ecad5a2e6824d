// The judgement as JSON and back: verdict, tally, checks and findings of `verdict.json`. A member that is
// added to a document goes into the `schema` below it as well.

import Checking
import Core
import History
import Scenario

extension Judgement {
    var members: [String: Value] {
        var members: [String: Value] = [
            "verdict": .string(verdict.rawValue), "tally": tally.document,
            "findings": .array(findings.map(\.document)), "checks": .array(checks.map(\.document)),
        ]
        if !steps.isEmpty { members["steps"] = .array(steps.map(\.document)) }
        if !answers.isEmpty { members["answers"] = .array(answers.map(\.document)) }
        return members
    }

    init(_ members: Members) throws(ReportError) {
        self.init(
            verdict: try members.name("verdict", of: Verdict.self),
            findings: try members.each("findings") { value, path throws(ReportError) in
                try Finding(document: value, path: path)
            },
            checks: try members.each("checks") { value, path throws(ReportError) in
                try Check(document: value, path: path)
            },
            tally: try Tally(document: members["tally"] ?? .null, path: members.path + ".tally"))
        if members["steps"] != nil {
            steps = try members.each("steps") { value, path throws(ReportError) in
                try LoadStep(document: value, path: path)
            }
        }
        if members["answers"] != nil {
            answers = try members.each("answers") { value, path throws(ReportError) in
                try AnswerCount(document: value, path: path)
            }
        }
    }
}

extension Judgement {
    static var schemaMembers: [JSONSchema.Member] {
        [
            .required("verdict", .words(of: Verdict.self)),
            .required("tally", .definition("tally")),
            .required("findings", .array(of: .definition("finding"))),
            .required("checks", .array(of: .definition("check"))),
            .optional("steps", .array(of: .definition("load-step")), "of a ramp"),
            .optional(
                "answers", .array(of: .definition("answer")),
                "how often each operation got which answer, in all phases"),
        ]
    }
}

extension AnswerCount {
    var document: Value {
        var members: [String: Value] = [
            "operation": .string(operation), "outcome": .string(outcome.rawValue), "count": .int(count),
        ]
        members["step"] = step.map(Value.string)
        members["status"] = status.map(Value.int)
        members["failure"] = failure.map { .string($0.rawValue) }
        return .object(members)
    }

    static var schema: JSONSchema {
        .object(
            [
                .required("operation", .string),
                .optional("step", .string, "its name, where the operation has several"),
                .optional("status", .integer), .optional("failure", .words(of: TransportFailure.self)),
                .required("outcome", .words(of: Outcome.self), "how the outcome rules read it"),
                .required("count", .natural),
            ], isOpen: true)
    }

    init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init(
            operation: try members.string("operation"), step: members["step"]?.text,
            status: try members.optionalInt("status"),
            failure: try members.optionalName("failure", of: TransportFailure.self),
            outcome: try members.name("outcome", of: Outcome.self), count: try members.int("count"))
    }
}

extension LoadStep {
    var document: Value {
        .object([
            "clients": .int(clients), "operations_per_second": .double(perSecond),
            "succeeded": .int(succeeded),
            "aborted_attempts": .int(aborted), "deadlocks": .int(deadlocks),
        ])
    }

    init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init(
            clients: try members.int("clients"), perSecond: try members.number("operations_per_second"),
            succeeded: try members.int("succeeded"), aborted: try members.int("aborted_attempts"),
            deadlocks: try members.int("deadlocks"))
    }
}

extension LoadStep {
    static var schema: JSONSchema {
        .object(
            [
                .required("clients", .natural),
                .required("operations_per_second", .number, "answered ok or fail"),
                .required("succeeded", .natural), .required("aborted_attempts", .natural),
                .required("deadlocks", .natural),
            ], isOpen: true)
    }
}

extension Tally {
    var document: Value {
        var members: [String: Value] = [
            "operations": .int(operations), "ok": .int(ok), "fail": .int(fail), "unknown": .int(unknown),
            "contended": .int(contended), "losers": .int(losers), "rounds": .int(rounds),
            "void_rounds": .int(voidRounds),
        ]
        members["deadlocks"] = deadlocks.map(Value.int)
        members["aborted_attempts"] = abortedAttempts.map(Value.int)
        if unansweredRounds > 0 { members["unanswered_rounds"] = .int(unansweredRounds) }
        return .object(members)
    }

    init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init()
        operations = try members.int("operations")
        ok = try members.int("ok")
        fail = try members.int("fail")
        unknown = try members.int("unknown")
        contended = try members.int("contended")
        losers = try members.int("losers")
        rounds = try members.int("rounds")
        voidRounds = try members.int("void_rounds")
        unansweredRounds = try members.optionalInt("unanswered_rounds") ?? 0
        deadlocks = try members.optionalInt("deadlocks")
        abortedAttempts = try members.optionalInt("aborted_attempts")
    }
}

extension Tally {
    static var schema: JSONSchema {
        .object(
            [
                .required("operations", .natural, "of the load phase"), .required("ok", .natural),
                .required("fail", .natural), .required("unknown", .natural),
                .required("contended", .natural, "overlapped another on their key, a write among the two"),
                .required("losers", .natural, "contended writes that the service refused by its rules"),
                .required("rounds", .natural, "judged"),
                .required("void_rounds", .natural, "whose preparation failed"),
                .optional("unanswered_rounds", .natural, "of which fewer than half was answered"),
                .optional("deadlocks", .natural, "that the database counted"),
                .optional("aborted_attempts", .natural, "that came to nothing and were made again"),
            ], isOpen: true)
    }
}

extension Check {
    var document: Value {
        var members: [String: Value] = [
            "kind": .string(kind.rawValue), "name": .string(name), "verdict": .string(verdict.rawValue),
            "explanation": .string(explanation), "keys": .int(keys), "explored": .int(explored),
        ]
        members["position"] = position?.document
        if isUndecided { members["undecided"] = true }
        members["measured"] = measured.map(Value.double)
        members["limit"] = limit.map(Value.double)
        members["unit"] = unit.map { .string($0.rawValue) }
        return .object(members)
    }

    static var schema: JSONSchema {
        .object(
            [
                .required("kind", .words(of: Kind.self)), .required("name", .string),
                .required("verdict", .words(of: Verdict.self)), .required("explanation", .string),
                .required("keys", .natural, "keys judged"),
                .required("explored", .natural, "configurations explored"),
                .optional("measured", .number, "what a threshold's measure came to, in `unit`"),
                .optional("limit", .number, "a threshold's limit, in `unit`"),
                .optional("position", SourcePosition.schema, "where the scenario declares it"),
                .optional("undecided", .constant(.bool(true)), "a part of it was not decided"),
                .optional("unit", .words(of: Threshold.Unit.self)),
            ], isOpen: true)
    }

    init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init(
            kind: try members.name("kind", of: Check.Kind.self), name: try members.string("name"),
            verdict: try members.name("verdict", of: Verdict.self),
            explanation: try members.string("explanation"), keys: try members.int("keys"),
            explored: try members.int("explored"),
            position: try members["position"].map { value throws(ReportError) in
                try SourcePosition(document: value, path: path + ".position")
            }, measured: try members.optionalNumber("measured"),
            limit: try members.optionalNumber("limit"),
            unit: try members.optionalName("unit", of: Threshold.Unit.self))
        isUndecided = members["undecided"] == true
    }
}

extension SourcePosition {
    var document: Value {
        var members: [String: Value] = ["line": .int(line), "column": .int(column)]
        members["file"] = file.map { .string($0) }
        return .object(members)
    }

    static var schema: JSONSchema {
        .object(
            [
                .required("line", .integer(from: 1)), .required("column", .integer(from: 1)),
                .optional("file", .string, "as named by the user"),
            ], isOpen: true)
    }

    init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init(
            line: try members.int("line"), column: try members.int("column"), file: members["file"]?.text)
    }
}

extension Finding {
    var document: Value {
        var members: [String: Value] = [
            "number": .int(number), "class": .string(classID), "kind": .string(kind.rawValue),
            "severity": .string(kind.severity.rawValue), "theory": .string(kind.theoryName),
            "check": .string(check), "key": .string(key), "title": .string(title),
            "story": .array(story.map { .string($0) }), "count": .int(count), "judged": .int(judged),
            "occurrences": .int(occurrences), "example": .array(example.map(\.document)),
        ]
        if !sides.isEmpty { members["sides"] = .array(sides.map(\.document)) }
        members["accepted"] = acceptance.map {
            .object(["reason": .string($0.reason), "until": .string($0.until)])
        }
        return .object(members)
    }

    static var schema: JSONSchema {
        .object(
            [
                .required("number", .integer(from: 1), "RUN#number names it"),
                .required("class", .string, "the same in every run that shows it"),
                .required("kind", .words(of: FindingKind.self)),
                .required("severity", .words(of: Severity.self)),
                .required("theory", .string, "its name in the literature"),
                .required("check", .string, "the model or invariant that is violated"),
                .required("key", .string), .required("title", .string, "one plain sentence"),
                .required("story", .array(of: .string)),
                .required("count", .natural, "rounds, keys or operations that show it"),
                .required("judged", .natural, "of how many"),
                .optional("occurrences", .natural, "separate wrongs, at least"),
                .required("example", .array(of: .definition("operation")), "the smallest example"),
                .optional(
                    "sides", .array(of: FindingSide.schema), "other ways in which the same cause shows"),
                .optional("accepted", Acceptance.schema, "set where it is a known finding"),
            ], isOpen: true)
    }

    init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init(
            classID: try members.string("class"), number: try members.int("number"),
            kind: try members.name("kind", of: FindingKind.self), check: try members.string("check"),
            key: try members.string("key"), title: try members.string("title"),
            story: try members.strings("story"),
            example: try members.each("example") { value, path throws(ReportError) in
                try OperationRecord(document: value, path: path)
            }, count: try members.int("count"), judged: try members.int("judged"),
            occurrences: try members.optionalInt("occurrences"))
        if members["sides"] != nil {
            sides = try members.each("sides") { value, path throws(ReportError) in
                try FindingSide(document: value, path: path)
            }
        }
        guard let accepted = members["accepted"] else { return }
        let acceptance = try Members(accepted, path: path + ".accepted")
        self.acceptance = Acceptance(
            reason: try acceptance.string("reason"), until: try acceptance.string("until"))
    }
}

extension FindingSide {
    var document: Value {
        .object([
            "class": .string(classID), "kind": .string(kind.rawValue), "title": .string(title),
            "count": .int(count),
        ])
    }

    static var schema: JSONSchema {
        .object(
            [
                .required("class", .string, "what its class would be if it came alone"),
                .required("kind", .words(of: FindingKind.self)),
                .required("title", .string, "one plain sentence"),
                .required("count", .natural, "rounds or keys that show it"),
            ], isOpen: true)
    }

    init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init(
            classID: try members.string("class"), kind: try members.name("kind", of: FindingKind.self),
            title: try members.string("title"), count: try members.int("count"))
    }
}

extension Acceptance {
    static var schema: JSONSchema {
        .object(
            [.required("reason", .string), .required("until", .string, "the last day, as 2027-01-31")],
            isOpen: true)
    }
}
