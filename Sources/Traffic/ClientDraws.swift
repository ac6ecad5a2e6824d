// What the clients of one event loop draw: the next operation, its values, and the replicas it goes to.

import Core
import Histories
import Scenarios

struct ClientDraws {
    /// How often one client has drawn.
    private struct Client {
        var operations = 0
        var requests = 0
        var memory: ClientMemory?
        /// By operation and name.
        var sequences: [String: Int] = [:]
    }

    private let plan: TrafficPlan
    private var clients: [Int: Client] = [:]
    var setup = SetupCaptures()

    init(_ plan: TrafficPlan) { self.plan = plan }

    /// The client's next operation of the mix; `nil` while all in it need what is not there yet.
    mutating func next(of client: Int, intended: Int64?) -> Assignment? {
        let number = clients[client, default: Client()].operations.take()
        let identity = DrawIdentity(stream: .load, client: client, number: number)
        // The choice has a generator of its own: how long it takes must not shift the operation's draws.
        var chooser = SeededGenerator(seed: ~plan.options.seed, draw: identity)
        for operation in plan.mix.draw(using: &chooser) {
            var inherited: [String: Value] = [:]
            if let need = operation.declaration.needs {
                guard let taken = plan.needs.take(need, using: &chooser) else { continue }
                inherited = taken
            }
            return Assignment(
                operation: operation, client: client, phase: .load, draw: identity, intended: intended,
                inherited: inherited)
        }
        return nil
    }

    /// Key, varied, inherited and kept values; what is inherited loses against what is the operation's own.
    mutating func values(
        of assignment: Assignment, memory: inout ClientMemory, using generator: inout SeededGenerator
    ) -> [String: Value] {
        let operation = assignment.operation
        var values = setup.common.filter { operation.mentions.contains($0.key) }
        for key in operation.keys {
            let name = plan.keySpace.keys[key].name
            let index = plan.keySpace.draw(key, using: &generator)
            // The draw is made even if the value is given, so that later draws stay the same.
            guard assignment.inherited[name] == nil else { continue }
            let value =
                assignment.keys?[name]
                ?? .string(plan.keySpace.value(of: key, at: index, round: assignment.round))
            values[name] = value
            if let text = value.text, let captures = setup.byKey[name]?[text] {
                values.merge(captures) { $1 }
            }
        }
        values.merge(assignment.inherited) { $1 }
        for (position, varied) in operation.declaration.vary.enumerated() {
            values[varied.name] = draw(
                varied, at: position, of: assignment, among: Bindings(values), using: &generator)
        }
        if operation.usesUnique {
            values["unique"] = .string("\(plan.keySpace.token)-\(assignment.draw.label)")
        }
        if operation.mentions.contains("uuid") {
            // A generator of its own: other draws stay as they are without it.
            var generator = SeededGenerator(seed: plan.options.seed &+ 1, draw: assignment.draw)
            values["uuid"] = .string(UUIDText.random(generator.next(), generator.next()))
        }
        let now = plan.unixNow
        if operation.mentions.contains("now") { values["now"] = .string(Timestamp.text(now)) }
        if operation.mentions.contains("now.unix") { values["now.unix"] = .int(Int(now / 1_000_000_000)) }
        if operation.mentions.contains("now.unix-ms") { values["now.unix-ms"] = .int(Int(now / 1_000_000)) }
        if operation.mentions.contains("client") { values["client"] = .int(assignment.client) }
        if let round = assignment.round { values["round"] = .int(round) }
        for state in plan.scenario.load.state {
            // What another client kept comes along with what is inherited, and is not its own.
            values[state.name] = nil
            guard operation.mentions.contains(state.name) else { continue }
            if memory.state[state.name] == nil, let initial = state.initial,
                let value = try? initial.value(in: Bindings(values))
            {
                memory.state.updateValue(value, forKey: state.name)
            }
            values[state.name] = memory.state[state.name] ?? nil
        }
        return values
    }

    private mutating func draw(
        _ varied: NamedVariation, at position: Int, of assignment: Assignment, among known: Bindings,
        using generator: inout SeededGenerator
    ) -> Value? {
        switch varied.variation {
        case .range(let range): return .int(Int.random(in: range, using: &generator))
        case .choice(let values): return values.randomElement(using: &generator) ?? .null
        // Nothing is drawn of what is not known, is no list, or is empty.
        case .known(let value):
            return (try? value.value(in: known))?.elements?.randomElement(using: &generator)
        case .sequence(let values):
            guard !values.isEmpty else { return .null }
            let place = "\(assignment.operation.name)/\(varied.name)"
            let count = clients[assignment.client, default: Client()].sequences[place, default: 0].take()
            return values[count % values.count]
        case .unique: return .string("\(plan.keySpace.token)-\(assignment.draw.label)-v\(position)")
        }
    }

    // MARK: What clients keep

    /// What the operation begins with.
    func memory(of assignment: Assignment) -> ClientMemory {
        guard plan.keepsMemory else { return ClientMemory() }
        return switch assignment.memory {
        case .own: clients[assignment.client]?.memory ?? setup.memory
        case .fresh: setup.memory
        case .copy(let memory): memory
        }
    }

    /// What an operation left goes back to its client.
    mutating func keep(_ memory: ClientMemory, of assignment: Assignment) {
        guard plan.keepsMemory, case .own = assignment.memory else { return }
        clients[assignment.client, default: Client()].memory = memory
    }

    // MARK: Replicas

    /// Where the operation's next request goes.
    ///
    /// - Parameter request: How many requests of the operation came before.
    mutating func replica(
        for assignment: Assignment, step: Int, request: Int, using generator: inout SeededGenerator
    ) -> Int {
        let replicas = plan.replicas(of: assignment.operation.steps[step].declaration.request.service)
        return replicas.lowerBound
            + number(for: assignment, request: request, of: replicas.count, using: &generator)
    }

    /// The same, counted within the service.
    private mutating func number(
        for assignment: Assignment, request: Int, of count: Int, using generator: inout SeededGenerator
    ) -> Int {
        let requests = clients[assignment.client, default: Client()].requests.take()
        let first: Int
        let passed: Int
        switch assignment.replica {
        case .only(let replica): return replica % count
        case .spreadFrom(let replica): (first, passed) = (replica, request)
        case .spread: (first, passed) = (assignment.client, requests)
        }
        switch plan.scenario.load.spread {
        case .roundRobin: return (first + passed) % count
        case .random: return Int.random(in: 0..<count, using: &generator)
        case .pinned: return first % count
        }
    }
}

extension Int {
    /// Counts one on; gives the number before.
    mutating func take() -> Int {
        defer { self += 1 }
        return self
    }
}
