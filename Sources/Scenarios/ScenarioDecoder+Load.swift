// `load` and `faults`: how much, how fast, on which keys, and what happens to replicas meanwhile.

import Core
import Histories

extension ScenarioDecoder {
    static let clientsRange = 1...100_000
    static let weightRange = 1...1_000_000
    static let timesRange = 1...100
    static let keyCountRange = 1...1_000_000

    func load(_ node: SourceNode) -> Load? {
        guard let map = MapReader(node, .load, context) else { return nil }
        let shape = self.shape(map)
        let isBurst = map["burst"] != nil
        let keys = keys(map["keys"])
        let state = states(map["state"])
        let spread: Spread? = map.value("spread") { context.choice($0, of: "spread") }
        var before: [Preparation] = []
        var after: [String] = []
        var mix: [MixEntry] = []
        if let node = map["each-round"], let round = MapReader(node, .eachRound, context) {
            if !isBurst {
                context.error("`each-round` has a meaning only with `burst`", at: map.keyPlace("each-round"))
            }
            before = round["before"].map { context.oneOrMore($0, preparation) } ?? []
            after = round["after"].map { context.oneOrMore($0) { readName($0, in: "`after`") } } ?? []
            if let node = round["mix"] { mix = self.mix(node) }
            if round["mix"] != nil, map["mix"] != nil {
                context.error("`mix` is given both for the load and for each round", at: map.keyPlace("mix"))
            }
            if round["mix"] == nil, map["mix"] == nil {
                context.error("`mix` is missing in each-round", at: round.place)
            }
        } else if map["mix"] == nil {
            context.error(
                "`mix` is missing in load", at: map.place, suggestion: "expected mix: { operation: weight }")
        }
        if let node = map["mix"] { mix = self.mix(node) }
        guard let shape, !mix.isEmpty else { return nil }
        return Load(
            shape: shape, before: before, mix: mix, after: after, keys: keys, state: state, spread: spread)
    }

    /// An operation, or `{ operation, times }`.
    private func preparation(_ node: SourceNode) -> Preparation? {
        guard node.entries != nil else { return operationName(node).map { Preparation(operation: $0) } }
        guard let map = MapReader(node, .repeated, context) else { return nil }
        let times = map.integer("times", in: ScenarioDecoder.timesRange)
        guard let name = map.value("operation", operationName), let times else { return nil }
        return Preparation(operation: name, times: times)
    }

    private func shape(_ map: MapReader) -> Load.Shape? {
        if let node = map["burst"] {
            for key in ["rate", "clients", "ramp", "for"] where map[key] != nil {
                context.error(
                    "`\(key)` cannot stand beside `burst`", at: map.keyPlace(key),
                    suggestion: "a load is closed (clients, for), open (rate, clients, for) or a burst")
            }
            guard let burst = MapReader(node, .burst, context) else { return nil }
            let rounds = burst.integer("rounds", in: Load.roundsRange)
            let clients = burst.integer("clients", in: ScenarioDecoder.clientsRange)
            guard let rounds, let clients else { return nil }
            return .burst(rounds: rounds, clients: clients)
        }
        if let node = map["ramp"] { return ramp(node, map) }
        guard map["clients"] != nil || map["rate"] != nil else {
            return context.refuse(
                "load has no shape", at: map.place,
                suggestion:
                    "expected `clients` and `for`, `ramp` and `for`, `rate`, `clients` and `for`, or `burst`")
        }
        let duration = map.required("for").flatMap(context.duration)
        guard let clients = map.required("clients") else { return nil }
        guard let rate = map["rate"] else {
            let count = context.integer(clients, in: ScenarioDecoder.clientsRange)
            guard let count, let duration else { return nil }
            return .closed(clients: count, duration: duration)
        }
        let perSecond = context.parse(rate, expected: "a rate such as 400/s", Units.rate)
        let range = clientRange(clients)
        guard let perSecond, let range, let duration else { return nil }
        return .open(perSecond: perSecond, startClients: range.start, clients: range.most, duration: duration)
    }

