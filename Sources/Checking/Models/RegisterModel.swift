// A register, with or without compare-and-set: a read gives what was last written.

public import Core

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

extension RegisterAction {
    /// What it would leave in the register.
    var written: Value? {
        switch self {
        case .write(let value), .compareAndSet(_, let value): value
        case .read, .mismatch: nil
        }
    }

    /// Whether doing it again leaves what doing it once left.
    var isIdempotent: Bool {
        switch self {
        case .write, .read, .mismatch: true
        case .compareAndSet: false
        }
    }

    /// What it must find in the register.
    var found: Value? {
        switch self {
        case .read(let value), .compareAndSet(let value, _): value
        case .write, .mismatch: nil
        }
    }

    /// What it says was not in the register.
    var missed: Value? {
        switch self {
        case .mismatch(let value): value
        case .read, .write, .compareAndSet: nil
        }
    }

    var isMismatch: Bool { missed != nil }
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

    public var fromAnywhere: RegisterModel { RegisterModel(initial: nil) }

    /// Writes of values that a read or a compare-and-set waits for, and what those wait for in turn; anything
    /// helps a refused compare-and-set.
    public func helpful(_ free: [Call<RegisterAction>], to strict: [Call<RegisterAction>])
        -> [Call<RegisterAction>]
    {
        if strict.contains(where: { $0.action.isMismatch }) { return free }
        var writers: [Value: [Int]] = [:]
        for (position, call) in free.enumerated() {
            if let value = call.action.written { writers[value, default: []].append(position) }
        }
        var known = Set(strict.compactMap { $0.action.found })
        var wanted = Array(known)
        var kept: [Int] = []
        while let value = wanted.popLast() {
            let found = writers[value] ?? []
            kept += found
            wanted += found.compactMap { free[$0].action.found }.filter { known.insert($0).inserted }
        }
        return kept.sorted().map { free[$0] }
    }

    public func isRead(_ action: RegisterAction) -> Bool {
        switch action {
        case .read, .mismatch: true
        case .write, .compareAndSet: false
        }
    }

    /// Reads and compare-and-sets of values that are written once, or are there at first and never written.
    public func tied(_ calls: [Call<RegisterAction>]) -> [RegisterState: [Int]] {
        var writes: [Value: Int] = [:]
        if case .value(let value) = initial { writes[value] = 1 }
        for call in calls { call.action.written.map { writes[$0, default: 0] += 1 } }
        guard initial != .unbound, writes.values.contains(1) else { return [:] }
        var tied: [RegisterState: [Int]] = [:]
        for (position, call) in calls.enumerated() where call.returned != nil {
            guard let found = call.action.found, writes[found] == 1 else { continue }
            tied[.value(found), default: []].append(position)
        }
        return tied
    }

    /// Values that a call looks for, or that are there at first.
    private func looked(_ calls: [Call<RegisterAction>]) -> Set<Value> {
        var looked = Set(calls.compactMap { $0.action.found ?? $0.action.missed })
        if case .value(let value) = initial { looked.insert(value) }
        return looked
    }

    /// Configurations that it may take to see that some order leaves a value.
    private static var toldBudget: Int { 20_000 }
    /// Values that are tried.
    private static var toldLimit: Int { 8 }

    /// Of the values that no call looks for, the latest one that some order leaves.
    public func told(
        _ quiet: QuietMoment<RegisterModel>, after calls: [Call<RegisterAction>]
    ) -> QuietMoment<RegisterModel>? {
        let looked = looked(calls)
        guard case .value(let value) = quiet.state, !looked.contains(value) else { return quiet }
        let before = calls.indices.filter { position in
            let call = calls[position]
            guard let returned = call.returned else { return quiet.spent.contains(position) }
            return returned <= quiet.moment
        }.map { calls[$0] }
        let written = before.filter { call in call.action.written.map { !looked.contains($0) } ?? false }
            .sorted { ($0.returned ?? .min, $0.invoked) > ($1.returned ?? .min, $1.invoked) }
        for case let left? in written.prefix(Self.toldLimit).map(\.action.written) {
            let read = Call<RegisterAction>(
                operation: -1, action: .read(left), invoked: quiet.moment + 1, returned: quiet.moment + 1)
            let decision = decide(before + [read], budget: Self.toldBudget, recordsOrder: false)
            guard decision.verdict == .linearizable else { continue }
            return QuietMoment(moment: quiet.moment, state: .value(left), spent: quiet.spent)
        }
        return nil
    }

    /// The calls with one value in place of all those that no call looks for: they differ in nothing that
    /// can be seen.
    private func merged(_ calls: [Call<RegisterAction>]) -> [Call<RegisterAction>] {
        let looked = looked(calls)
        guard let any = calls.lazy.compactMap(\.action.written).first(where: { !looked.contains($0) }) else {
            return calls
        }
        return calls.map { call in
            var call = call
            switch call.action {
            case .write(let value) where !looked.contains(value): call.action = .write(any)
            case .compareAndSet(let found, let value) where !looked.contains(value):
                call.action = .compareAndSet(expected: found, new: any)
            case .write, .compareAndSet, .read, .mismatch: break
            }
            return call
        }
    }

    /// By zones where every value is written once, else by search.
    ///
    /// A refused compare-and-set that says that the value differed is left to the search, but the zones of
    /// the other calls may refute them without it.
    public func decide(_ calls: [Call<RegisterAction>], budget: Int, recordsOrder: Bool) -> Decision<Self> {
        if let decision: Decision<Self> = RegisterZones.decide(
            calls, initial: initial, recordsOrder: recordsOrder)
        {
            return decision
        }
        var search = LinearizabilitySearch(self, merged(calls), recordsOrder: recordsOrder)
        return search.run(budget: budget)
    }
}
