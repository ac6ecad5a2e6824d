// A round of a scenario in steps: prepare it, hold its operations, admit them, wait for their answers, read
// afterwards. Everything but a free-running load is sent this way.

import Core
import Histories
import Scenarios

/// A round whose preparation was ok: what its clients are to send.
struct Round: Sendable {
    let number: Int
    /// One for each client that has something to send, in the order of clients.
    let assignments: [Assignment]
    /// What the preparation bound and captured.
    let inherited: [String: Value]
    /// What the preparation left, and what every operation and read of the round begins with.
    let memory: MemoryChoice
    /// The preparation as it was recorded.
    let prepared: [OperationRecord]
}

/// Sends operations one by one, or many at one instant.
///
/// An operation is held (ready but for its first byte), then admitted, then answered. A burst takes each step
/// for all clients at once; `perform` takes the three in a row for one.
struct RoundDriver: Sendable {
    /// From when all clients are ready to the instant of release: enough to reach every event loop.
    static let releaseDelayNanoseconds: Int64 = 300_000

    let plan: TrafficPlan
    let loops: ClientLoops

    // MARK: Steps of a round

    /// Sends the preparation and deals out the operations, those of the scenario unless others are given;
    /// `nil` if the round is void, because not all of the preparation was ok.
    func prepare(
        _ round: Int, clients: Int, before: [Preparation]? = nil, operations: [OperationPlan]? = nil
    ) async throws(TrafficError) -> Round? {
        plan.needs.forgetWaiting()
        var inherited = Inheritance()
        var prepared: [OperationRecord] = []
        var memory = MemoryChoice.fresh
        // By operation, for those of the round that need it.
        var earlier: [String: [String: Value]] = [:]
        let preparations = before ?? plan.scenario.load.before
        for (number, sent) in preparations.flatMap(\.sent).enumerated() {
            let name = sent.operation
            var assignment = Assignment(
                operation: try plan.operation(name), client: 0, phase: .before,
                draw: DrawIdentity(stream: .before, client: number, number: round), round: round,
                replica: .only(round), memory: memory, inherited: inherited.values,
                keys: plan.keySpace.firstValues(round: round))
            if let need = assignment.operation.declaration.needs?.operation {
                for (name, value) in earlier[need] ?? [:] { assignment.inherited["\(need).\(name)"] = value }
            }
            guard let performed = try await perform(assignment), performed.outcome == .ok else { return nil }
            earlier[name] = performed.values.filter { !$0.key.contains(".") }
            inherited.add(performed.handedOn, of: assignment.operation, sent)
            memory = .copy(performed.memory)
            prepared.append(performed.record)
        }
        return Round(
            number: round,
            assignments: assignments(
                of: round, clients: clients, operations, inherited: inherited.values, memory: memory),
            inherited: inherited.values, memory: memory, prepared: prepared)
    }

    /// Makes operations ready, so that only writing is left; without those that cannot be sent.
    func hold(_ assignments: [Assignment]) async throws -> [HeldOperation] {
        let own = Dictionary(grouping: assignments) { loops.loop(of: $0.client).index }
        let held = try await loops.onEach { try await $0.hold(own[$0.index] ?? []) }
        return held.flatMap { $0 }.sorted { $0.assignment.client < $1.assignment.client }
    }

    /// Records a held operation and writes its first byte.
    func admit(_ held: HeldOperation) async throws(TrafficError) { try await held.loop.admit(held) }

    /// Waits until an admitted operation has returned.
    func answer(to held: HeldOperation) async throws(TrafficError) -> Performed {
        try await held.loop.answer(to: held)
    }

    /// Admits all at one instant and waits until all have returned.
    func release(_ held: [HeldOperation]) async throws {
        let own = Dictionary(grouping: held, by: \.loop.index)
        let instant = plan.clock.now() + Self.releaseDelayNanoseconds
        try await loops.onEach { loop in
            let own = own[loop.index] ?? []
            try await loop.admit(own, at: instant)
            try await loop.answers(to: own)
        }
    }

    /// Reads through every replica in turn, one read after the other.
    @discardableResult
    func readAfter(_ round: Round) async throws(TrafficError) -> [OperationRecord] {
        var reads: [OperationRecord] = []
        var read = 0
        let isOneKeyEach = plan.keySpace.keys.allSatisfy { $0.count == 1 }
        let keys = isOneKeyEach ? plan.keySpace.firstValues(round: round.number) : nil
        for name in plan.scenario.load.after {
            for replica in 0..<plan.replicas(of: try plan.operation(name)).count {
                defer { read += 1 }
                let performed = try await perform(
                    Assignment(
                        operation: try plan.operation(name), client: 0, phase: .after,
                        draw: DrawIdentity(stream: .after, client: read, number: round.number),
                        round: round.number, replica: .only(replica), memory: round.memory,
                        inherited: round.inherited, keys: keys))
                if let performed { reads.append(performed.record) }
            }
        }
        return reads
    }

    // MARK: One operation

    /// Holds, admits and awaits one operation; `nil` where it cannot be sent.
    func perform(_ assignment: Assignment) async throws(TrafficError) -> Performed? {
        try await loops.loop(of: assignment.client).perform(assignment)
    }

    /// The client's next operation of the mix, as a free-running load would send it.
    func performNext(of client: Int, intended: Int64? = nil) async throws(TrafficError) {
        try await loops.loop(of: client).performNext(of: client, intended: intended)
    }

    // MARK: Draws

    /// Client k, its operation, and the replica k mod n that it begins at; a client whose operation needs
    /// what the round lacks gets another.
    private func assignments(
        of round: Int, clients: Int, _ given: [OperationPlan]?, inherited: [String: Value],
        memory: MemoryChoice
    ) -> [Assignment] {
        var generator = SeededGenerator(
            seed: plan.options.seed, draw: DrawIdentity(stream: .shuffle, client: 0, number: round))
        let split = given ?? plan.mix.split(over: clients, using: &generator)
        return split.enumerated().compactMap { client, drawn in
            let fallback = given == nil ? plan.mix.draw(using: &generator) : []
            for operation in [drawn] + fallback {
                var values = inherited
                if let need = operation.declaration.needs {
                    guard let taken = plan.needs.take(need, using: &generator) else { continue }
                    values.merge(taken) { $1 }
                }
                return Assignment(
                    operation: operation, client: client, phase: .load,
                    draw: DrawIdentity(stream: .load, client: client, number: round), round: round,
                    replica: .spreadFrom(client), memory: memory, inherited: values)
            }
            plan.note(
                "some clients of a round had nothing to send, because every operation of the mix needs an earlier one"
            )
            return nil
        }
    }
}
