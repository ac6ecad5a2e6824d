// `thresholds`: limits on measured values, and which of them end the load.

extension ScenarioDecoder {
    static let abortOperationsRange = 1...1_000_000_000

    func thresholds(_ node: SourceNode?) -> [Threshold] {
        context.entries(of: node, expected: "a map of measures to limits").flatMap { entry -> [Threshold] in
            guard let (subject, operation) = thresholdSubject(entry) else { return [] }
            return context.oneOrMore(entry.value) { threshold($0, subject, of: operation) }
        }
    }

    /// As in `latency` or `reserve.latency`; `nil` with a message for what is no measure.
    private func thresholdSubject(
        _ entry: SourceNode.Entry
    ) -> (subject: Threshold.Subject, operation: String?)? {
        let words = entry.key.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            .map(String.init)
        let last = words.last ?? ""
        let operation = words.count > 1 ? words[0] : nil
        if ["livelock", "starvation"].contains(last) {
            return context.refuse("a threshold on `\(last)` is not supported yet", at: entry.place)
        }
        if let operation, !isDeclared(operation, at: entry.place) { return nil }
        let subjects = Threshold.Subject.allCases.filter { operation == nil || $0.isOfOperations }
        guard let subject = subjects.first(where: { $0.rawValue == last }) else {
            if let whole = Threshold.Subject(rawValue: last) {
                return context.refuse(
                    "`\(whole.rawValue)` is measured of the whole load, not of one operation",
                    at: entry.place, suggestion: "write `\(whole.rawValue)`")
            }
            let known = subjects.map { (operation.map { $0 + "." } ?? "") + $0.rawValue }
            let nearest = Names.nearest(to: last, among: subjects.map(\.rawValue)).map {
                "did you mean `\((operation.map { $0 + "." } ?? "") + $0)`?"
            }
            return context.refuse(
                "`\(entry.key)` is no measure", at: entry.place,
                suggestion: nearest ?? Names.suggestion(for: entry.key, among: known))
        }
        return (subject, operation)
    }

    /// A limit alone, or with what it does beside degrading the run.
    private func threshold(
        _ node: SourceNode, _ subject: Threshold.Subject, of operation: String?
    ) -> Threshold? {
        guard node.entries != nil else { return limit(node, subject, of: operation) }
        guard let map = MapReader(node, .threshold, context) else { return nil }
        let threshold = map.value("limit") { limit($0, subject, of: operation) }
        let aborts = map.bool("abort-early") ?? false
        let operations = map.integer("after-operations", in: ScenarioDecoder.abortOperationsRange)
        if map["after-operations"] != nil, !aborts {
            context.error(
                "`after-operations` has a meaning only with `abort-early: true`",
                at: map.keyPlace("after-operations"))
        }
        guard var threshold else { return nil }
        if aborts {
            checkAbort(threshold, at: map.keyPlace("abort-early"))
            threshold.abortsEarlyAfter = operations ?? Threshold.defaultAbortOperations
        }
        return threshold
    }

    private func checkAbort(_ threshold: Threshold, at place: SourcePlace) {
        let subject = threshold.subject
        if !subject.isLive {
            let live = Threshold.Subject.allCases.filter(\.isLive).map { "`\($0.rawValue)`" }
            context.error(
                "`\(subject.rawValue)` is known only when the load is over: it cannot end the load early",
                at: place, suggestion: "`abort-early` goes with \(Names.alternatives(live))")
        } else if !threshold.comparison.isMinimum, !threshold.comparison.isMaximum {
            context.error(
                "what `\(threshold.comparison.rawValue)` will come to is known only when the load is over",
                at: place, suggestion: "`abort-early` goes with <, <=, >= or >")
        }
    }

    private func limit(
        _ node: SourceNode, _ subject: Threshold.Subject, of operation: String?
    ) -> Threshold? {
        var threshold = context.parse(node, expected: subject.form.droppingExpected) {
            text throws(TextError) in try Threshold(text: text, subject: subject, operation: operation)
        }
        threshold?.position = context.position(node.place)
        return threshold
    }
}

extension String {
    /// Messages about a wrong type say "expected" themselves.
    fileprivate var droppingExpected: String { replacing("expected ", with: "", maxReplacements: 1) }
}
