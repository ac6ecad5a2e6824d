// Simulates an object behind a service that several clients use at once, with the races that real services
// have: every anomaly in such a history is real.

import Core

@testable import Checking
@testable import Histories
@testable import Scenarios

/// What a service does wrong, now and then.
enum SimulatedFault: CaseIterable {
    case none
    /// A change reads the whole row, and later writes the whole row.
    case readModifyWrite
    /// A change is checked at one moment and made at another.
    case checkThenAct
    /// A read gives what a replica remembers.
    case stale
    /// A change is answered as refused and made all the same.
    case refusedButApplied
    /// A change is acknowledged and not made.
    case dropped
    /// A read gives what nobody wrote.
    case phantom
    case anything
}

/// The content of one key.
struct SimulatedRow: Equatable {
    var value: Value = "first"
    var state = "active"
    var count = 0
    var elements: [Value] = []
    var isHeld = false
}

/// A run under simulation: segments follow each other in time, with a quiet moment between two.
struct RacySimulation {
    let model: SimulatedModel
    var random: SeededGenerator
    var rows: [String: SimulatedRow]
    var operations: [OperationRecord] = []
    var clock: Int64 = 0
    var clients = 4
    var fault = SimulatedFault.none
    /// One in so many operations meets the fault, or has no answer.
    var faultEvery = 3
    var unknownEvery = 20
    var isUnique = true
    /// Changes that no client sends.
    var avoided: Set<String> = []
    /// Told apart from the values of other segments.
    var token = "v"
    private var drawn = 0
    private var past: [String: [SimulatedRow]] = [:]

    init(_ model: SimulatedModel, seed: UInt64, keys: [String], row: SimulatedRow = SimulatedRow()) {
        self.model = model
        random = SeededGenerator(state: seed)
        rows = Dictionary(uniqueKeysWithValues: keys.map { ($0, row) })
    }

    private struct Plan {
        var client: Int
        var key: String
        var name: String
        var invoked: Int64
        var looks: Int64
        var acts: Int64
        var returned: Int64
        var seen: SimulatedRow?
        var record: Int?
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

    private mutating func one(in count: Int) -> Bool { count > 0 && below(count) == 0 }

    /// Several clients at once, for so many operations.
    mutating func segment(_ count: Int) {
        let keys = rows.keys.sorted()
        var plans: [Plan] = []
        var free = (0..<clients).map { _ in clock + Int64(below(6)) }
        for _ in 0..<count {
            let client = below(clients)
            let names =
                model.changes.filter { !avoided.contains($0) } + ["touch"]
                + (model.read.map { [$0, $0, $0] } ?? [])
            let invoked = free[client] + Int64(below(4))
            let looks = invoked + Int64(below(4))
            let acts = looks + Int64(below(8))
            let returned = acts + Int64(below(4))
            free[client] = returned + 1
            plans.append(
                Plan(
                    client: client, key: keys[below(keys.count)], name: names[below(names.count)],
                    invoked: invoked, looks: looks, acts: acts, returned: returned))
        }
        let steps = plans.indices.flatMap { [(plans[$0].looks, 0, $0), (plans[$0].acts, 1, $0)] }
        for (_, kind, index) in steps.sorted(by: { $0 < $1 }) {
            if kind == 0 {
                plans[index].seen = rows[plans[index].key]
            } else {
                finish(plans[index])
            }
        }
        clock = (free.max() ?? clock) + 10
    }

    /// One operation by itself, made without a fault.
    mutating func perform(_ name: String, key: String, value: Value? = nil, replica: Int? = nil) {
        let plan = Plan(
            client: clients, key: key, name: name, invoked: clock, looks: clock, acts: clock,
            returned: clock + 2, seen: rows[key])
        let (fault, unknown) = (fault, unknownEvery)
        (self.fault, unknownEvery) = (.none, 0)
        finish(plan, value: value, replica: replica)
        (self.fault, unknownEvery) = (fault, unknown)
        clock += 4
    }

    /// Forgets what replicas may remember, and numbers values from the start.
    mutating func beginAnew() {
        past = [:]
        drawn = 0
    }

    /// Reads of every key through each replica, right ones.
    mutating func readAll() {
        guard let read = model.read else { return }
        for key in rows.keys.sorted() {
            for replica in 0..<3 { perform(read, key: key, replica: replica) }
        }
    }

    private mutating func finish(_ plan: Plan, value: Value? = nil, replica: Int? = nil) {
        let isFaulty = fault != .none && one(in: faultEvery)
        var wrong = isFaulty ? fault : .none
        if wrong == .anything { wrong = SimulatedFault.allCases[below(SimulatedFault.allCases.count - 1)] }
        var row = rows[plan.key] ?? SimulatedRow()
        var record = OperationRecord(
            id: operations.count, client: plan.client, name: plan.name, phase: .load, round: nil,
            values: ["key": .string(plan.key)], captures: [:], invoked: plan.invoked * 1_000_000,
            returned: plan.returned * 1_000_000, outcome: .ok, requests: [])
        if plan.name == model.read {
            let remembered = past[plan.key] ?? []
            if wrong == .stale, !remembered.isEmpty { row = remembered[below(remembered.count)] }
            if wrong == .phantom { row = phantom(row) }
            show(row, in: &record)
        } else {
            change(plan, wrong, value, &row, &record)
        }
        let attempt = RequestRecord(
            step: 0, attempt: 0, replica: replica ?? below(3),
            method: plan.name == model.read ? "GET" : "POST",
            target: "/\(plan.key)/\(plan.name)", sent: record.invoked, received: record.returned,
            status: record.outcome == .ok ? 200 : record.outcome == .fail ? 409 : nil, failure: nil,
            outcome: record.outcome)
        record.requests = [attempt]
        if unknownEvery > 0, plan.name != model.read, plan.name != "touch", one(in: unknownEvery * 2) {
            // A first attempt without an answer, which may yet take effect.
            var first = attempt
            first.outcome = .unknown
            first.status = nil
            record.requests.insert(first, at: 0)
            record.requests[1].attempt = 1
        }
        operations.append(record)
    }