    /// A list of rising numbers of clients, each for an equal part of `for`.
    private func ramp(_ node: SourceNode, _ map: MapReader) -> Load.Shape? {
        for key in ["rate", "clients"] where map[key] != nil {
            context.error(
                "`\(key)` cannot stand beside `ramp`", at: map.keyPlace(key),
                suggestion: "`ramp` gives the clients itself")
        }
        let steps = context.list(node, expected: "a list of numbers of clients: [2, 8, 32]") {
            context.integer($0, in: ScenarioDecoder.clientsRange)
        }
        guard let duration = map.required("for").flatMap(context.duration), !steps.isEmpty else {
            if steps.isEmpty { context.error("`ramp` is empty", at: node.place) }
            return nil
        }
        guard zip(steps, steps.dropFirst()).allSatisfy(<) else {
            return context.refuse("`ramp` must rise from step to step", at: node.place)
        }
        return .ramp(clients: steps, duration: duration)
    }

    /// `{ start, most }`, or one number for both.
    private func clientRange(_ node: SourceNode) -> (start: Int, most: Int)? {
        guard node.entries != nil else {
            return context.integer(node, in: ScenarioDecoder.clientsRange).map { ($0, $0) }
        }
        guard let map = MapReader(node, .clients, context) else { return nil }
        let most = map.integer("most", in: ScenarioDecoder.clientsRange)
        let start = map.integer("start", in: ScenarioDecoder.clientsRange)
        guard let most else { return nil }
        if let start, start > most {
            context.error(
                "\(start) clients at the start are more than the most, \(most)", at: map.keyPlace("start"))
        }
        return (start ?? most, most)
    }

    private func mix(_ node: SourceNode) -> [MixEntry] {
        if node.entries?.isEmpty == true { context.error("`mix` is empty", at: node.place) }
        let form = "a map of operations to weights: { reserve: 5, usage: 2 }"
        return context.entries(of: node, expected: form).compactMap { entry in
            let name = operationName(SourceNode(.string(entry.key), at: entry.place))
            let weight = context.integer(entry.value, in: ScenarioDecoder.weightRange)
            guard let name, let weight else { return nil }
            return MixEntry(operation: name, weight: weight)
        }
    }

    private func keys(_ node: SourceNode?) -> [KeyDeclaration] {
        let form = "a map of key names: { account: { count: 4 } }"
        return context.entries(of: node, expected: form).compactMap { entry in
            guard context.name(entry.key, at: entry.place, of: "a key"),
                let map = MapReader(entry.value, .loadKey, context),
                let count = map.integer("count", in: ScenarioDecoder.keyCountRange)
            else { return nil }
            let hot = map.value("hot") { node in
                context.parse(node, expected: "a hot share such as 80% of 1") { text throws(TextError) in
                    try ScenarioDecoder.hot(text, count: count)
                }
            }
            return KeyDeclaration(name: entry.key, count: count, choice: hot ?? .uniform)
        }
    }

    /// What each client keeps, and what it begins with.
    private func states(_ node: SourceNode?) -> [StateDeclaration] {
        let form = "a map of names: { token: { initial: none } }"
        return context.entries(of: node, expected: form).compactMap { entry in
            guard context.name(entry.key, at: entry.place, of: "a state"),
                let map = MapReader(entry.value, .clientState, context)
            else { return nil }
            if let meaning = declared.meaning(of: entry.key) {
                context.error(
                    "`\(entry.key)` is also \(meaning)", at: entry.place,
                    suggestion: "give one of the two another name: what was sent and what came are two values"
                )
            }
            let initial = map["initial"]
            check(initial, knows: declared.initially, in: "`initial`", secrets: false)
            return StateDeclaration(name: entry.key, initial: initial.map { context.templateValue($0) })
        }
    }

