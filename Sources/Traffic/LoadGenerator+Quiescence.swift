// What is sent outside the load itself: reads after quiescence, and every operation once for `run --once`.

import Core
import Histories
import Scenarios

extension LoadGenerator {
    /// The most final reads of one run, over all operations, keys and replicas.
    static let finalReadsLimit = 10_000
    /// How often a final read that is not ok is tried in all, each as an operation of its own.
    static let finalReadTries = 3

    /// Reads after quiescence, through each replica in turn: the operations that `finally` and the models
    /// observe, for each key.
    public func readFinally() async throws(TrafficError) {
        guard !plan.isBurst else { return }
        await loops.beginPhase()
        try await stoppable { try await self.readEverywhere() }
    }

    private func readEverywhere() async throws(TrafficError) {
        var count = 0
        for operation in plan.scenario.finalReads.compactMap({ plan.operations[$0.name] }) {
            let bindings = entities(of: operation)
            if bindings.isEmpty {
                plan.note("\(operation.name) was not read finally: no operation that it needs ended ok")
            }
            for values in bindings {
                for replica in 0..<plan.replicas(of: operation).count {
                    guard count < LoadGenerator.finalReadsLimit else {
                        return plan.note("final reads ended at the limit of \(LoadGenerator.finalReadsLimit)")
                    }
                    if await loops.isStopping { return }
                    try await readFinally(operation, values: values, replica: replica, number: count)
                    count += 1
                }
            }
        }
    }

    private func readFinally(
        _ operation: OperationPlan, values: [String: Value], replica: Int, number: Int
    ) async throws(TrafficError) {
        for attempt in 0..<LoadGenerator.finalReadTries {
            let assignment = Assignment(
                operation: operation, client: 0, phase: .final,
                draw: DrawIdentity(stream: .final, client: attempt, number: number),
                replica: .only(replica), inherited: values, keys: values)
            guard let performed = try await driver.perform(assignment) else { return }
            if performed.outcome == .ok { return }
        }
    }

    /// The values to read under: each earlier operation that it needs, or each combination of its keys.
    private func entities(of operation: OperationPlan) -> [[String: Value]] {
        if let need = operation.declaration.needs {
            let remembered = plan.needs.remembered(need.operation)
            if remembered.count == NeedsRegistry.rememberedLimit {
                plan.note(
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
            combinations = Array(combinations.prefix(LoadGenerator.finalReadsLimit))
        }
        return combinations
    }

    // MARK: Once

    /// Sends every operation of the load once, in order, and tells each exchange.
    public func once() async throws(TrafficError) -> [Exchange] {
        await loops.beginPhase()
        return try await stoppable { try await self.sendEachOnce() }
    }

    private func sendEachOnce() async throws(TrafficError) -> [Exchange] {
        let load = plan.scenario.load
        let sent: [(Phase, Preparation)] =
            load.before.map { (.before, $0) }
            + load.mix.map { (.load, Preparation(operation: $0.operation)) }
            + load.after.map { (.after, Preparation(operation: $0)) }
        let operations = sent.flatMap { phase, preparation in preparation.sent.map { (phase, $0) } }
        let round = plan.isBurst ? 0 : nil
        var exchanges: [Exchange] = []
        var inherited = Inheritance()
        for (number, (phase, turn)) in operations.enumerated() {
            guard await !loops.isStopping else { return exchanges }
            let assignment = Assignment(
                operation: try plan.operation(turn.operation), client: 0, phase: phase,
                draw: DrawIdentity(stream: .once, client: 0, number: number), round: round,
                replica: plan.isBurst && phase == .load ? .spreadFrom(number) : .only(number),
                inherited: inherited.values, keys: plan.keySpace.firstValues(round: round), isTold: true)
            let (told, captures) = try await tell(assignment)
            exchanges += told
            if phase == .before { inherited.add(captures, of: assignment.operation, turn) }
        }
        return exchanges
    }

    /// Performs the operation; gives its exchanges and what later operations inherit.
    private func tell(_ assignment: Assignment) async throws(TrafficError) -> ([Exchange], [String: Value]) {
        var assignment = assignment
        let name = assignment.operation.name
        if let need = assignment.operation.declaration.needs {
            var generator = SeededGenerator(seed: plan.options.seed, draw: assignment.draw)
            guard let taken = plan.needs.take(need, using: &generator) else {
                let reason = "it needs an earlier ok \(need.operation), and there is none"
                return ([Exchange(unsent: name, because: reason)], [:])
            }
            assignment.inherited.merge(taken) { $1 }
        }
        do {
            let performed = try await driver.perform(assignment)
            return (performed?.exchanges ?? [], performed?.handedOn ?? [:])
        } catch {
            guard error.code == .binding else { throw error }
            return ([Exchange(unsent: name, because: error.message)], [:])
        }
    }
}
