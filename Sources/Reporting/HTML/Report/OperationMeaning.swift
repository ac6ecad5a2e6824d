// What an operation means to the model that it violates, in a few words: what it wrote, what it saw.

import Checking
import Core
import Histories
import Scenarios

/// One operation as its model reads it.
struct OperationMeaning {
    /// Such as `→ deactivated`, `writes "v3"`, `adds 2`.
    var change: String?
    /// Such as `active`.
    var seen: String?

    /// Both, as in `adds 2, shows 7`.
    var text: String { [change, seen.map { "shows \($0)" }].compactMap(\.self).joined(separator: ", ") }

    init(_ operation: OperationRecord, in model: Model?) {
        guard let model else { return }
        seen = Self.observed(operation, model.observations)
        switch model.kind {
        case .register(let write, _): change = Self.bound(operation, write).map { "writes \($0)" }
        case .casRegister(let write, let compareAndSet, _):
            change = Self.bound(operation, write).map { "writes \($0)" }
            if let swap = compareAndSet.first(where: { $0.operation == operation.name }) {
                let expected = operation.value(of: swap.expected).map(Self.short) ?? "?"
                change = "changes \(expected) to \(operation.value(of: swap.new).map(Self.short) ?? "?")"
            }
        case .stateMachine(let transitions, _):
            let own = transitions.filter { $0.operation == operation.name }
            if let first = own.first {
                let from = own.flatMap(\.from).map { operation.text(of: $0) ?? "?" }
                change =
                    (from.isEmpty ? "any state" : from.joined(separator: " or "))
                    + " → \(operation.text(of: first.to) ?? "?")"
            }
        case .boundedCounter(_, _, let add, let subtract, _):
            change =
                Self.bound(operation, add).map { "adds \($0)" }
                ?? Self.bound(operation, subtract).map { "takes \($0) away" }
        case .set(let add, let remove, _, _):
            change =
                Self.bound(operation, add).map { "adds \($0)" }
                ?? Self.bound(operation, remove).map { "removes \($0)" }
        case .unique(let claim, let release):
            if claim.contains(where: operation.mayClaim) { change = "claims it" }
            if release.contains(operation.name) { change = "releases it" }
        case .bank(let transfer, _, _, _):
            if transfer.contains(operation.name) { change = "moves money" }
        case .multiRegister, .listAppend, .rwRegister:
            change = operation.told(by: model).map { HTML.cut($0, to: 120) }
        }
    }

    private static func bound(_ operation: OperationRecord, _ bindings: [OperationBinding]) -> String? {
        guard let binding = bindings.first(where: { $0.operation == operation.name }) else { return nil }
        return operation.value(of: binding.value).map(short) ?? "an unknown value"
    }

    private static func observed(_ operation: OperationRecord, _ observations: [Observation]) -> String? {
        guard let observation = observations.first(where: { $0.operation == operation.name }) else {
            return nil
        }
        return operation.observedValue(observation).map(short)
    }

    private static func short(_ value: Value) -> String { HTML.cut(value.plain, to: 80) }
}

extension RunMaterial {
    /// The model that a finding violates; an invariant's finding has none.
    func model(of finding: Finding) -> Model? { scenario?.models.first { $0.name == finding.check } }
}