    private func show(_ row: SimulatedRow, in record: inout OperationRecord) {
        record.captures = [
            "name": row.value, "status": .string(row.state), "used": .int(row.count),
            "tags": .array(row.elements),
        ]
    }

    private mutating func phantom(_ row: SimulatedRow) -> SimulatedRow {
        var row = row
        row.value = .string("nobody's-\(below(3))")
        row.state = "queued"
        row.count = max(0, row.count + below(5) - 2)
        row.elements = row.elements.filter { _ in below(2) == 0 } + (one(in: 3) ? ["ghost"] : [])
        return row
    }

    private mutating func change(
        _ plan: Plan, _ wrong: SimulatedFault, _ value: Value?, _ row: inout SimulatedRow,
        _ record: inout OperationRecord
    ) {
        let seen = plan.seen ?? row
        draw(plan, value, seen, row, &record)
        var next = wrong == .readModifyWrite ? seen : row
        let isAllowed = allowed(
            record, wrong == .checkThenAct || wrong == .readModifyWrite ? seen : row,
            expecting: wrong == .checkThenAct || wrong == .readModifyWrite ? nil : row.value)
        var isMade = isAllowed
        record.outcome = isAllowed ? .ok : .fail
        if wrong == .refusedButApplied, isAllowed { record.outcome = .fail }
        if wrong == .dropped { isMade = false }
        if plan.name != "touch", one(in: unknownEvery) {
            record.outcome = .unknown
            isMade = isAllowed && below(2) == 0
            if model == .casRegister { record.captures = [:] }
        }
        guard isMade else { return }
        apply(record, to: &next)
        if next != row { past[plan.key, default: []].append(row) }
        rows[plan.key] = next
        row = next
    }

    private mutating func draw(
        _ plan: Plan, _ value: Value?, _ seen: SimulatedRow, _ row: SimulatedRow,
        _ record: inout OperationRecord
    ) {
        drawn += 1
        let unique = isUnique ? "\(token)\(drawn)" : ["a", "b", "c"][below(3)]
        record.values["unique"] = value ?? .string(unique)
        record.values["tag"] = value ?? .string("\(token)\(below(3))")
        let units = Value.int(1 + below(2))
        record.values[plan.name == "release" ? "reserve.units" : "units"] = value ?? units
        if plan.name == "edit" { record.captures["seen"] = seen.value }
    }

    /// `expecting`: what a compare-and-set finds.
    private func allowed(
        _ record: OperationRecord, _ row: SimulatedRow, expecting held: Value?
    ) -> Bool {
        func units(_ name: String) -> Int {
            if case .int(let units)? = record.values[name] { units } else { 0 }
        }
        return switch record.name {
        case "edit": held.map { $0 == record.captures["seen"] } ?? true
        case "once": row.state == "active"
        case "deactivate", "delete": ["active", "deactivated"].contains(row.state)
        case "reactivate": row.state == "deactivated"
        case "reserve": row.count + units("units") <= SimulatedModel.limit
        case "release": row.count >= units("reserve.units")
        case "create": !row.isHeld
        default: true
        }
    }

    private func apply(_ record: OperationRecord, to row: inout SimulatedRow) {
        func units(_ name: String) -> Int {
            if case .int(let units)? = record.values[name] { units } else { 0 }
        }
        switch record.name {
        case "rename", "put", "edit": row.value = record.values["unique"] ?? .null
        case "once", "deactivate": row.state = "deactivated"
        case "reactivate": row.state = "active"
        case "delete": row.state = "absent"
        case "reserve": row.count += units("units")
        case "release": row.count = max(0, row.count - units("reserve.units"))
        case "tag":
            let tag = record.values["tag"] ?? .null
            if !row.elements.contains(tag) { row.elements.append(tag) }
        case "untag": row.elements.removeAll { $0 == record.values["tag"] }
        case "create": row.isHeld = true
        case "drop": row.isHeld = false
        default: break
        }
    }

    /// The run so far, in order of invocation, and its scenario.
    func run(initial: Value?) -> (history: History, scenario: Scenario) {
        let names = model.changes + ["touch"]
        let declarations =
            names.map { RunBuilder.declare($0, isRead: false) }
            + (model.read.map { [RunBuilder.declare($0, isRead: true)] } ?? [])
        let scenario = Scenario(
            name: "simulated", target: Target(service: Service()), operations: declarations,
            models: [model.model(initial: initial)], invariants: [],
            load: Load(
                shape: .closed(clients: clients, duration: .seconds(1)), mix: [],
                keys: [KeyDeclaration(name: "key", count: rows.count)]))
        let history = History(
            header: HistoryHeader(
                scenario: "simulated", seed: 1, replicas: 3, clients: clients + 1,
                started: "2026-11-26T10:00:00Z"),
            operations: operations.sorted { ($0.invoked, $0.id) < ($1.invoked, $1.id) }, faults: [])
        return (history, scenario)
    }
}
