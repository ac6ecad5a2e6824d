// The requests before the load: once, or once for each value of a key; any unexpected answer ends the run.

import Core
import Histories
import Scenarios

extension LoadGenerator {
    /// The most setup requests: one for each key, and in a burst for each round.
    static let setupLimit = 100_000

    /// The `setup` requests.
    ///
    /// Cancelling ends it with an error.
    ///
    /// - Parameter exploring: each round sends those for its own keys itself.
    public func setUp(exploring: Bool = false) async throws(TrafficError) {
        await loops.beginPhase()
        try await stoppable { try await self.sendSetup(exploring ? .common : .all) }
    }

    /// The `setup` requests for the keys of one round of an exploration.
    func setUp(round: Int) async throws(TrafficError) {
        let isNeeded = plan.scenario.setup.contains { $0.forEach != nil }
        guard isNeeded, await !loops.isStopping else { return }
        try await sendSetup(.round(round))
    }

    /// Which requests are sent.
    private enum SetupPart {
        case all
        /// Those that are sent once.
        case common
        case round(Int)
    }

    private func sendSetup(_ part: SetupPart) async throws(TrafficError) {
        // What other rounds have captured for their keys is of no use to this one.
        var setup = setupSoFar.withLock(\.captures)
        setup.byKey = [:]
        var count = setupSoFar.withLock(\.count)
        defer { setupSoFar.withLock { $0 = (setup, count) } }
        for (number, request) in plan.scenario.setup.enumerated() {
            for value in try setupKeys(of: request, part) {
                if case .all = part, count >= LoadGenerator.setupLimit { throw Self.setupIsTooLong }
                guard await !loops.isStopping else {
                    throw TrafficError(.setup, "interrupted during the setup, before the load began")
                }
                let key = request.forEach.flatMap { name in value.map { (name: name, value: $0) } }
                let inherited = key.map { key in
                    (setup.byKey[key.name]?[key.value] ?? [:]).merging([key.name: .string(key.value)]) { $1 }
                }
                let performed = try await send(
                    request, number: number, of: count, inherited: inherited ?? [:], memory: setup.memory)
                let captures = performed.values.filter { name, _ in
                    request.captures.contains { $0.name == name }
                }
                count += 1
                if let missing = request.captures.first(where: {
                    captures[$0.name] == nil && isMentioned($0.name, after: number)
                }) {
                    throw TrafficError(
                        .setup,
                        "setup request \(number + 1) was answered as expected, but its answer holds no "
                            + "\(missing.name), which later requests need; look at its `capture`")
                }
                if let key {
                    setup.byKey[key.name, default: [:]][key.value, default: [:]].merge(captures) { $1 }
                } else {
                    setup.common.merge(captures) { $1 }
                    setup.memory = performed.memory
                }
                // The next setup request is filled from it, on the loop of client 0.
                await loops.loop(of: 0).adopt(setup)
            }
        }
        for loop in loops.all { await loop.adopt(setup) }
    }

    private func send(
        _ request: SetupRequest, number: Int, of count: Int, inherited: [String: Value], memory: ClientMemory
    ) async throws(TrafficError) -> Performed {
        let step = Step(
            name: "setup", request: request.request, captures: request.captures,
            outcome: OutcomeRules(ok: request.expect))
        let name = plan.scenario.setup.count == 1 ? "setup" : "setup \(number + 1)"
        let operation = OperationPlan(
            OperationDeclaration(name: name, steps: [step]), index: nil, in: plan.scenario)
        let performed = try await driver.perform(
            Assignment(
                operation: operation, client: 0, phase: .setup,
                draw: DrawIdentity(stream: .setup, client: 0, number: count), memory: .copy(memory),
                inherited: inherited, isTold: true))
        guard let performed, performed.outcome == .ok else {
            let exchange = performed?.exchanges.last
            let request = exchange?.request.prefix { $0 != "\n" } ?? "the request"
            let answer = (exchange?.answer ?? "nothing").split(separator: "\n" as Character)
                .map { "    " + $0 }
            throw TrafficError(
                .setup,
                "\(name) was not answered as expected (\(exchange?.reason ?? "no answer")): \(request)\n"
                    + answer.joined(separator: "\n"))
        }
        return performed
    }

    /// Whether a later setup request, an operation or a model uses what a setup request captures.
    private func isMentioned(_ name: String, after number: Int) -> Bool {
        plan.operations.values.contains { $0.mentions.contains(name) }
            || plan.scenario.setup.dropFirst(number + 1).contains { $0.request.placeholders.contains(name) }
    }

    private static let setupIsTooLong = TrafficError(
        .setup, "setup would send more than \(LoadGenerator.setupLimit) requests; use fewer keys or rounds")

    /// The values that a setup request is sent for; one `nil` if it is sent once.
    private func setupKeys(
        of request: SetupRequest, _ part: SetupPart
    ) throws(TrafficError) -> [String?] {
        guard let name = request.forEach else {
            if case .round = part { return [] }
            return [nil]
        }
        if case .common = part { return [] }
        guard let key = plan.keySpace.keys.firstIndex(where: { $0.name == name }) else {
            throw TrafficError(.setup, "setup is for each \(name), which `load.keys` does not declare")
        }
        let count = plan.keySpace.keys[key].count
        if case .round(let round) = part {
            return (0..<count).map { plan.keySpace.value(of: key, at: $0, round: round) }
        }
        guard case .burst(let rounds, _) = plan.scenario.load.shape else {
            return (0..<count).map { plan.keySpace.value(of: key, at: $0, round: nil) }
        }
        guard rounds <= LoadGenerator.setupLimit, rounds * count <= LoadGenerator.setupLimit else {
            throw Self.setupIsTooLong
        }
        return (0..<rounds).flatMap { round in
            (0..<count).map { plan.keySpace.value(of: key, at: $0, round: round) }
        }
    }
}
