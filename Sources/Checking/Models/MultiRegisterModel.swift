// Several registers, read and written together at one instant (Knossos' multi-register).

public import Core

/// Reads and writes that happen together, in their order.
public struct MultiRegisterAction: Sendable, Hashable {
    public struct Step: Sendable, Hashable {
        public var register: Value
        public var value: Value
        public var isRead: Bool

        public init(register: Value, value: Value, isRead: Bool) {
            self.register = register
            self.value = value
            self.isRead = isRead
        }
    }

    public var steps: [Step]

    public init(steps: [Step]) { self.steps = steps }
}

/// The state is what is known of each register; before anything is written, a register holds `.null`.
public struct MultiRegisterModel: SequentialModel {
    public struct State: Sendable, Hashable {
        /// Registers that were written, or read.
        var values: [Value: Value] = [:]
        /// Whether a register that is not among `values` may hold anything.
        var isOpen = false
    }

    public var initial: State

    public init(initial: [String: Value] = [:]) {
        self.initial = State(
            values: Dictionary(uniqueKeysWithValues: initial.map { (Value.string($0.key), $0.value) }))
    }

    public var fromAnywhere: MultiRegisterModel {
        var model = self
        model.initial = State(isOpen: true)
        return model
    }

    public func apply(_ action: MultiRegisterAction, to state: State) -> State? {
        var after = state
        for step in action.steps {
            if step.isRead {
                if let held = after.values[step.register] ?? (after.isOpen ? nil : .null) {
                    if held != step.value { return nil }
                } else {
                    after.values[step.register] = step.value
                }
            } else {
                after.values[step.register] = step.value
            }
        }
        return after
    }

    public func isRead(_ action: MultiRegisterAction) -> Bool { action.steps.allSatisfy(\.isRead) }
}
