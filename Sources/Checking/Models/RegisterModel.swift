// A register, with or without compare-and-set: a read gives what was last written.

public import History

/// What is known of a register's content.
public enum RegisterState: Sendable, Hashable {
    /// Nothing declared and nothing read so far; the first read binds it.
    case unbound
    case value(Value)
}

public enum RegisterAction: Sendable, Hashable {
    case write(Value)
    case read(Value)
    case compareAndSet(expected: Value, new: Value)
    /// A compare-and-set that was refused because the value differed. Scenarios never assert this, since a
    /// refusal does not say why; foreign histories may.
    case mismatch(Value)
}

public struct RegisterModel: SequentialModel {
    public var initial: RegisterState

    public init(initial: Value?) {
        self.initial = initial.map(RegisterState.value) ?? .unbound
    }

    public func apply(_ action: RegisterAction, to state: RegisterState) -> RegisterState? {
        switch (action, state) {
        case (.write(let value), _): .value(value)
        case (.read(let value), .unbound): .value(value)
        case (.read(let value), .value(let held)): value == held ? state : nil
        case (.compareAndSet(_, let new), .unbound): .value(new)
        case (.compareAndSet(let expected, let new), .value(let held)): expected == held ? .value(new) : nil
        case (.mismatch, .unbound): state
        case (.mismatch(let expected), .value(let held)): expected == held ? nil : state
        }
    }

    public func isRead(_ action: RegisterAction) -> Bool {
        switch action {
        case .read, .mismatch: true
        case .write, .compareAndSet: false
        }
    }

    /// By zones where every value is written once, else by search.
    public func decide(_ calls: [Call<RegisterAction>], budget: Int) -> Decision<Self> {
        if let zones = RegisterZones(calls, initial: initial), let decision: Decision<Self> = zones.decide() {
            return decision
        }
        var search = LinearizabilitySearch(self, calls)
        return search.run(budget: budget)
    }
}
