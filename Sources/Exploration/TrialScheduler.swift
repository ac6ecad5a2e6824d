// One trial as a value: what its requests are at, and who goes on next.

/// Follows the requests of a trial from decision to decision: an event in, actions out.
///
/// A request is `running` at first. It becomes `held` at a decision, `running` again when it is released,
/// `blocked` while it waits for a lock, and `done` when it was answered. A decision is taken only when no
/// request is running, so that the same plan meets the same decisions.
public struct TrialScheduler: Sendable {
    public enum Event: Sendable {
        /// A statement of a request waits on a connection.
        case held(Turn, connection: Int)
        /// The connection on which it waited has ended.
        case lost(connection: Int)
        case answered(request: Int)
        /// For each request that waits for a lock, those that hold it (`nil` is somebody else), and those
        /// that wait for each other in a circle.
        case waits([Int: Set<Int?>], circle: [Int] = [])
    }

    public enum Action: Sendable, Hashable {
        case release(connection: Int)
    }

    public enum Ending: Sendable, Hashable {
        /// Every request was answered.
        case complete
        /// The plan named a request that could not go on, or a replay met another statement.
        case diverged(String)
        /// A request neither went on nor waited for a lock.
        case stuck(String)
    }

    private enum State: Sendable, Hashable {
        case running
        case held(Turn, connection: Int)
        case blocked(by: Set<Int?>)
        case done
    }

    /// A request that asks again and again for what another holds would never end.
    static let stepLimit = 1_000

    public private(set) var trace = Trace()
    public private(set) var ending: Ending?
    /// Requests that waited for each other in a circle, if they did.
    public private(set) var circle: [Int] = []
    private var states: [State]
    /// What else waits for a decision, of requests that sent several statements at once.
    private var pending: [(turn: Turn, connection: Int)] = []
    private var choices: Plan.Choices
    /// The decisions that a replay must meet.
    private let expected: [Turn]?
    /// Chooses in place of the plan.
    private var guide: GuidedOrder?
    private let names: [String]

    /// - Parameters:
    ///   - expected: the decisions of an earlier trial that this one repeats.
    ///   - guide: the order of an earlier trial, in place of the plan.
    public init(
        operations names: [String], plan: Plan, expected: [Turn]? = nil, guide: GuidedOrder? = nil
    ) {
        self.names = names
        self.expected = expected
        self.guide = guide
        choices = plan.choices()
        states = Array(repeating: .running, count: names.count)
    }

    /// Whether somebody should look at the locks: a request runs that may be waiting for one.
    public var wantsWaits: Bool {
        ending == nil && states.contains { $0 == .running }
    }

    /// Requests that do not go on, because somebody holds them or what they wait for.
    public var waiting: Set<Int> {
        guard ending == nil else { return [] }
        return Set(states.indices.filter { states[$0] != .running && states[$0] != .done })
    }

    public mutating func receive(_ event: Event) -> [Action] {
        guard ending == nil else { return [] }
        switch event {
        case .held(let decision, let connection) where states[decision.request] == .done:
            // What a replica does when its request is answered is no part of the trial.
            return [.release(connection: connection)]
        case .held(let decision, let connection):
            forgetWaits()
            if case .held = states[decision.request] {
                pending.append((decision, connection))
            } else {
                states[decision.request] = .held(decision, connection: connection)
            }
        case .lost(let connection):
            pending.removeAll { $0.connection == connection }
            for request in states.indices {
                if case .held(_, connection) = states[request] { run(request) }
            }
        case .answered(let request):
            states[request] = .done
            forgetWaits()
        case .waits(let waits, let circle):
            note(waits)
            if self.circle.isEmpty { self.circle = circle }
        }
        return decide()
    }

    /// Nothing has happened for as long as anybody is willing to wait.
    public mutating func giveUp() {
        guard ending == nil else { return }
        let running = states.indices.filter { states[$0] == .running }.map(name)
        let blocked = blocked.sorted().map(name)
        ending = .stuck(
            running.isEmpty
                ? "\(blocked.joined(separator: " and ")) waited for a lock that nobody gave back"
                : "\(running.joined(separator: " and ")) neither went on nor waited for a lock")
    }

