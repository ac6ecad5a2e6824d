// Models, invariants, load and faults as a resolved scenario writes them.

extension Model {
    var yaml: YAMLText {
        var inner = MapWriter()
        if !key.parts.isEmpty { inner["key"] = key.yaml }
        inner["initial"] = initial?.yaml
        if transactions.isEmpty { inner["consistency"] = .text(consistency.rawValue) }
        switch kind {
        case .register(let write, let read):
            inner["write"] = write.yaml(as: "value")
            inner["read"] = read.yaml(as: "value")
        case .casRegister(let write, let compareAndSet, let read):
            inner["write"] = write.yaml(as: "value")
            inner["compare-and-set"] = .list(
                compareAndSet.map {
                    .map([
                        ("operation", .text($0.operation)), ("expected", $0.expected.yaml),
                        ("new", $0.new.yaml),
                    ])
                })
            inner["read"] = read.yaml(as: "value")
        case .stateMachine(let transitions, let observe):
            inner["transitions"] = .list(transitions.map(\.yaml))
            inner["observe"] = observe.yaml(as: "state")
        case .boundedCounter(let limit, let add, let subtract, let observe):
            inner["limit"] = limit.yaml
            inner["add"] = add.yaml(as: "by")
            inner["subtract"] = subtract.yaml(as: "by")
            inner["observe"] = observe.yaml(as: "value")
        case .set(let add, let remove, let read):
            inner["add"] = add.yaml(as: "element")
            inner["remove"] = remove.yaml(as: "element")
            inner["read"] = read.yaml(as: "elements")
        case .unique(let claim, let release):
            inner["claim"] = .list(claim.map { .text($0) })
            inner["release"] = .list(release.map { .text($0) })
        case .bank(let transfer, let read, let total, let overdraft):
            inner["transfer"] = .list(transfer.map { .text($0) })
            inner["read"] = read.yaml(as: "balances")
            inner["total"] = total.map { .plain("\($0)") }
            inner["overdraft"] = .plain("\(overdraft)")
        case .multiRegister(let transactions):
            inner["transactions"] = .list(transactions.map(\.yaml))
        case .listAppend(let transactions, let isolation):
            inner["transactions"] = .list(transactions.map(\.yaml))
            inner["isolation"] = .text(isolation.rawValue)
        case .rwRegister(let transactions, let isolation):
            inner["transactions"] = .list(transactions.map(\.yaml))
            inner["isolation"] = .text(isolation.rawValue)
        }
        return .map([(kind.word.rawValue, .map(inner.entries))])
    }
}

extension Transition {
    fileprivate var yaml: YAMLText {
        .map([("operation", .text(operation)), ("from", .list(from.map { .text($0) })), ("to", .text(to))])
    }
}

extension TransactionBinding {
    fileprivate var yaml: YAMLText {
        let accesses = accesses.map { access -> YAMLText in
            .map([(access.kind.rawValue, .map([("key", access.key.yaml), ("value", access.value.yaml)]))])
        }
        return .map([("operation", .text(operation)), ("does", .list(accesses))])
    }
}

extension [OperationBinding] {
    fileprivate func yaml(as key: String) -> YAMLText {
        .list(map { .map([("operation", .text($0.operation)), (key, $0.value.yaml)]) })
    }
}

extension [Observation] {
    fileprivate func yaml(as key: String) -> YAMLText {
        .list(
            map { observation in
                var map = MapWriter()
                map["operation"] = .text(observation.operation)
                map[key] = observation.value.yaml
                if !observation.absent.isEmpty { map["absent"] = observation.absent.yaml }
                return .map(map.entries)
            })
    }
}

extension Invariant {
    var yaml: YAMLText {
        let entry: (key: String, value: YAMLText) =
            switch kind {
            case .always(let comparison): ("always", .text(comparison.source))
            case .finally(let comparison): ("finally", .text(comparison.source))
            case .unique(let operation, let name, _): ("unique", .text("\(operation).\(name)"))
            case .progress(let operation, let within, let outsideFaults):
                (
                    "progress",
                    .map(
                        [("operation", .text(operation)), ("within", Units.yaml(within))]
                            + (outsideFaults ? [("outside", .text("faults"))] : []))
                )
            }
        return .map([("name", .text(name)), entry] + scope)
    }

    private var scope: [(key: String, value: YAMLText)] {
        guard case .unique(_, _, let scope) = kind else { return [] }
        return switch scope {
        case .key: []
        case .run: [("per", .text("run"))]
        case .each(let template): [("per", template.yaml)]
        }
    }
}

extension Load {
    var yaml: YAMLText {
        var map = MapWriter()
        let mixture = YAMLText.map(mix.map { ($0.operation, .plain("\($0.weight)")) })
        switch shape {
        case .closed(let clients, let duration):
            map["clients"] = .plain("\(clients)")
            map["for"] = Units.yaml(duration)
            map["mix"] = mixture
        case .ramp(let clients, let duration):
            map["ramp"] = .list(clients.map { .plain("\($0)") })
            map["for"] = Units.yaml(duration)
            map["mix"] = mixture
        case .open(let perSecond, let startClients, let clients, let duration):
            map["rate"] = .text(Units.text(rate: perSecond))
            map["clients"] = .map([("start", .plain("\(startClients)")), ("most", .plain("\(clients)"))])
            map["for"] = Units.yaml(duration)
            map["mix"] = mixture
        case .burst(let rounds, let clients):
            map["burst"] = .map([("rounds", .plain("\(rounds)")), ("clients", .plain("\(clients)"))])
            map["each-round"] = .map([
                ("before", .list(before.map { .text($0) })), ("mix", mixture),
                ("after", .list(after.map { .text($0) })),
            ])
        }
        if !keys.isEmpty { map["keys"] = .map(keys.map { ($0.name, $0.yaml) }) }
        map["spread"] = .text(spread.rawValue)
        return .map(map.entries)
    }
}

extension KeyDeclaration {
    fileprivate var yaml: YAMLText {
        switch choice {
        case .uniform:
            .map([("count", .plain("\(count)"))])
        case .hot(let share, let keys):
            .map([("count", .plain("\(count)")), ("hot", .text("\(Units.text(share: share)) of \(keys)"))])
        }
    }
}

extension FaultDeclaration {
    var yaml: YAMLText {
        let replica: YAMLText =
            switch victim {
            case .any: .text("any")
            case .replica(let index): .plain("\(index)")
            }
        let time: (key: String, value: YAMLText) =
            switch when {
            case .at(let duration): ("at", Units.yaml(duration))
            case .every(let duration): ("every", Units.yaml(duration))
            }
        let deed: (key: String, value: YAMLText) =
            switch action {
            case .pause(let duration): ("pause", .map([("replica", replica), ("for", Units.yaml(duration))]))
            case .kill(let restart):
                ("kill", .map([("replica", replica), ("restart-after", Units.yaml(restart))]))
            case .restart: ("restart", .map([("replica", replica)]))
            }
        return .map([time, deed])
    }
}
