// A round whose requests somebody else admits and watches, one by one: for exploration.

import Core
public import Histories
import Scenarios

/// A round that is prepared, with its operations held: nothing of them is sent yet.
public struct SteppedRound: Sendable {
    let generator: LoadGenerator
    let round: Round
    let held: [HeldOperation]

    /// How many operations are ready; fewer than were asked for where one cannot be sent.
    public var count: Int { held.count }

    /// Writes the first byte of an operation, from 0.
    public func admit(_ index: Int) async throws(TrafficError) {
        try await generator.driver.admit(held[index])
    }

    /// Whether the time of an admitted operation's request counts against its deadline; does not wait.
    public func countTime(of index: Int, _ counts: Bool) {
        held[index].loop.countTime(of: held[index], counts)
    }

    /// Waits until an admitted operation has returned.
    public func answer(to index: Int) async throws(TrafficError) -> OperationRecord {
        try await generator.driver.answer(to: held[index]).record
    }

    /// Reads through every replica; the reads as they were recorded.
    public func readAfter() async throws(TrafficError) -> [OperationRecord] {
        try await generator.driver.readAfter(round)
    }

    /// The round is over, and counts as done.
    public func close() { generator.noteRound(isVoid: false) }

    /// What the round needed before, as it was recorded.
    public var prepared: [OperationRecord] { round.prepared }
}

extension LoadGenerator {
    /// The operations of the load's mix, in the order of the scenario, each once.
    public var mixedOperations: [String] {
        plan.scenario.load.mix.map(\.operation).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Prepares a round for these operations, operation i by client i on replica i; `nil` if it is void.
    public func prepare(
        round number: Int, operations: [String]
    ) async throws(TrafficError) -> SteppedRound? {
        var plans: [OperationPlan] = []
        for name in operations { plans.append(try plan.operation(name)) }
        try await setUp(round: number)
        let before = try before(operations)
        guard
            let round = try await driver.prepare(
                number, clients: plans.count, before: before, operations: plans)
        else {
            noteRound(isVoid: true)
            return nil
        }
        let assignments = round.assignments.map { assignment in
            var assignment = assignment
            assignment.replica = .only(assignment.client)
            return assignment
        }
        do {
            return SteppedRound(generator: self, round: round, held: try await driver.hold(assignments))
        } catch let error as TrafficError {
            throw error
        } catch {
            throw TrafficError(.connection, "a round could not be prepared: \(error)")
        }
    }

    /// What a round does before: what the scenario says or, where it says nothing, the operations that those
    /// of the round and its reads need.
    private func before(_ operations: [String]) throws(TrafficError) -> [Preparation] {
        let load = plan.scenario.load
        guard load.before.isEmpty else { return load.before }
        var before: [String] = []
        for name in operations + load.after {
            guard let need = try plan.operation(name).declaration.needs else { continue }
            // A read needs any of them, and so does what clients race for.
            let isShared = need.reuse || load.after.contains(name)
            if isShared, before.contains(need.operation) { continue }
            var chain: [String] = []
            var next: String? = need.operation
            while let name = next, !chain.contains(name) {
                chain.append(name)
                next = try plan.operation(name).declaration.needs?.operation
            }
            before += chain.reversed()
        }
        return before.map { Preparation(operation: $0) }
    }

    /// The load phase of an exploration, which steps its rounds itself.
    public func explore(
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws(TrafficError) { try await phase(body) }
}
