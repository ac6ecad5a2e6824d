// The models over which histories are simulated, and how the verifier reads their operations.

import Core
import Histories

@testable import Checking
@testable import Scenarios

enum SimulatedModel: String, CaseIterable {
    case register, casRegister, machine, counter, set, claims

    var changes: [String] {
        switch self {
        case .register: ["rename"]
        case .casRegister: ["edit", "put"]
        case .machine: ["once", "deactivate", "reactivate", "delete"]
        case .counter: ["reserve", "release"]
        case .set: ["tag", "untag"]
        case .claims: ["create", "drop"]
        }
    }

    var read: String? {
        switch self {
        case .register, .casRegister, .machine: "show"
        case .counter: "usage"
        case .set: "list"
        case .claims: nil
        }
    }

    func model(initial: Value?) -> Model {
        switch self {
        case .register: return .register(initial: initial)
        case .machine: return .status(initial: initial)
        case .counter: return .quota(limit: Self.limit, initial: initial)
        case .set: return .tags(initial: initial)
        case .claims: return .claims
        case .casRegister:
            return Model(
                name: "value",
                kind: .casRegister(
                    write: [OperationBinding(operation: "put", value: .name("unique"))],
                    compareAndSet: [
                        CompareAndSet(operation: "edit", expected: .name("seen"), new: .name("unique"))
                    ], read: [Observation(operation: "show", value: .name("name"))]),
                key: .name("key"), initial: initial.map { .literal($0) })
        }
    }

    static let limit = 6
    static let states = ["active", "deactivated", "absent", "queued"]

    var object: PlainObject {
        PlainObject(
            transitions: [
                ("deactivate", ["active", "deactivated"], "deactivated"), ("once", ["active"], "deactivated"),
                ("reactivate", ["deactivated"], "active"), ("delete", ["active", "deactivated"], "absent"),
            ], limit: Self.limit)
    }

    func starts(_ initial: Value?, element: Value?) -> Set<PlainState> {
        switch self {
        case .register, .casRegister: return [.value(initial)]
        case .machine:
            return initial.map { [.state($0.text ?? "")] } ?? Set(Self.states.map { .state($0) })
        case .counter:
            if case .int(let count)? = initial { return [.count(count)] }
            return Set((0...Self.limit).map { .count($0) })
        case .set:
            guard let elements = initial?.elements else { return [.isThere(true), .isThere(false)] }
            return [.isThere(element.map(elements.contains) ?? false)]
        case .claims: return [.isThere(false)]
        }
    }

    /// What the operation did if it took effect, or showed; of a set, to one element.
    func action(of operation: OperationRecord, element: Value? = nil) -> PlainAction? {
        let unique = operation.values["unique"] ?? .null
        switch (self, operation.name) {
        case (.register, "rename"), (.casRegister, "put"): return .write(unique)
        case (.casRegister, "edit"):
            guard let seen = operation.captures["seen"] else { return .write(unique) }
            return .compareAndSet(seen, unique)
        case (.register, "show"), (.casRegister, "show"): return operation.captures["name"].map { .read($0) }
        case (.machine, "show"): return operation.captures["status"]?.text.map { .observe($0) }
        case (.machine, "once"), (.machine, "deactivate"), (.machine, "reactivate"), (.machine, "delete"):
            return .transition(operation.name)
        case (.counter, "reserve"), (.counter, "release"):
            let name = operation.name == "reserve" ? "units" : "reserve.units"
            guard case .int(let units)? = operation.values[name] else { return nil }
            return .change(operation.name == "reserve" ? units : -units)
        case (.counter, "usage"):
            guard case .int(let count)? = operation.captures["used"] else { return nil }
            return .count(count)
        case (.set, "tag"): return operation.values["tag"] == element ? .add : nil
        case (.set, "untag"): return operation.values["tag"] == element ? .remove : nil
        case (.set, "list"):
            guard let element, let shown = operation.captures["tags"]?.elements else { return nil }
            return .seen(shown.contains(element))
        case (.claims, "create"): return .claim
        case (.claims, "drop"): return .release
        default: return nil
        }
    }

    /// The calls that these operations are: what was refused is none, and an attempt without an answer that
    /// was made again is one of its own.
    func calls(_ operations: [OperationRecord], _ positions: [Int], element: Value? = nil) -> [PlainCall] {
        positions.flatMap { position -> [PlainCall] in
            let operation = operations[position]
            guard let action = action(of: operation, element: element) else { return [] }
            if action.isRead {
                guard operation.outcome == .ok else { return [] }
                return [
                    PlainCall(
                        operation: position, action: action, invoked: operation.invoked,
                        returned: operation.returned)
                ]
            }
            var calls: [PlainCall] = []
            if operation.outcome != .fail {
                calls.append(
                    PlainCall(
                        operation: position, action: action, invoked: operation.invoked,
                        returned: operation.outcome == .ok ? operation.returned : nil))
            }
            var again = action
            if case .compareAndSet(_, let new) = action { again = .write(new) }
            for request in operation.requests.dropLast() where request.outcome == .unknown {
                calls.append(
                    PlainCall(operation: position, action: again, invoked: request.sent, returned: nil))
            }
            return calls
        }
    }
}
