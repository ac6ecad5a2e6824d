// Builds small hand-written runs: scenarios and operations with times in milliseconds.

import Core
import Testing

@testable import Checking
@testable import Histories
@testable import Scenarios

/// A run under construction.
///
/// Times are milliseconds; clients default to the operation's number, so that none has two open.
struct RunBuilder {
    var operations: [OperationRecord] = []
    var faults: [FaultRecord] = []
    var troubles: [Trouble] = []
    var declarations: [OperationDeclaration] = []
    var models: [Model] = []
    var invariants: [Invariant] = []
    var thresholds: [Threshold] = []
    var declaredFaults: [FaultDeclaration] = []
    var rounds = 1
    var isBurst = true
    var keys: [KeyDeclaration] = []
    var services = [Service()]
    var companions: [Service] = []
    var options = JudgeOptions()

    init(_ models: Model..., writes: [String] = [], reads: [String] = []) {
        self.models = models
        declarations =
            writes.map { Self.declare($0, isRead: false) } + reads.map { Self.declare($0, isRead: true) }
    }

    static func declare(_ name: String, isRead: Bool) -> OperationDeclaration {
        OperationDeclaration(
            name: name,
            steps: [
                Step(
                    name: name,
                    request: RequestTemplate(
                        method: isRead ? "GET" : "POST", target: Template(parts: [.literal("/")])))
            ],
            isRead: isRead)
    }

    /// Adds an operation.
    ///
    /// Read operations are sent as GET, others as POST.
    @discardableResult
    mutating func add(
        _ name: String, _ from: Double, _ to: Double, _ outcome: Outcome = .ok, key: String = "k",
        values: [String: Value] = [:], captures: [String: Value] = [:], client: Int? = nil,
        replica: Int? = nil, phase: Phase = .load, round: Int? = 0, status: Int? = nil,
        failure: TransportFailure? = nil, requests: [RequestRecord]? = nil
    ) -> Int {
        let id = operations.count
        let isRead = declarations.first { $0.name == name }?.isRead ?? false
        let replica = replica ?? id % 3
        let answer = status ?? (outcome == .ok ? 200 : outcome == .fail ? 409 : nil)
        let request = RequestRecord(
            step: 0, attempt: 0, replica: replica, method: isRead ? "GET" : "POST",
            target: "/\(key)/\(name)", sent: Self.time(from), received: Self.time(to), status: answer,
            failure: failure, outcome: outcome)
        operations.append(
            OperationRecord(
                id: id, client: client ?? id, name: name, phase: phase, round: isBurst ? round : nil,
                values: values.merging(["key": .string(key)]) { own, _ in own }, captures: captures,
                invoked: Self.time(from), returned: Self.time(to), outcome: outcome,
                requests: requests ?? [request]))
        return id
    }

    static func time(_ milliseconds: Double) -> Int64 { Int64(milliseconds * 1e6) }

    var scenario: Scenario {
        let clients = max(1, operations.count)
        var target = Target(services: services)
        target.companions = companions
        return Scenario(
            name: "example", target: target, operations: declarations, models: models,
            invariants: invariants,
            load: Load(
                shape: isBurst
                    ? .burst(rounds: rounds, clients: clients)
                    : .closed(clients: clients, duration: .seconds(1)),
                mix: [], keys: keys),
            faults: declaredFaults, thresholds: thresholds)
    }

    var history: History {
        History(
            header: HistoryHeader(
                scenario: "example", seed: 1, replicas: 3, clients: operations.count,
                started: "2026-11-26T10:00:00Z"),
            operations: operations.sorted { ($0.invoked, $0.id) < ($1.invoked, $1.id) }, faults: faults,
            troubles: troubles)
    }

    func judged() -> Judgement { judge(history, by: scenario, options: options) }

    /// The judgement's findings, of which there must be exactly one.
    func onlyFinding(_ location: SourceLocation = #_sourceLocation) throws -> Finding {
        let judgement = judged()
        try #require(
            judgement.findings.count == 1, "\(judgement.findings.map(\.title)) \(judgement.checks)",
            sourceLocation: location)
        return judgement.findings[0]
    }
}

extension Template {
    static func name(_ name: String) -> Template { Template(parts: [.placeholder(Placeholder(name))]) }
    static func text(_ text: String) -> Template { Template(parts: [.literal(text)]) }
}

extension Model {
    static func register(initial: Value? = nil, consistency: Consistency = .linearizable) -> Model {
        Model(
            name: "name",
            kind: .register(
                write: [OperationBinding(operation: "rename", value: .name("unique"))],
                read: [Observation(operation: "show", value: .name("name"))]),
            key: .name("key"), initial: initial.map { .literal($0) }, consistency: consistency)
    }

    /// `once` deactivates only what is active; `delete` leads to absent.
    static func status(initial: Value? = "active", consistency: Consistency = .linearizable) -> Model {
        Model(
            name: "status",
            kind: .stateMachine(
                transitions: [
                    Transition(operation: "deactivate", from: ["active", "deactivated"], to: "deactivated"),
                    Transition(operation: "once", from: ["active"], to: "deactivated"),
                    Transition(operation: "reactivate", from: ["deactivated"], to: "active"),
                    Transition(operation: "delete", from: ["active", "deactivated"], to: "absent"),
                ],
                observe: [
                    Observation(
                        operation: "show", value: .name("status"),
                        absent: [AnswerPattern([.status(StatusSet([404...404]))])])
                ]), key: .name("key"), initial: initial.map { .literal($0) }, consistency: consistency)
    }

    static func quota(limit: Int = 10, initial: Value? = 0) -> Model {
        Model(
            name: "quota",
            kind: .boundedCounter(
                limit: .text("\(limit)"),
                add: [OperationBinding(operation: "reserve", value: .name("units"))],
                subtract: [OperationBinding(operation: "release", value: .name("reserve.units"))],
                observe: [Observation(operation: "usage", value: .name("used"))]),
            key: .name("key"), initial: initial.map { .literal($0) })
    }

    static func tags(initial: Value? = .array([])) -> Model {
        Model(
            name: "tags",
            kind: .set(
                add: [OperationBinding(operation: "tag", value: .name("tag"))],
                remove: [OperationBinding(operation: "untag", value: .name("tag"))],
                read: [Observation(operation: "list", value: .name("tags"))]),
            key: .name("key"), initial: initial.map { .literal($0) })
    }

    static func version(initial: Value? = 1) -> Model {
        Model(
            name: "version",
            kind: .casRegister(
                write: [],
                compareAndSet: [
                    CompareAndSet(operation: "update", expected: .name("from"), new: .name("to"))
                ], read: [Observation(operation: "show", value: .name("version"))]),
            key: .name("key"), initial: initial.map { .literal($0) })
    }

    static var claims: Model {
        Model(
            name: "names", kind: .unique(claim: ["create"], release: ["drop"]), key: .name("key"))
    }
}
