// A state machine: named states, and operations that lead from some of them to another.

/// States are numbers below `StateMachineModel.stateLimit`.
public enum StateMachineAction: Sendable, Hashable {
    /// Position in the model's `transitions`.
    case transition(Int)
    case observe(Int)
}

/// The model's state is the set of states the machine may be in, one bit each: one operation may lead to
/// several states, and an undeclared beginning is all of them (the power-set construction of
/// nondeterministic models, as in porcupine).
public struct StateMachineModel: SequentialModel {
    public static let stateLimit = 64

    public var initial: UInt64
    /// By state.
    public var names: [String]
    /// For each operation and state, the states it may lead to; zero where it is not allowed.
    public var transitions: [[UInt64]]

    public init(initial: UInt64, names: [String], transitions: [[UInt64]]) {
        self.initial = initial
        self.names = names
        self.transitions = transitions
    }

    public var fromAnywhere: StateMachineModel {
        var model = self
        model.initial = UInt64.max >> UInt64(Self.stateLimit - max(1, names.count))
        return model
    }

    public func apply(_ action: StateMachineAction, to states: UInt64) -> UInt64? {
        let result: UInt64
        switch action {
        case .observe(let state): result = states & (1 << UInt64(state))
        case .transition(let transition):
            var reached: UInt64 = 0
            var rest = states
            while rest != 0 {
                reached |= transitions[transition][rest.trailingZeroBitCount]
                rest &= rest - 1
            }
            result = reached
        }
        return result == 0 ? nil : result
    }

    public func isRead(_ action: StateMachineAction) -> Bool {
        switch action {
        case .observe: true
        case .transition: false
        }
    }
}
