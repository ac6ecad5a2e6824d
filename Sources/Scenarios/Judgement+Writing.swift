// Models, invariants, load and faults as a resolved scenario writes them.

extension Model: YAMLWritable {
    var yaml: YAMLText {
        let all: YAMLText = [
            "key": key.parts.isEmpty ? nil : key, "initial": initial,
            "consistency": transactions.isEmpty ? consistency.rawValue : nil,
        ]
        return .map([(kind.word.rawValue, all + kind.yaml)])
    }
}

extension Model.Kind: YAMLWritable {
    var yaml: YAMLText {
        switch self {
        case .register(let write, let read):
            ["write": write.yaml(as: "value"), "read": read.yaml(as: "value")]
        case .casRegister(let write, let compareAndSet, let read):
            [
                "write": write.yaml(as: "value"), "compare-and-set": compareAndSet,
                "read": read.yaml(as: "value"),
            ]
        case .stateMachine(let transitions, let observe):
            ["transitions": transitions, "observe": observe.yaml(as: "state")]
        case .boundedCounter(let minimum, let limit, let add, let subtract, let observe):
            [
                "minimum": minimum, "limit": limit, "add": add.yaml(as: "by"),
                "subtract": subtract.yaml(as: "by"),
                "observe": observe.yaml(as: "value"),
            ]
        case .set(let add, let remove, let read, let phantoms):
            [
                "add": add.yaml(as: "element"), "remove": remove.yaml(as: "element"),
                "read": read.yaml(as: "elements"),
                "phantoms": phantoms == .ignored ? phantoms.rawValue : nil,
            ]
        case .unique(let claim, let release): ["claim": claim, "release": release]
        case .bank(let transfer, let read, let total, let overdraft):
            ["transfer": transfer, "read": read.yaml(as: "balances"), "total": total, "overdraft": overdraft]
        case .multiRegister(let transactions): ["transactions": transactions]
        case .listAppend(let transactions, let isolation), .rwRegister(let transactions, let isolation):
            ["transactions": transactions, "isolation": isolation.rawValue]
        }
    }
}

extension Claim: YAMLWritable {
    var yaml: YAMLText { when.isEmpty ? operation.yaml : ["operation": operation, "when": when] }
}

extension CompareAndSet: YAMLWritable {
    var yaml: YAMLText { ["operation": operation, "expected": expected, "new": new] }
}

extension Transition: YAMLWritable {
    var yaml: YAMLText { ["operation": operation, "from": from, "to": to] }
}

extension TransactionBinding: YAMLWritable {
    var yaml: YAMLText { ["operation": operation, "does": accesses] }
}

extension KeyAccess: YAMLWritable {
    var yaml: YAMLText { .map([(kind.rawValue, ["key": key, "value": value] as YAMLText)]) }
}

extension [OperationBinding] {
    fileprivate func yaml(as key: String) -> YAMLText {
        .list(map { .map([("operation", $0.operation), (key, $0.value)]) })
    }
}

extension [Observation] {
    fileprivate func yaml(as key: String) -> YAMLText {
        .list(
            map { .map([("operation", $0.operation), (key, $0.value)]) + ["absent": $0.absent.unlessEmpty] })
    }
}

extension Invariant: YAMLWritable {
    var yaml: YAMLText { ["name": name] + kind.yaml }
}

extension Invariant.Kind: YAMLWritable {
    var yaml: YAMLText {
        switch self {
        case .always(let condition): ["always": condition.source]
        case .finally(let condition): ["finally": condition.source]
        case .unique(let operation, let name, let scope):
            ["unique": "\(operation).\(name)", "per": scope.yaml]
        case .same(let operation, let name, let per): ["same": "\(operation).\(name)", "per": per]
        case .progress(let operation, let within, let outsideFaults):
            [
                "progress": [
                    "operation": operation, "within": within, "outside": outsideFaults ? "faults" : nil,
                ] as YAMLText
            ]
        }
    }
}

extension UniqueScope {
    fileprivate var yaml: YAMLText? {
        switch self {
        case .key: nil
        case .run: .text("run")
        case .each(let template): template.yaml
        }
    }
}

extension Load: YAMLWritable {
    var yaml: YAMLText {
        let mixture = YAMLText.map(mix.map { ($0.operation, $0.weight) })
        let shaped: YAMLText =
            switch shape {
            case .closed(let clients, let duration): ["clients": clients, "for": duration, "mix": mixture]
            case .ramp(let clients, let duration): ["ramp": clients, "for": duration, "mix": mixture]
            case .open(let perSecond, let startClients, let clients, let duration):
                [
                    "rate": Units.text(rate: perSecond),
                    "clients": ["start": startClients, "most": clients] as YAMLText,
                    "for": duration, "mix": mixture,
                ]
            case .burst(let rounds, let clients):
                [
                    "burst": ["rounds": rounds, "clients": clients] as YAMLText,
                    "each-round": ["before": before, "mix": mixture, "after": after] as YAMLText,
                ]
            }
        let keys = YAMLText.map(keys.map { ($0.name, $0) })
        let state = YAMLText.map(state.map { ($0.name, ["initial": $0.initial] as YAMLText) })
        return shaped + [
            "keys": keys.unlessEmpty, "state": state.unlessEmpty, "spread": spread.rawValue,
        ]
    }
}

extension Preparation: YAMLWritable {
    var yaml: YAMLText { times.map { ["operation": operation, "times": $0] } ?? operation.yaml }
}

extension KeyDeclaration: YAMLWritable {
    var yaml: YAMLText {
        switch choice {
        case .uniform: ["count": count]
        case .hot(let share, let keys): ["count": count, "hot": "\(Units.text(share: share)) of \(keys)"]
        }
    }
}

extension FaultDeclaration: YAMLWritable {
    var yaml: YAMLText {
        let time: YAMLText =
            switch when {
            case .at(let duration): ["at": duration]
            case .every(let duration): ["every": duration]
            }
        let deed: YAMLText =
            switch action {
            case .pause(let duration):
                ["pause": ["service": service, "replica": victim, "for": duration] as YAMLText]
            case .kill(let restart):
                ["kill": ["service": service, "replica": victim, "restart-after": restart] as YAMLText]
            case .restart: ["restart": ["service": service, "replica": victim] as YAMLText]
            }
        return time + deed
    }
}

extension FaultDeclaration.Victim: YAMLWritable {
    var yaml: YAMLText {
        switch self {
        case .any: .text("any")
        case .replica(let index): index.yaml
        }
    }
}
