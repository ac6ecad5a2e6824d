// What an operation read and wrote of several keys, in words.

import Core
public import Histories
public import Scenarios

extension OperationRecord {
    /// The reads and writes of its transaction in a model; keys and values that it lacks are `nil`.
    func accesses(of model: Model) -> [(kind: KeyAccess.Kind, key: String?, value: Value?)] {
        (model.transactions.first { $0.operation == name }?.accesses ?? []).map { access in
            let isKnown = access.kind != .read || outcome == .ok
            return (access.kind, text(of: access.key), isKnown ? value(of: access.value) : nil)
        }
    }

    /// Such as `reads ["a"] in x, appends "b" to y`, or the balances that it shows; `nil` where it is no
    /// read and no transaction.
    public func told(by model: Model) -> String? {
        if model.transactions.isEmpty {
            return observed(by: model.observations).first.map { "shows \(shown($0))" }
        }
        let told = accesses(of: model).map { kind, key, value in
            let value = value.map(shown) ?? "nothing known"
            let key = key ?? "an unknown key"
            return switch kind {
            case .read: "reads \(value) in \(key)"
            case .write: "writes \(value) to \(key)"
            case .append: "appends \(value) to \(key)"
            }
        }
        return told.isEmpty ? nil : told.joined(separator: ", ")
    }
}
