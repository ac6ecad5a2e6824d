// `models`: what a correct key would do.

import Histories

extension ScenarioDecoder {
    func models(_ node: SourceNode) -> [Model] {
        guard let entries = node.entries else {
            context.wrongType(node, expected: "a map of names to models")
            return []
        }
        return entries.compactMap { entry in
            guard let outer = MapReader(entry.value, .model, context),
                let kind = outer.exactlyOne(of: ModelKeyword.allCases.map(\.rawValue)),
                let word = ModelKeyword(rawValue: kind.key)
            else { return nil }
            return model(entry, outer, word, kind.node)
        }
    }

    private func model(
        _ entry: SourceNode.Entry, _ outer: MapReader, _ word: ModelKeyword, _ node: SourceNode
    ) -> Model? {
        let table = word.form.table
        guard let inner = MapReader(node, table, context) else { return nil }
        var bound: [String] = []
        let decoded = kind(word, inner, bound: &bound)
        let key = setting("key", outer, inner)
        if key == nil, word.needsKey {
            context.error("`key` is missing in the model `\(entry.key)`", at: entry.place)
        }
        for operation in Set(bound).sorted() {
            check(
                key, knows: declared.results(of: operation), in: "the key of `\(operation)`", secrets: false)
        }
        let initial = setting("initial", outer, inner)
        check(
            initial, knows: declared.keys.union(declared.own), in: "`initial`", secrets: false)
        let consistency: Model.Consistency? = setting("consistency", outer, inner).flatMap {
            context.choice($0, of: "consistency")
        }
        for name in ["initial", "consistency"] where outer[name] != nil && !table.keys.contains(name) {
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

    private func kind(_ word: ModelKeyword, _ map: MapReader, bound: inout [String]) -> Model.Kind? {
        switch word {
        case .register:
            return .register(
                write: bindings(map, "write", .writeBinding, ["value"], &bound),
                read: reads(map, "read", .read, ["value"], &bound))
        case .casRegister:
            return .casRegister(
                write: bindings(map, "write", .writeBinding, ["value"], &bound, required: false),
                compareAndSet: compareAndSets(map, &bound), read: reads(map, "read", .read, ["value"], &bound)
            )
        case .stateMachine:
            return .stateMachine(
                transitions: transitions(map, &bound),
                observe: reads(map, "observe", .stateRead, ["state", "value"], &bound))
        case .boundedCounter:
            guard let node = map.required("limit"), let limit = self.limit(node) else { return nil }
            return .boundedCounter(
                limit: limit, add: bindings(map, "add", .amountBinding, ["by", "value"], &bound),
                subtract: bindings(
                    map, "subtract", .amountBinding, ["by", "value"], &bound, required: false),
                observe: reads(map, "observe", .read, ["value"], &bound, required: false))
        case .set:
            return .set(
                add: bindings(map, "add", .elementBinding, ["element", "value"], &bound),
                remove: bindings(
                    map, "remove", .elementBinding, ["element", "value"], &bound, required: false),
                read: reads(map, "read", .setRead, ["elements", "value"], &bound))
        case .unique:
            let claim = names(map.required("claim"), &bound)
            return .unique(claim: claim, release: names(map["release"], &bound))
        case .bank:
            return .bank(
                transfer: names(map.required("transfer"), &bound),
                read: reads(map, "read", .balances, ["balances", "value"], &bound),
                total: map["total"].flatMap { context.integer($0, in: KeyTable.totals) },
                overdraft: map["overdraft"].flatMap { context.bool($0) } ?? false)
        case .multiRegister: return .multiRegister(transactions(map, writing: .write, &bound))
        case .listAppend:
            return .listAppend(transactions(map, writing: .append, &bound), isolation(map))
        case .rwRegister:
            return .rwRegister(transactions(map, writing: .write, &bound), isolation(map))
        }
    }

    private func limit(_ node: SourceNode) -> Template? {
        check(node, knows: declared.keys.union(declared.setupCaptures), in: "`limit`", secrets: false)
        return context.wholeNumberTemplate(node, from: 0)
    }

    private func names(_ node: SourceNode?, _ bound: inout [String]) -> [String] {
        guard let node else { return [] }
        let names = context.oneOrMore(node) { operationName($0) }
        bound += names
        return names
    }

    // MARK: - Parts

    /// The maps under `key`: one, or a list of them.
    private func maps(_ map: MapReader, _ key: String, _ table: KeyTable, required: Bool) -> [MapReader] {
        guard let node = required ? map.required(key) : map[key] else { return [] }
        return context.oneOrMore(node) { MapReader($0, table, context) }
    }

    /// The operation of `map` and the value under one of `keys`, checked against what that operation knows.
    private func binding(
        _ map: MapReader, _ keys: [String], _ bound: inout [String]
    ) -> (operation: String, value: Template)? {
        let operation = map.required("operation").flatMap { operationName($0) }
        guard let value = map.exactlyOne(of: keys)?.node, let operation else { return nil }
        bound.append(operation)
        check(value, knows: declared.results(of: operation), in: "`\(operation)`", secrets: false)
        let isAmount = keys.contains("by")
        let template = isAmount ? context.wholeNumberTemplate(value) : context.valueTemplate(value)
        return template.map { (operation, $0) }
    }

    private func bindings(
        _ map: MapReader, _ key: String, _ table: KeyTable, _ values: [String], _ bound: inout [String],
        required: Bool = true
    ) -> [OperationBinding] {
        var result: [OperationBinding] = []
        for element in maps(map, key, table, required: required) {
            guard let (operation, value) = binding(element, values, &bound) else { continue }
            result.append(OperationBinding(operation: operation, value: value))
        }
        return result
    }

    private func reads(
        _ map: MapReader, _ key: String, _ table: KeyTable, _ values: [String], _ bound: inout [String],
        required: Bool = true
    ) -> [Observation] {
        var result: [Observation] = []
        for element in maps(map, key, table, required: required) {
            let absent = element["absent"].map { absence($0) } ?? []
            guard let (operation, value) = binding(element, values, &bound), let node = element["operation"],
                isRead(operation, at: node.place, in: "`\(key)`")
            else { continue }
            result.append(Observation(operation: operation, value: value, absent: absent))
        }
        return result
    }

    /// Answers that show that the entity is not there.
    private func absence(_ node: SourceNode) -> [AnswerPattern] {
        let patterns = self.patterns(node)
        for condition in patterns.flatMap(\.conditions) where condition.failure != nil {
            context.error(
                "`\(condition.text)` is no answer: it observes nothing", at: node.place,
                suggestion: "expected statuses, or conditions on headers and JSON")
        }
        return patterns
    }

    private func compareAndSets(_ map: MapReader, _ bound: inout [String]) -> [CompareAndSet] {
        var result: [CompareAndSet] = []
        for element in maps(map, "compare-and-set", .compareAndSet, required: true) {
            let new = element.required("new")
            guard element.required("expected") != nil,
                let (operation, expected) = binding(element, ["expected"], &bound), let new
            else { continue }
            check(new, knows: declared.results(of: operation), in: "`\(operation)`", secrets: false)
            guard let new = context.valueTemplate(new) else { continue }
            result.append(CompareAndSet(operation: operation, expected: expected, new: new))
        }
        return result
    }

    private func transitions(_ map: MapReader, _ bound: inout [String]) -> [Transition] {
        var result: [Transition] = []
        for element in maps(map, "transitions", .transition, required: true) {
            let operation = element.required("operation").flatMap { operationName($0) }
            let from =
                element["from"].map { context.oneOrMore($0) { context.state($0) } } ?? []
            let to = element.required("to").flatMap { context.state($0) }
            guard let operation, let to else { continue }
            bound.append(operation)
            result.append(Transition(operation: operation, from: from, to: to))
        }
        return result
    }
}
