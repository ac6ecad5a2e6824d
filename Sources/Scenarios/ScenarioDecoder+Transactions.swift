// The parts of models over several keys: which operation reads and writes what in one transaction.

extension ScenarioDecoder {
    func isolation(_ map: MapReader) -> Isolation {
        map["isolation"].flatMap { context.choice($0, of: "isolation") } ?? .strictSerializable
    }

    /// `writing` is what the model calls a write.
    func transactions(
        _ map: MapReader, writing: KeyAccess.Kind, _ bound: inout [String]
    ) -> [TransactionBinding] {
        guard let node = map.required("transactions") else { return [] }
        var result: [TransactionBinding] = []
        for element in context.oneOrMore(node, { MapReader($0, .transaction, context) }) {
            guard let does = element.required("does"), let named = element.required("operation"),
                let operation = operationName(named)
            else { continue }
            bound.append(operation)
            let steps = does.elements ?? [does]
            let accesses = steps.compactMap { access($0, of: operation, writing: writing, in: map.table) }
            if steps.isEmpty { context.error("`\(operation)` does nothing", at: does.place) }
            if result.contains(where: { $0.operation == operation }) {
                context.error("`\(operation)` stands here twice", at: named.place)
            }
            guard !steps.isEmpty, accesses.count == steps.count else { continue }
            let binding = TransactionBinding(operation: operation, accesses: accesses)
            let isRead = declared.operations[operation]?.isRead == true
            if binding.isRead {
                guard self.isRead(operation, at: named.place, in: "a transaction without a write") else {
                    continue
                }
            } else if isRead {
                context.error(
                    "`\(operation)` is declared to change nothing, and its transaction writes",
                    at: named.place, suggestion: "take `effect: none` away, or the write")
            }
            result.append(binding)
        }
        return result
    }

    private func access(
        _ node: SourceNode, of operation: String, writing: KeyAccess.Kind, in table: KeyTable
    ) -> KeyAccess? {
        guard let step = MapReader(node, .access, context),
            let given = step.exactlyOne(of: KeyAccess.Kind.allCases.map(\.rawValue)),
            let kind = KeyAccess.Kind(rawValue: given.key),
            let map = MapReader(given.node, .accessed, context)
        else { return nil }
        if kind != .read, kind != writing {
            context.error(
                "`\(kind.rawValue)` is no step of `\(table.block)`", at: step.keyPlace(kind.rawValue),
                suggestion: "expected `\(writing.rawValue)` or `read`")
        }
        let known = declared.results(of: operation)
        let key = map.required("key")
        let value = map.required("value")
        for part in [key, value] { check(part, knows: known, in: "`\(operation)`", secrets: false) }
        guard let key = key.flatMap({ context.template($0, expected: "a key") }),
            let value = value.flatMap({ context.valueTemplate($0) })
        else { return nil }
        return KeyAccess(kind, key: key, value: value)
    }
}
