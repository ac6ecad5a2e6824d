// The parts of a model: which operation writes, reads, adds or removes what.

/// Decodes the keys of one kind of model, and keeps the operations that they name.
struct BindingDecoder {
    let decoder: ScenarioDecoder
    let map: MapReader
    private(set) var operations: [String] = []

    init(decoder: ScenarioDecoder, map: MapReader) {
        self.decoder = decoder
        self.map = map
    }

    private var context: DecodingContext { decoder.context }

    mutating func names(_ key: String) -> [String] {
        let names = map.given(key).map { context.oneOrMore($0, decoder.operationName) } ?? []
        operations += names
        return names
    }

    /// Operations, or maps of one and the answers that are claims.
    mutating func claims(_ key: String) -> [Claim] {
        let claims = map.given(key).map { node in
            context.oneOrMore(node) { element -> Claim? in
                guard element.entries != nil else {
                    return decoder.operationName(element).map { Claim(operation: $0) }
                }
                guard let map = MapReader(element, .claim, context) else { return nil }
                let when = map.required("when").map(observable) ?? []
                return map.value("operation", decoder.operationName).map { Claim(operation: $0, when: when) }
            }
        }
        operations += (claims ?? []).map(\.operation)
        return claims ?? []
    }

    mutating func values(_ key: String, _ table: KeyTable) -> [OperationBinding] {
        maps(key, table).compactMap { element in
            binding(element, table.valueKeys).map(OperationBinding.init)
        }
    }

    mutating func reads(_ key: String, _ table: KeyTable) -> [Observation] {
        maps(key, table).compactMap { element in
            let absent = element["absent"].map(observable) ?? []
            guard let (operation, value) = binding(element, table.valueKeys), let node = element["operation"],
                decoder.isRead(operation, at: node.place, in: "`\(key)`")
            else { return nil }
            return Observation(operation: operation, value: value, absent: absent)
        }
    }

    mutating func compareAndSets() -> [CompareAndSet] {
        maps("compare-and-set", .compareAndSet).compactMap { element in
            let new = element.required("new")
            guard element.required("expected") != nil,
                let (operation, expected) = binding(element, ["expected"]), let new
            else { return nil }
            check(new, of: operation)
            return context.valueTemplate(new).map {
                CompareAndSet(operation: operation, expected: expected, new: $0)
            }
        }
    }

    mutating func transitions() -> [Transition] {
        maps("transitions", .transition).compactMap { element in
            let operation = element.value("operation", decoder.operationName)
            func state(_ node: SourceNode) -> Template? {
                if let operation { check(node, of: operation) }
                return context.state(node)
            }
            let from = element["from"].map { context.oneOrMore($0, state) } ?? []
            guard let to = element.value("to", state), let operation else { return nil }
            operations.append(operation)
            return Transition(operation: operation, from: from, to: to)
        }
    }

    // MARK: - Parts

    /// The maps under `key`: one, or a list of them.
    private func maps(_ key: String, _ table: KeyTable) -> [MapReader] {
        map.given(key).map { context.oneOrMore($0) { MapReader($0, table, context) } } ?? []
    }

    /// The operation of `map` and the value under one of `keys`, checked against what that operation knows.
    private mutating func binding(
        _ map: MapReader, _ keys: [String]
    ) -> (operation: String, value: Template)? {
        let operation = map.value("operation", decoder.operationName)
        guard let value = map.exactlyOne(of: keys)?.node, let operation else { return nil }
        operations.append(operation)
        check(value, of: operation)
        let isAmount = keys.contains("by")
        let template = isAmount ? context.wholeNumberTemplate(value) : context.valueTemplate(value)
        return template.map { (operation, $0) }
    }

    private func check(_ node: SourceNode?, of operation: String) {
        let known = decoder.declared.results(of: operation)
        decoder.check(node, knows: known, in: "`\(operation)`", secrets: false)
    }

    /// Answers that show something: one that never came does not.
    private func observable(_ node: SourceNode) -> [AnswerPattern] {
        let patterns = decoder.patterns(node)
        for condition in patterns.flatMap(\.conditions) where condition.failure != nil {
            context.error(
                "`\(condition.text)` is no answer: it observes nothing", at: node.place,
                suggestion: "expected statuses, or conditions on headers and JSON")
        }
        return patterns
    }

    // MARK: - Several keys

    /// What operations read and write in one transaction; `writing` is what the model calls a write.
    mutating func transactions(writing: KeyAccess.Kind) -> [TransactionBinding] {
        var result: [TransactionBinding] = []
        for element in maps("transactions", .transaction) {
            guard let does = element.required("does"), let named = element.required("operation"),
                let operation = decoder.operationName(named)
            else { continue }
            operations.append(operation)
            let steps = does.elements ?? [does]
            let accesses = steps.compactMap { access($0, of: operation, writing: writing) }
            if steps.isEmpty { context.error("`\(operation)` does nothing", at: does.place) }
            if result.contains(where: { $0.operation == operation }) {
                context.error("`\(operation)` stands here twice", at: named.place)
            }
            guard !steps.isEmpty, accesses.count == steps.count else { continue }
            let binding = TransactionBinding(operation: operation, accesses: accesses)
            if binding.isRead {
                guard decoder.isRead(operation, at: named.place, in: "a transaction without a write") else {
                    continue
                }
            } else if decoder.declared.operations[operation]?.isRead == true {
                context.error(
                    "`\(operation)` is declared to change nothing, and its transaction writes",
                    at: named.place, suggestion: "take `effect: none` away, or the write")
            }
            result.append(binding)
        }
        return result
    }

    private func access(_ node: SourceNode, of operation: String, writing: KeyAccess.Kind) -> KeyAccess? {
        guard let step = MapReader(node, .access, context), let given = step.exactlyOne(),
            let kind = KeyAccess.Kind(rawValue: given.key),
            let inner = MapReader(given.node, .accessed, context)
        else { return nil }
        if kind != .read, kind != writing {
            context.error(
                "`\(kind.rawValue)` is no step of `\(map.table.block)`", at: step.keyPlace(kind.rawValue),
                suggestion: "expected `\(writing.rawValue)` or `read`")
        }
        let key = inner.required("key")
        let value = inner.required("value")
        for part in [key, value] { check(part, of: operation) }
        guard let key = key.flatMap({ context.template($0, expected: "a key") }),
            let value = value.flatMap({ context.valueTemplate($0) })
        else { return nil }
        return KeyAccess(kind, key: key, value: value)
    }
}
