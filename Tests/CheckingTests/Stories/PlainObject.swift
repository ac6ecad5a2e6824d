// Objects and histories as the verifier of stories sees them: written again from the documentation, without
// any code of what judges.

import Core

/// What one operation did to one key.
enum PlainAction: Hashable {
    case write(Value)
    case compareAndSet(Value, Value)
    case read(Value)
    /// A transition, by the states it may start from (empty: any) and the state it leads to.
    case transition(String)
    case observe(String)
    case change(Int)
    case count(Int)
    case add
    case remove
    case seen(Bool)
    case claim
    case release

    var isRead: Bool {
        switch self {
        case .read, .observe, .count, .seen: true
        case .write, .compareAndSet, .transition, .change, .add, .remove, .claim, .release: false
        }
    }
}

/// `nil` for what is not known yet.
enum PlainState: Hashable {
    case value(Value?)
    case state(String)
    case count(Int)
    case isThere(Bool)
}

/// The rules of one model.
struct PlainObject {
    /// Of a state machine: where each operation leads from where.
    var transitions: [(operation: String, from: [String], to: String)] = []
    var limit = 0

    /// The states that the action may leave; none where it is not allowed.
    func after(_ action: PlainAction, _ state: PlainState) -> [PlainState] {
        switch (action, state) {
        case (.write(let value), .value): [.value(value)]
        case (.compareAndSet(let expected, let new), .value(let held)):
            held == nil || held == expected ? [.value(new)] : []
        case (.read(let value), .value(let held)): held == nil || held == value ? [.value(value)] : []
        case (.transition(let name), .state(let held)):
            transitions.filter { $0.operation == name && ($0.from.isEmpty || $0.from.contains(held)) }
                .map { .state($0.to) }
        case (.observe(let shown), .state(let held)): held == shown ? [state] : []
        case (.change(let amount), .count(let held)):
            (0...limit).contains(held + amount) ? [.count(held + amount)] : []
        case (.count(let shown), .count(let held)): held == shown ? [state] : []
        case (.add, .isThere), (.release, .isThere): [.isThere(action == .add)]
        case (.remove, .isThere): [.isThere(false)]
        case (.seen(let isSeen), .isThere(let isThere)): isSeen == isThere ? [state] : []
        case (.claim, .isThere(let isHeld)): isHeld ? [] : [.isThere(true)]
        default: []
        }
    }
}

struct PlainCall: Hashable {
    /// Position in the run.
    var operation: Int
    var action: PlainAction
    var invoked: Int64
    /// `nil`: it may take effect at any time after its invocation, or never.
    var returned: Int64?
}

/// Goes through a history event by event with every state that some order of the calls so far may have left.
struct PlainOrders {
    /// Configurations after which it gives up.
    static let limit = 60_000

    private struct Configuration: Hashable {
        var state: PlainState
        /// Calls that are open and have taken effect; those without an answer stay.
        var placed: Set<Int> = []
    }

    let object: PlainObject
    let calls: [PlainCall]
    private var frontier: Set<Configuration>
    private(set) var isExplained: Bool? = true
    /// The states in which a moment without any open call that was answered can be passed.
    private(set) var quiet: [(moment: Int64, states: Set<PlainState>)] = []

    init(_ object: PlainObject, _ calls: [PlainCall], from starts: Set<PlainState>) {
        self.object = object
        self.calls = calls
        frontier = Set(starts.map { Configuration(state: $0) })
        run()
    }

    private mutating func run() {
        let events = calls.indices.flatMap { index in
            [(calls[index].invoked, 0, index)] + (calls[index].returned.map { [($0, 1, index)] } ?? [])
        }.sorted { $0 < $1 }
        var open: [Int] = []
        for (moment, kind, index) in events {
            if kind == 0 {
                open.append(index)
                continue
            }
            frontier = placing(index, among: open)
            if frontier.count > Self.limit {
                isExplained = nil
                return
            }
            if frontier.isEmpty {
                isExplained = false
                return
            }
            open.removeAll { $0 == index }
            if open.allSatisfy({ calls[$0].returned == nil }) {
                quiet.append((moment, Set(frontier.map(\.state))))
            }
        }
    }

    /// The configurations in which the call has taken effect; it is forgotten then.
    private func placing(_ index: Int, among open: [Int]) -> Set<Configuration> {
        var done: Set<Configuration> = []
        var seen = frontier
        var pending = Array(frontier)
        while let configuration = pending.popLast(), seen.count <= Self.limit {
            if configuration.placed.contains(index) {
                var forgotten = configuration
                forgotten.placed.remove(index)
                done.insert(forgotten)
                continue
            }
            for next in successors(of: configuration, among: open) where seen.insert(next).inserted {
                pending.append(next)
            }
        }
        return done
    }

    private func successors(of configuration: Configuration, among open: [Int]) -> [Configuration] {
        // A read that fits can stand here whatever comes.
        for index in open where calls[index].action.isRead && !configuration.placed.contains(index) {
            if object.after(calls[index].action, configuration.state) == [configuration.state] {
                var next = configuration
                next.placed.insert(index)
                return [next]
            }
        }
        var tried: Set<PlainAction> = []
        var next: [Configuration] = []
        for index in open where !configuration.placed.contains(index) {
            let action = calls[index].action
            if calls[index].returned == nil, !tried.insert(action).inserted { continue }
            for state in object.after(action, configuration.state) {
                if calls[index].returned == nil, state == configuration.state { continue }
                var after = configuration
                after.state = state
                after.placed.insert(index)
                next.append(after)
            }
        }
        return next
    }
}
