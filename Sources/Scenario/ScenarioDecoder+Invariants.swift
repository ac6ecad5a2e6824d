// `invariants` and `thresholds`: sentences that must hold, and limits on measured values.

import History

extension ScenarioDecoder {
    func invariants(_ node: SourceNode) -> [Invariant] {
        context.list(node, expected: "a list of invariants") { element in
            guard let map = MapReader(element, .invariant, context) else { return nil }
            let name = map.required("name").flatMap { context.text($0, expected: "a sentence") }
            guard let given = map.exactlyOne(of: ["always", "finally", "unique", "progress"]),
                let kind = invariantKind(given.key, given.node), let name
            else { return nil }
            return Invariant(name: name, kind: kind, position: context.position(element.place))
        }
    }

    private func invariantKind(_ key: String, _ node: SourceNode) -> Invariant.Kind? {
        switch key {
        case "always":
            guard let comparison = comparison(node) else { return nil }
            checkAlways(comparison, at: node.place)
            return .always(comparison)
        case "finally":
            guard let comparison = comparison(node), areReads(comparison, at: node.place) else { return nil }
            return .finally(comparison)
        case "unique":
            guard let (operation, name) = field(node) else { return nil }
            return .unique(operation: operation, name: name)
        default:
            return progress(node)
        }
    }

    private func comparison(_ node: SourceNode) -> Comparison? {
        guard
            let comparison = context.parse(
                node, expected: "a comparison", { text throws(TextError) in try Comparison(text: text) })
        else { return nil }
        let references = comparison.left.references + comparison.right.references
        var isRight = true
        for reference in references {
            isRight = isKnown(reference.operation, reference.name, in: comparison.source, node) && isRight
        }
        if references.isEmpty {
            context.error("this comparison names no operation", at: node.place, suggestion: Comparison.form)
            isRight = false
        }
        return isRight ? comparison : nil
    }

    /// Whether the operation and its value exist; else a message where they are named.
    private func isKnown(_ operation: String, _ name: String?, in text: String, _ node: SourceNode) -> Bool {
        let written = name.map { "\(operation).\($0)" } ?? operation
        let start = text.firstRange(of: written)?.lowerBound ?? text.startIndex
        let place = context.place(
            in: node, text: text, offset: text.distance(from: text.startIndex, to: start))
        guard declared.operations[operation] != nil else {
            context.error(
                "the operation `\(operation)` is not defined", at: place,
                suggestion: Names.suggestion(for: operation, among: declared.operations.keys))
            return false
        }
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

    private func checkAlways(_ comparison: Comparison, at place: SourcePlace) {
        let references = comparison.left.references + comparison.right.references
        if references.contains(where: \.isAggregate) {
            context.error("`always` holds of single answers: sum and count belong to `finally`", at: place)
        } else if Set(references.map(\.operation)).count > 1 {
            context.error("`always` compares values of one operation", at: place)
        }
    }

    /// What `finally` compares is read again after quiescence.
    private func areReads(_ comparison: Comparison, at place: SourcePlace) -> Bool {
        let references = comparison.left.references + comparison.right.references
        return references.allSatisfy { $0.isAggregate || isRead($0.operation, at: place, in: "`finally`") }
    }

    /// As in `reserve.reservation`.
    private func field(_ node: SourceNode) -> (operation: String, name: String)? {
        guard let text = context.text(node, expected: "OPERATION.NAME") else { return nil }
        let words = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 2 else {
            context.error(
                "`\(text)` is no value of an operation", at: node.place, suggestion: "expected OPERATION.NAME"
            )
            return nil
        }
        return isKnown(words[0], words[1], in: text, node) ? (words[0], words[1]) : nil
    }

    private func progress(_ node: SourceNode) -> Invariant.Kind? {
        guard let map = MapReader(node, .progress, context) else { return nil }
        let operation = map.required("operation").flatMap { operationName($0) }
        let within = map.required("within").flatMap { context.duration($0) }
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

    // MARK: - Thresholds

    func thresholds(_ node: SourceNode) -> [Threshold] {
        guard let entries = node.entries else {
            context.wrongType(node, expected: "a map of measures to limits")
            return []
        }
        return entries.flatMap { entry -> [Threshold] in
            guard let operation = thresholdOperation(entry) else { return [] }
            return context.oneOrMore(entry.value) { node in
                context.parse(node, expected: "a limit") { text throws(TextError) in
                    try Threshold(text: text, measure: entry.key, operation: operation.name)
                }
            }
        }
    }

    /// The operation of `OPERATION.latency`, no name for the other measures, `nil` for what is no measure.
    private func thresholdOperation(_ entry: SourceNode.Entry) -> (name: String?, Void)? {
        let key = entry.key
        if ["contention", "unknown"].contains(key) { return (nil, ()) }
        if ["deadlocks", "retries", "livelock", "starvation"].contains(key) {
            context.error("a threshold on `\(key)` is not supported yet", at: entry.place)
            return nil
        }
        let names = declared.operations.keys.map { "\($0).latency" } + ["contention", "unknown"]
        guard key.hasSuffix(".latency"), declared.operations[String(key.dropLast(8))] != nil else {
            context.error(
                "`\(key)` is no measure", at: entry.place,
                suggestion: Names.suggestion(for: key, among: names))
            return nil
        }
        return (String(key.dropLast(8)), ())
    }
}

extension Threshold {
    /// As in `rate>=20%`, `p(99)<250ms` or `max<2s`.
    init(text: String, measure: String, operation: String?) throws(TextError) {
        let form =
            operation == nil
            ? "expected a limit such as rate<5%" : "expected a limit such as p(99)<250ms or max<2s"
        var scanner = TextScanner(text)
        scanner.skipSpaces()
        let start = scanner.offset
        let name = scanner.word()
        let measured: Measure
        switch (name, operation) {
        case ("rate", nil):
            measured = measure == "contention" ? .contentionRate : .unknownRate
        case ("max", let operation?):
            measured = .latency(operation: operation, percentile: 100)
        case ("p", let operation?):
            guard scanner.take("("), let percentile = Double(scanner.numberText()),
                (0...100).contains(percentile),
                scanner.take(")")
            else { throw TextError(start, "`\(text)` names no percentile", expected: form) }
            measured = .latency(operation: operation, percentile: percentile)
        default:
            throw TextError(start, "`\(name)` cannot be limited here", expected: form)
        }
        scanner.skipSpaces()
        let symbolStart = scanner.offset
        let symbols = scanner.take { "<>=!".contains($0) }
        guard let comparison = Comparison.Operator(rawValue: symbols) else {
            throw TextError(symbolStart, "a comparison must follow", expected: form)
        }
        scanner.skipSpaces()
        let limitStart = scanner.offset
        let rest = scanner.rest
        let limit: Double
        do throws(TextError) {
            limit = operation == nil ? try Units.share(rest) : try Units.duration(rest) / .seconds(1)
        } catch {
            throw TextError(limitStart + error.offset, error.message, expected: error.expected)
        }
        self.init(measure: measured, comparison: comparison, limit: limit, source: text)
    }
}
