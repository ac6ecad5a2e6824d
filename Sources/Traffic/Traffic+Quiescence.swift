// What is sent outside the load itself: reads after quiescence, and every operation once for `run --once`.

import Core
import Histogram
import History
import NIOCore
import Scenario

extension Traffic {
    /// The most final reads of one run, over all operations, keys and replicas.
    static let finalReadsLimit = 10_000
    /// How often a final read that is not ok is tried in all, each as an operation of its own.
    static let finalReadTries = 3

    /// Reads after quiescence, through each replica in turn: the operations that `finally` and the models
    /// observe, for each key.
    public func readFinally() async throws(TrafficError) {
        guard !plan.isBurst else { return }
        for loop in loops { await loop.beginPhase() }
        try await stoppable { try await self.readEverywhere() }
    }

    private func readEverywhere() async throws(TrafficError) {
        var count = 0
        for operation in finalReads {
            let bindings = entities(of: operation)
            if bindings.isEmpty {
                note("\(operation.name) was not read finally: no operation that it needs ended ok")
            }
            for values in bindings {
                for replica in plan.replicas.indices {
                    guard count < Traffic.finalReadsLimit else {
                        return note("final reads ended at the limit of \(Traffic.finalReadsLimit)")
                    }
                    if await loops[0].isStopping { return }
                    try await readFinally(operation, values: values, replica: replica, number: count)
                    count += 1
                }
            }
        }
    }

    private func readFinally(
        _ operation: OperationPlan, values: [String: Value], replica: Int, number: Int
    ) async throws(TrafficError) {
        for attempt in 0..<Traffic.finalReadTries {
            let assignment = Assignment(
                operation: operation, client: 0, phase: .final,
                draw: DrawIdentity(
                    stream: .final, client: attempt, number: number), replica: replica,
                inherited: values, keys: values)
            guard let performed = try await loops[0].performIfBound(assignment) else { return }
            if performed.outcome == .ok { return }
        }
    }

    /// Reads that `finally` invariants or models observe, in the scenario's order.
    private var finalReads: [OperationPlan] {
        var names = Set(plan.scenario.models.flatMap(\.observers))
        for invariant in plan.scenario.invariants {
            if case .finally(let comparison) = invariant.kind {
                names.formUnion(comparison.left.observers + comparison.right.observers)
            }
        }
        return plan.scenario.operations
            .filter { $0.isRead && names.contains($0.name) }
            .compactMap { plan.operations[$0.name] }
    }

    /// The values to read under: each earlier operation that it needs, or each combination of its keys.
    private func entities(of operation: OperationPlan) -> [[String: Value]] {
        if let need = operation.declaration.needs {
            let remembered = plan.needs.remembered(need.operation)
            if remembered.count == NeedsRegistry.rememberedLimit {
                note(
                    "\(operation.name) is read finally for the first \(remembered.count) operations that it needs"
                )
            }
            return remembered
        }
        var combinations: [[String: Value]] = [[:]]
        for key in operation.keys {
            let name = plan.keySpace.keys[key].name
            combinations = combinations.flatMap { combination in
                (0..<plan.keySpace.keys[key].count).map { index in
                    combination.merging([name: .string(plan.keySpace.value(of: key, at: index, round: nil))])
                    { $1 }
                }
            }
            if combinations.count > Traffic.finalReadsLimit {
                combinations.removeLast(combinations.count - Traffic.finalReadsLimit)
            }
        }
        return combinations
    }

    // MARK: Once

    /// Sends every operation of the load once, in order, and tells each exchange.
    public func once() async throws(TrafficError) -> [Exchange] {
        for loop in loops { await loop.beginPhase() }
        return try await stoppable { try await self.sendEachOnce() }
    }

    private func sendEachOnce() async throws(TrafficError) -> [Exchange] {
        let load = plan.scenario.load
        let parts: [(Phase, [String])] = [
            (.before, load.before), (.load, load.mix.map(\.operation)), (.after, load.after),
        ]
        var exchanges: [Exchange] = []
        var inherited: [String: Value] = [:]
        var number = 0
        for (phase, names) in parts {
            for name in names {
                guard await !loops[0].isStopping else { return exchanges }
                var assignment = Assignment(
                    operation: try plan.operation(name), client: 0, phase: phase,
                    draw: DrawIdentity(
                        stream: .once, client: 0, number: number), round: plan.isBurst ? 0 : nil,
                    replica: number, inherited: inherited)
                assignment.keys = [:]
                for (index, key) in plan.keySpace.keys.enumerated() {
                    let value = plan.keySpace.value(of: index, at: 0, round: assignment.round)
                    assignment.keys?[key.name] = .string(value)
                }
                number += 1
                let (told, captures) = try await loops[0].tell(assignment)
                exchanges += told
                if phase == .before { inherited.merge(captures) { $1 } }
            }
        }
        return exchanges
    }
}

extension ClientLoop {
    /// What one loop measured about its clients.
    struct Figures: Sendable {
        var latency: [String: Histogram<UInt64>]
        var late: Int
        var missed: Int
        var skipped: [UnsentRequest: Int]
    }

    func figures() -> Figures {
        Figures(latency: latency, late: late, missed: missed, skipped: skipped)
    }
}
