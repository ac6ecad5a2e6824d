// `invariants`: sentences that must hold.

extension ScenarioDecoder {
    func invariants(_ node: SourceNode?) -> [Invariant] {
        context.list(node, expected: "a list of invariants") { element in
            guard let map = MapReader(element, .invariant, context) else { return nil }
            let name = map.text("name", expected: "a sentence")
            guard let given = map.exactlyOne(), let kind = invariantKind(given.key, given.node, map), let name
            else { return nil }
            return Invariant(name: name, kind: kind, position: context.position(element.place))
        }
    }

    private func invariantKind(_ key: String, _ node: SourceNode, _ map: MapReader) -> Invariant.Kind? {
        if key != "unique", key != "same", map["per"] != nil {
            context.error("`per` belongs to `unique` and `same`", at: map.keyPlace("per"))
        }
        switch key {
        case "always":
            guard let condition = condition(node) else { return nil }
            checkAlways(condition, at: node.place)
            return .always(condition)
        case "finally":
            guard let condition = condition(node), areReads(condition, at: node.place) else { return nil }
            checkFinally(condition, at: node.place)
            return .finally(condition)
        case "unique":
            guard let (operation, name) = field(node), let scope = scope(map["per"], of: operation) else {
                return nil
            }
            return .unique(operation: operation, name: name, per: scope)
        case "same":
            guard let (operation, name) = field(node), let per = map.required("per"),
                let scope = scope(per, of: operation)
            else { return nil }
            guard case .each(let template) = scope else {
                return context.refuse(
                    "`same` compares answers that belong together", at: per.place,
                    suggestion: "expected a text with placeholders such as ${{ key }}")
            }
            return .same(operation: operation, name: name, per: template)
        default: return progress(node)
        }
    }

    private func condition(_ node: SourceNode) -> Condition? {
        guard let condition = context.parse(node, expected: "a comparison", Condition.init(text:)) else {
            return nil
        }
        let known = condition.references.map { isKnown($0.operation, $0.name, in: condition.source, node) }
        guard !known.isEmpty else {
            return context.refuse(
                "this comparison names no operation", at: node.place, suggestion: Condition.form)
        }
        for (operation, filter) in condition.sides.flatMap(\.filters) {
            let references = filter.comparisons.flatMap { $0.left.references + $0.right.references }
            guard references.contains(where: { $0.operation != operation || $0.isAggregate }) else {
                continue
            }
            return context.refuse(
                "`where` compares values of `\(operation)`, which is summed or counted", at: node.place,
                suggestion: "expected as in sum(\(operation).NAME where \(operation).OTHER == 1)")
        }
        return known.allSatisfy(\.self) ? condition : nil
    }

    /// Whether the operation and its value exist; else a message where they are named.
    private func isKnown(_ operation: String, _ name: String?, in text: String, _ node: SourceNode) -> Bool {
        let written = name.map { "\(operation).\($0)" } ?? operation
        let start = text.firstRange(of: written)?.lowerBound ?? text.startIndex
        let place = context.place(
            in: node, text: text, offset: text.distance(from: text.startIndex, to: start))
        guard isDeclared(operation, at: place) else { return false }
        guard let name else { return true }
        let known = declared.results(of: operation)
        guard known.contains(name) else {
            context.error(
                "`\(operation)` has no value `\(name)`: it is neither captured nor varied", at: place,
                suggestion: Names.suggestion(for: name, among: known))
            return false
        }
        return true
    }

    private func checkAlways(_ condition: Condition, at place: SourcePlace) {
        if condition.references.contains(where: \.isAggregate) {
            context.error("`always` holds of single answers: sum and count belong to `finally`", at: place)
        } else if Set(condition.references.map(\.operation)).count > 1 {
            context.error("`always` compares values of one operation", at: place)
        }
    }

    /// Reads are compared with each other, with numbers, or with what was written before them.
    private func checkFinally(_ condition: Condition, at place: SourcePlace) {
        let reads = Set(condition.references.filter { !$0.isAggregate }.map(\.operation))
        guard !reads.isEmpty else {
            context.error(
                "`finally` compares what a read shows", at: place,
                suggestion: "name what a read shows, as in usage.used == sum(reserve.units)")
            return
        }
        if let summed = condition.references.first(where: { $0.isAggregate && reads.contains($0.operation) })
        {
            context.error(
                "`finally` cannot sum or count `\(summed.operation)`, a read that it compares", at: place,
                suggestion: "sum or count the operations that write")
        }
    }

    /// `run`, or a text by which operations are put together.
    private func scope(_ node: SourceNode?, of operation: String) -> UniqueScope? {
        guard let node else { return .key }
        guard let template = context.template(node, expected: "`run` or a text with placeholders") else {
            return nil
        }
        if template.parts == [.literal("run")] { return .run }
        guard !template.placeholders.isEmpty else {
            return context.refuse(
                "this is the same for every operation", at: node.place,
                suggestion: "expected `run`, or a text with placeholders such as ${{ client }}")
        }
        check(node, knows: declared.results(of: operation), in: "`\(operation)`", secrets: false)
        return .each(template)
    }

    /// What `finally` compares is read again after quiescence.
    private func areReads(_ condition: Condition, at place: SourcePlace) -> Bool {
        condition.references.allSatisfy {
            $0.isAggregate || isRead($0.operation, at: place, in: "`finally`")
        }
    }

    /// As in `reserve.reservation`.
    private func field(_ node: SourceNode) -> (operation: String, name: String)? {
        guard let text = context.text(node, expected: "OPERATION.NAME") else { return nil }
        let words = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 2 else {
            return context.refuse(
                "`\(text)` is no value of an operation", at: node.place, suggestion: "expected OPERATION.NAME"
            )
        }
        return isKnown(words[0], words[1], in: text, node) ? (words[0], words[1]) : nil
    }

    private func progress(_ node: SourceNode) -> Invariant.Kind? {
        guard let map = MapReader(node, .progress, context) else { return nil }
        let operation = map.value("operation", operationName)
        let within = map.duration("within")
        var outsideFaults = false
        if let node = map["outside"], let text = context.text(node, expected: "faults") {
            outsideFaults = text == "faults"
            if !outsideFaults {
                context.error(
                    "`\(text)` cannot be left out", at: node.place, suggestion: "expected outside: faults")
            }
        }
        guard let operation, let within else { return nil }
        return .progress(operation: operation, within: within, outsideFaults: outsideFaults)
    }
}
