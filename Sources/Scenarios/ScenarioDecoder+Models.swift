// `models`: what a correct key would do.

import Core
import Histories

extension ScenarioDecoder {
    func models(_ node: SourceNode?) -> [Model] {
        context.entries(of: node, expected: "a map of names to models").compactMap { entry in
            guard let outer = MapReader(entry.value, .model, context), let kind = outer.exactlyOne(),
                let word = ModelKeyword(rawValue: kind.key)
            else { return nil }
            return model(entry, outer, word, kind.node)
        }
    }

    private func model(
        _ entry: SourceNode.Entry, _ outer: MapReader, _ word: ModelKeyword, _ node: SourceNode
    ) -> Model? {
        guard let inner = MapReader(node, word.form.table, context) else { return nil }
        var bindings = BindingDecoder(decoder: self, map: inner)
        let decoded = kind(word, inner, &bindings)
        let key = setting("key", outer, inner)
        if key == nil, word.form.needsKey {
            context.error("`key` is missing in the model `\(entry.key)`", at: entry.place)
        }
        for operation in Set(bindings.operations).sorted() {
            check(
                key, knows: declared.results(of: operation), in: "the key of `\(operation)`", secrets: false)
        }
        let initial = setting("initial", outer, inner)
        check(initial, knows: declared.keys.union(declared.own), in: "`initial`", secrets: false)
        let consistency: Model.Consistency? = setting("consistency", outer, inner).flatMap {
            context.choice($0, of: "consistency")
        }
        for name in ["initial", "consistency"] where outer[name] != nil && !inner.table.keys.contains(name) {
            context.error("`\(name)` means nothing to `\(word.rawValue)`", at: outer.keyPlace(name))
        }
        let template = key.map { context.valueTemplate($0) } ?? Template(parts: [])
        guard let decoded, let key = template else { return nil }
        return Model(
            name: entry.key, kind: decoded, key: key, initial: initial.map { context.templateValue($0) },
            consistency: consistency ?? .linearizable, position: context.position(entry.place))
    }

    /// `key`, `initial` and `consistency` may stand beside the kind or inside it.
    private func setting(_ key: String, _ outer: MapReader, _ inner: MapReader) -> SourceNode? {
        if inner[key] != nil, outer[key] != nil {
            context.error("`\(key)` is given both inside and beside the kind", at: outer.keyPlace(key))
        }
        return inner[key] ?? outer[key]
    }

    private func kind(_ word: ModelKeyword, _ map: MapReader, _ bind: inout BindingDecoder) -> Model.Kind? {
        switch word {
        case .register:
            return .register(write: bind.values("write", .writeBinding), read: bind.reads("read", .read))
        case .casRegister:
            return .casRegister(
                write: bind.values("write", .writeBinding), compareAndSet: bind.compareAndSets(),
                read: bind.reads("read", .read))
        case .stateMachine:
            return .stateMachine(transitions: bind.transitions(), observe: bind.reads("observe", .stateRead))
        case .boundedCounter:
            let minimum = map.value("minimum", bound)
            let limit = map.value("limit", bound)
            if map["minimum"] == nil, map["limit"] == nil {
                context.error("bounded-counter needs `limit` or `minimum`", at: map.place)
            }
            if map["add"] == nil, map["subtract"] == nil {
                context.error("bounded-counter needs `add` or `subtract`", at: map.place)
            }
            if let least = minimum?.constant?.number, let most = limit?.constant?.number, least > most {
                context.error("the minimum is above the limit", at: map.keyPlace("minimum"))
            }
            return .boundedCounter(
                minimum: minimum, limit: limit, add: bind.values("add", .amountBinding),
                subtract: bind.values("subtract", .amountBinding), observe: bind.reads("observe", .read))
        case .set:
            return .set(
                add: bind.values("add", .elementBinding), remove: bind.values("remove", .elementBinding),
                read: bind.reads("read", .setRead),
                phantoms: map.value("phantoms") { context.choice($0, of: "rule for phantoms") } ?? .reported)
        case .unique: return .unique(claim: bind.claims("claim"), release: bind.names("release"))
        case .bank:
            return .bank(
                transfer: bind.names("transfer"), read: bind.reads("read", .balances),
                total: map.integer("total", in: KeyTable.totals), overdraft: map.bool("overdraft") ?? false)
        case .multiRegister: return .multiRegister(bind.transactions(writing: .write))
        case .listAppend: return .listAppend(bind.transactions(writing: .append), isolation(map))
        case .rwRegister: return .rwRegister(bind.transactions(writing: .write), isolation(map))
        }
    }

    private func bound(_ node: SourceNode) -> Template? {
        check(node, knows: declared.keys.union(declared.setupCaptures), in: "a bound", secrets: false)
        return context.wholeNumberTemplate(node, from: 0)
    }

    private func isolation(_ map: MapReader) -> Isolation {
        map.value("isolation") { context.choice($0, of: "isolation") } ?? .strictSerializable
    }
}