    /// As in `80% of 1`.
    private static func hot(_ text: String, count: Int) throws(TextError) -> KeyDeclaration.Choice {
        let form = "expected a share of operations and a number of keys, such as 80% of 1"
        guard let of = text.firstRange(of: " of ") else {
            throw TextError(0, "`\(text)` is no hot share", expected: form)
        }
        let share = try Units.share(String(text[..<of.lowerBound]))
        let digits = text[of.upperBound...].filter { !$0.isWhitespace }
        guard let keys = Int(digits), keys >= 1, keys <= count else {
            let offset = text.distance(from: text.startIndex, to: of.upperBound)
            throw TextError(offset, "the hot keys must be 1 to \(count)", expected: form)
        }
        return .hot(share: share, keys: keys)
    }

    // MARK: - Faults

    func faults(_ node: SourceNode?) -> [FaultDeclaration] {
        context.list(node, expected: "a list of faults") { element in
            guard let map = MapReader(element, .fault, context) else { return nil }
            let time = map.exactlyOne(of: 0)
            let duration = time.flatMap { context.duration($0.node) }
            if let time, time.key == "every", duration == .zero {
                context.error("a fault cannot come every 0s", at: time.node.place)
            }
            guard let action = map.exactlyOne(of: 1), let kind = FaultRecord.Kind(rawValue: action.key),
                var fault = fault(kind, action.node), let time, let duration
            else { return nil }
            fault.when = time.key == "at" ? .at(duration) : .every(duration)
            return fault
        }
    }

    /// A fault whose time is not known yet.
    private func fault(_ kind: FaultRecord.Kind, _ node: SourceNode) -> FaultDeclaration? {
        let table: KeyTable =
            switch kind {
            case .pause: .pause
            case .kill: .kill
            case .restart: .restart
            }
        guard let map = MapReader(node, table, context) else { return nil }
        let action: FaultDeclaration.Action? =
            switch kind {
            case .pause: map.duration("for").map { .pause(for: $0) }
            case .kill: map.duration("restart-after").map { .kill(restartAfter: $0) }
            case .restart: .restart
            }
        let service = map["service"].map { serviceName($0, ofOperation: false) }
        if case .some(nil) = service { return nil }
        let name = service.flatMap(\.self)
        guard let victim = victim(map, replicas: target?.replicas(of: name).count), let action else {
            return nil
        }
        return FaultDeclaration(when: .at(.zero), victim: victim, action: action, service: name)
    }

    private func victim(_ map: MapReader, replicas: Int?) -> FaultDeclaration.Victim? {
        guard let node = map["replica"] else {
            if replicas == 1 { return .replica(0) }
            return context.refuse("`replica` is missing in \(map.table.block)", at: map.place)
        }
        if node.text == "any" { return .any }
        let last = (replicas ?? ScenarioDecoder.replicasRange.upperBound) - 1
        return context.integer(node, in: 0...last).map { .replica($0) }
    }

    /// The name of a service, and where no operation goes there also of a companion.
    ///
    /// A message if nobody has it.
    func serviceName(_ node: SourceNode, ofOperation: Bool) -> String? {
        guard let name = context.text(node, expected: "the name of a service") else { return nil }
        let services = (target?.services ?? []).map(\.name).filter { !$0.isEmpty }
        let companions = (target?.companions ?? []).map(\.name)
        let names = ofOperation ? services : services + companions
        if names.contains(name) { return name }
        guard !companions.contains(name) else {
            return context.refuse(
                "`\(name)` is a companion, and operations go to services alone", at: node.place,
                suggestion: "expected a service of target.services")
        }
        return context.refuse(
            ofOperation ? "`\(name)` is no service" : "`\(name)` is neither a service nor a companion",
            at: node.place,
            suggestion: Names.suggestion(for: name, among: names)
                ?? "expected services: { \(name): … } in place of `service`")
    }
}
