// The scenario that an exploration runs in place of the one that was given: in rounds, and without what says
// nothing while schedules are chosen.

import Core
import RunStore
import Scenarios

extension Scenario {
    /// As it is explored: a replica for each request, rounds with fresh keys, and nothing that is about time.
    func explored(_ options: ExploreOptions) -> Scenario {
        var scenario = self
        scenario.target.service.replicas = max(scenario.target.service.replicas, options.replicas)
        scenario.faults = []
        scenario.thresholds = []
        scenario.invariants.removeAll { if case .progress = $0.kind { true } else { false } }
        guard !isInRounds else { return scenario }
        // One key each, so that the requests of a round meet.
        scenario.load = Load(
            shape: .burst(rounds: 1, clients: options.replicas), mix: load.mix, after: finalReads.map(\.name),
            keys: load.keys, state: load.state)
        for index in load.keys.indices {
            scenario.load.keys[index].count = 1
            scenario.load.keys[index].choice = .uniform
        }
        return scenario
    }

    private var isInRounds: Bool { if case .burst = load.shape { true } else { false } }

    /// Refuses `contend explore` where there are no such operations or no rounds can be made, before anything
    /// starts.
    func requireSchedules(of names: [String]) throws(RunError) {
        guard target.services.count == 1 else {
            throw RunError(
                .usage,
                "`explore` races the requests of one service, and the scenario has "
                    + "\(target.services.count): give it a scenario of its own")
        }
        let known = operations.map(\.name)
        if let stranger = names.first(where: { !known.contains($0) }) {
            throw RunError(
                .usage, "the scenario has no operation `\(stranger)`; it has \(Figures.list(known))")
        }
        let raced = names.isEmpty ? load.mix.map(\.operation) : names
        let waiting = operations.first { operation in
            raced.contains(operation.name) && operation.steps.contains { $0.wait != nil }
        }
        if let waiting {
            throw RunError(
                .notRun,
                "explore decides which statement runs next, and cannot say when the wait of `\(waiting.name)` "
                    + "is over: take the wait away, or name other operations under `explore`")
        }
        if let first = setup.firstIndex(where: { $0.forEach != nil }),
            let late = setup[first...].firstIndex(where: { $0.forEach == nil })
        {
            throw RunError(
                .notRun,
                "explore sends the setup requests with `for-each` in each round: put setup request "
                    + "\(late + 1), which is sent once, before them")
        }
        try requireState(of: raced)
        if !isInRounds { try requireFreshKeys() }
    }

    /// Refuses operations that send what their client keeps, where nothing is kept before them in a round.
    private func requireState(of raced: [String]) throws(RunError) {
        let prepared = operations.filter { operation in
            load.before.contains { $0.operation == operation.name }
                || load.before.isEmpty && operations.contains { $0.needs?.operation == operation.name }
        }
        let kept = prepared.flatMap(\.steps).flatMap(\.keeps).map(\.state)
        let unset = load.state.filter { $0.initial == nil && !kept.contains($0.name) }.map(\.name)
        for operation in operations where raced.contains(operation.name) {
            let sent = operation.steps.flatMap(\.request.placeholders)
            guard let name = unset.first(where: sent.contains) else { continue }
            throw RunError(
                .notRun,
                "explore makes rounds of one operation for each client, and nothing gives `\(name)` a value "
                    + "before `\(operation.name)` sends it: give it an `initial`, or let `before` keep it")
        }
    }

    /// Refuses a load without rounds if a round would be judged by what others did.
    private func requireFreshKeys() throws(RunError) {
        let keys = Set(load.keys.map(\.name))
        let answered = operations.filter { !$0.isRead }.flatMap { $0.steps.flatMap(\.captures) }
        let varied = operations.flatMap(\.vary).filter { $0.variation == .unique }.map(\.name)
        let prepared = setup.filter { $0.forEach != nil }.flatMap(\.captures).map(\.name)
        let fresh = keys.union(answered.map(\.name) + varied + prepared + ["unique", "uuid"])
        func isFresh(_ template: Template) -> Bool {
            template.placeholders.contains { fresh.contains(String($0.split(separator: ".").last ?? "")) }
        }
        func refusal(_ what: String) -> RunError {
            RunError(
                .notRun,
                "explore cannot make rounds of this load: \(what); put a key of `load.keys` into it, or give "
                    + "the load a `burst`")
        }
        for model in models where !isFresh(model.key) {
            let accesses = model.transactions.flatMap(\.accesses)
            guard accesses.isEmpty || !accesses.allSatisfy({ isFresh($0.key) }) else { continue }
            throw refusal("the model `\(model.name)` is about the same key in every round")
        }
        for invariant in invariants {
            guard case .finally(let condition) = invariant.kind else { continue }
            let names = Set(condition.sides.flatMap(\.observers))
            let lacking = operations.first { operation in
                names.contains(operation.name) && operation.needs == nil
                    && operation.steps.flatMap(\.request.placeholders).allSatisfy { !keys.contains($0) }
            }
            guard let lacking else { continue }
            throw refusal(
                "the invariant `\(invariant.name)` reads `\(lacking.name)`, which shows all rounds at once")
        }
    }
}