    /// What it waits with.
    private func turn(_ request: Int) -> Turn? {
        if case .held(let turn, connection: _) = states[request] { turn } else { nil }
    }

    private func name(_ request: Int) -> String { "request \(request + 1) (\(names[request]))" }

    /// Whoever was blocked may have been let go by what has happened since.
    private mutating func forgetWaits() {
        for request in states.indices {
            if case .blocked = states[request] { states[request] = .running }
        }
    }

    private mutating func note(_ waits: [Int: Set<Int?>]) {
        for (request, holders) in waits where states.indices.contains(request) {
            if states[request] == .running { states[request] = .blocked(by: holders) }
        }
    }

    private mutating func decide() -> [Action] {
        if states.allSatisfy({ $0 == .done }) {
            ending = .complete
            if circle.isEmpty, let difference = guide?.end() { _ = follow(difference) }
            return []
        }
        guard !states.contains(.running) else { return [] }
        guard trace.steps.count < Self.stepLimit else {
            ending = .stuck("the requests came to more than \(Self.stepLimit) decisions")
            return []
        }
        let offered = states.compactMap { if case .held(let turn, connection: _) = $0 { turn } else { nil } }
        let enabled = offered.map(\.request)
        // All wait for locks: the server will end a circle by itself.
        guard !enabled.isEmpty else { return [] }
        // Which request of a circle the server ends is its own choice, and so is all that follows.
        let isOpen = !circle.isEmpty
        let chosen: Int?
        let (held, blocked) = (held, blocked)
        if isOpen {
            chosen = enabled.first
        } else if let choice = guide?.next(held, waiting: blocked) {
            chosen = follow(choice)
        } else {
            chosen = choices.next(among: enabled, turn: turn)
        }
        guard ending == nil else { return [] }
        guard let chosen, case .held(let decision, let connection) = states[chosen]
        else {
            ending = .diverged(
                "decision \(trace.steps.count + 1) was to be another request's than "
                    + enabled.map(name).joined(separator: " or "))
            return []
        }
        if let expected, !isOpen, let problem = difference(from: expected, decision) {
            ending = .diverged(problem)
            return []
        }
        trace.steps.append(Trace.Step(decision, pending: offered))
        run(chosen)
        forgetWaits()
        // It may have sent another statement beside this one, which waits as well.
        return [.release(connection: connection)] + decide()
    }

    private var held: [Int: Turn] {
        states.enumerated().reduce(into: [:]) {
            if case .held(let turn, _) = $1.element { $0[$1.offset] = turn }
        }
    }

    private var blocked: Set<Int> {
        Set(states.indices.filter { if case .blocked = states[$0] { true } else { false } })
    }

    /// Who goes on; `nil` where the order no longer fits, which ends the trial.
    private mutating func follow(_ choice: GuidedOrder.Choice) -> Int? {
        switch choice {
        case .goesOn(let request): return request
        case .differs(let request, let expected, let came):
            ending = .diverged(
                "decision \(trace.steps.count + 1), \(name(request)): \(expected) was expected, \(came) came")
            return nil
        }
    }

    /// It goes on, or has another statement that waits.
    private mutating func run(_ request: Int) {
        states[request] = .running
        if let next = pending.firstIndex(where: { $0.turn.request == request }) {
            let (decision, connection) = pending.remove(at: next)
            states[request] = .held(decision, connection: connection)
        }
    }

    private func difference(from expected: [Turn], _ decision: Turn) -> String? {
        let position = trace.steps.count
        guard position < expected.count else { return nil }
        let before = expected[position]
        guard before.statement != decision.statement else { return nil }
        return
            "decision \(position + 1), \(name(decision.request)): `\(before.statement)` was expected, "
            + "`\(decision.statement)` came"
    }
}
