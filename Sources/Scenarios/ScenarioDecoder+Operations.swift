// `setup` and `operations`: steps, retries, varied values and what an operation needs.

import Core

extension ScenarioDecoder {
    static let attemptsRange = 1...1000

    func setup(_ node: SourceNode?) -> [SetupRequest] {
        var captured: Set<String> = []
        return context.list(node, expected: "a list of requests") { element in
            guard let map = MapReader(element, .setup, context) else { return nil }
            let forEach = map["for-each"].flatMap { loadKey($0) }
            let names = captured.union(declared.keys).union(PlaceholderNames.operation)
            for key in Self.requestKeys {
                check(map[key], knows: names, in: "this setup request")
            }
            let captures = self.captures(map["capture"])
            captured.formUnion(captures.map(\.name))
            let expect = patterns(map["expect"])
            guard let request = request(map) else { return nil }
            checkInherited(request.headers, knows: names, at: map.place)
            return SetupRequest(forEach: forEach, request: request, captures: captures, expect: expect)
        }
    }

    /// Headers of `defaults` may name what the setup captures: a request that comes before cannot send them.
    private func checkInherited(_ headers: [HeaderTemplate], knows names: Set<String>, at place: SourcePlace)
    {
        let later = declared.setupCaptures.union(declared.own).union(declared.states).subtracting(names)
        for header in headers {
            guard let name = header.value.placeholders.first(where: later.contains) else { continue }
            context.error(
                "this setup request has the header `\(header.name)` of `defaults`, "
                    + "and `\(name)` is not known before it", at: place,
                suggestion: "give the request a `\(header.name)` of its own, or those that follow")
        }
    }

    private func loadKey(_ node: SourceNode) -> String? {
        guard let name = context.text(node, expected: "a key of load.keys") else { return nil }
        guard declared.keys.contains(name) else {
            return context.refuse(
                "`\(name)` is no key of load.keys", at: node.place,
                suggestion: Names.suggestion(for: name, among: declared.keys) ?? "add it under load.keys")
        }
        return name
    }

    func operations(_ node: SourceNode) -> [OperationDeclaration] {
        if node.entries?.isEmpty == true { context.error("no operation is defined", at: node.place) }
        return context.entries(of: node, expected: "a map of operation names").compactMap { entry in
            guard
                context.name(
                    entry.key, at: entry.place, of: "an operation", reserved: Names.reservedOfOperations)
            else { return nil }
            return operation(entry)
        }
    }

    private func operation(_ entry: SourceNode.Entry) -> OperationDeclaration? {
        let hasSteps = entry.value["steps"] != nil
        let table: KeyTable = hasSteps ? .operationWithSteps : .operation
        guard let map = MapReader(entry.value, table, context) else { return nil }
        let steps =
            map["steps"].map { self.steps($0, of: entry.key) }
            ?? [step(map, entry.key, index: 0, of: entry.key, earlier: [entry.key])].compactMap(\.self)
        let isRead = effectIsNone(map)
        let vary = variations(map["vary"], of: entry.key)
        let needs = map["needs"].flatMap { self.needs($0, of: entry.key) }
        guard !steps.isEmpty else { return nil }
        return OperationDeclaration(
            name: entry.key, steps: steps, isRead: isRead, vary: vary, needs: needs,
            position: context.position(entry.place))
    }

    private func effectIsNone(_ map: MapReader) -> Bool {
        guard let node = map["effect"], let text = context.text(node, expected: "none") else { return false }
        if text != "none" {
            context.error(
                "`\(text)` is no effect", at: node.place, suggestion: "expected none, or no `effect` at all")
        }
        return text == "none"
    }

    // MARK: - Steps

    private func steps(_ node: SourceNode, of operation: String) -> [Step] {
        if node.elements?.isEmpty == true { context.error("`steps` is empty", at: node.place) }
        var names: [String] = []
        var steps: [Step] = []
        // Before the next step, with where it stands.
        var waits: [(range: ClosedRange<Duration>?, place: SourcePlace)] = []
        let elements = context.list(node, expected: "a list of steps") { $0 }
        for (index, element) in elements.enumerated() {
            if element["wait"] != nil {
                waits.append((wait(element), element.place))
                if names.isEmpty || waits.count > 1 { refuseWait(at: element.place) }
                continue
            }
            guard let map = MapReader(element, .step, context) else { continue }
            let name = map.text("name", expected: "a step's name") ?? "step \(names.count + 1)"
            if names.contains(name) {
                context.error("the step `\(name)` is named twice", at: map["name"]?.place ?? map.place)
            }
            names.append(name)
            if var step = step(map, name, index: index, of: operation, earlier: names) {
                step.isRead = effectIsNone(map)
                step.wait = waits.first?.range
                steps.append(step)
            }
            waits = []
        }
        if let last = waits.first { refuseWait(at: last.place) }
        if !steps.isEmpty, steps.allSatisfy(\.isRead) {
            context.error(
                "no step of `\(operation)` has an effect", at: node.place,
                suggestion: "write effect: none beside `steps`, if the operation changes nothing")
        }
        return steps
    }

    private func refuseWait(at place: SourcePlace) {
        context.error(
            "a wait stands between two steps with requests", at: place,
            suggestion: "a longer one is one wait; before the first request and after the last there is none")
    }

    /// `2s`, or `{ from, to }`.
    private func wait(_ node: SourceNode) -> ClosedRange<Duration>? {
        guard let node = MapReader(node, .wait, context)?.required("wait") else { return nil }
        guard node.entries != nil else {
            guard let duration = context.duration(node) else { return nil }
            return checked(duration...duration, at: node.place)
        }
        guard let map = MapReader(node, .waitRange, context), let from = map.duration("from"),
            let to = map.duration("to")
        else { return nil }
        guard from <= to else {
            return context.refuse("`from` is longer than `to`", at: map.keyPlace("from"))
        }
        return checked(from...to, at: node.place)
    }

    /// An operation that waits when the load ends is waited for.
    private static let longestWait = Duration.seconds(600)

    private func checked(_ wait: ClosedRange<Duration>, at place: SourcePlace) -> ClosedRange<Duration>? {
        guard wait.upperBound > Self.longestWait else { return wait }
        return context.refuse("this wait is too long", at: place, suggestion: "expected at most 10m")
    }

    private func step(
        _ map: MapReader, _ name: String, index: Int, of operation: String, earlier: [String]
    ) -> Step? {
        let names = declared.names(of: operation, step: index)
        for key in Self.requestKeys { check(map[key], knows: names, in: "`\(operation)`") }
        let captures = self.captures(map["capture"])
        let keeps = self.keeps(map["keep"], of: operation, step: index)
        let outcome = self.outcome(map["outcome"])
        let retry = map["retry"].flatMap { self.retry($0, index: earlier.count - 1, earlier: earlier) }
        let idempotent = map.bool("idempotent") ?? false
        guard map.exactlyOne() != nil, let request = request(map) else { return nil }
        let position = target?.services.firstIndex { $0.name == request.service } ?? 0
        if replicaNames.indices.contains(position) {
            check(map["command"], knows: names.union(replicaNames[position]), in: "`\(operation)`")
        }
        let step = Step(
            name: name, request: request, captures: captures, keeps: keeps, outcome: outcome, retry: retry,
            idempotent: idempotent)
        checkAnswers(of: step, map)
        return step
    }

    /// What the client keeps once the step is ok: names of `load.state` and their values.
    private func keeps(_ node: SourceNode?, of operation: String, step: Int) -> [Keep] {
        let form = "a map of names of load.state to values: { token: \"${{ next }}\" }"
        return context.entries(of: node, expected: form).compactMap { entry in
            check(
                entry.value, knows: declared.names(of: operation, step: step + 1), in: "`\(operation)`",
                secrets: false)
            guard declared.states.contains(entry.key) else {
                return context.refuse(
                    "`\(entry.key)` is no state of load.state", at: entry.place,
                    suggestion: Names.suggestion(for: entry.key, among: declared.states)
                        ?? "add it under load.state")
            }
            return context.valueTemplate(entry.value).map { Keep(state: entry.key, value: $0) }
        }
    }

    private func outcome(_ node: SourceNode?) -> OutcomeRules {
        guard let node, let map = MapReader(node, .outcome, context) else { return OutcomeRules() }
        return OutcomeRules(
            ok: patterns(map["ok"]), fail: patterns(map["fail"]), unknown: patterns(map["unknown"]))
    }

    private func retry(_ node: SourceNode, index: Int, earlier: [String]) -> Retry? {
        guard let map = MapReader(node, .retry, context) else { return nil }
        let when = map.required("when").map { patterns($0) }
        let attempts = map.integer("attempts", in: ScenarioDecoder.attemptsRange)
        let backoff = map.duration("backoff") ?? .zero
        var from = index
        if let node = map["from"], let name = context.text(node, expected: "the name of a step") {
            if let found = earlier.firstIndex(of: name) {
                from = found
            } else {
                context.error(
                    "`\(name)` is neither this step nor an earlier one", at: node.place,
                    suggestion: Names.suggestion(for: name, among: earlier))
            }
        }
        guard let when, let attempts else { return nil }
        return Retry(on: when, attempts: attempts, from: from, backoff: backoff)
    }

    private func needs(_ node: SourceNode, of operation: String) -> Need? {
        var need: Need?
        if node.entries != nil {
            guard let map = MapReader(node, .needs, context) else { return nil }
            let reuse = map.bool("reuse") ?? false
            need = map.value("operation", operationName).map { Need(operation: $0, reuse: reuse) }
        } else {
            need = operationName(node).map { Need(operation: $0) }
        }
        var next = need?.operation
        var seen: Set<String> = [operation]
        while let name = next {
            guard seen.insert(name).inserted else {
                return context.refuse("`\(operation)` needs itself, by way of `\(name)`", at: node.place)
            }
            next = declared.operations[name]?.need
        }
        return need
    }

    // MARK: - Varied values

    private func variations(_ node: SourceNode?, of operation: String) -> [NamedVariation] {
        let form = "a map of names to 1..3, [a, b], { sequence: […] } or unique"
        return context.entries(of: node, expected: form).compactMap { entry in
            guard context.name(entry.key, at: entry.place, of: "a varied value") else { return nil }
            if declared.keys.contains(entry.key) {
                context.error("`\(entry.key)` is already a key of load.keys", at: entry.place)
            }
            return variation(entry.value, of: operation).map {
                NamedVariation(name: entry.key, variation: $0)
            }
        }
    }

    private func variation(_ node: SourceNode, of operation: String) -> Variation? {
        let names = node.placeholders.map(\.name).filter { !$0.hasPrefix("env.") }
        if !names.isEmpty, node.elements != nil || node.scalar?.isPlaceholder == true {
            check(
                node, knows: declared.inherited(by: operation), in: "`vary` of `\(operation)`", secrets: false
            )
            return .known(context.templateValue(node))
        }
        if node.elements != nil { return values(node).map { .choice($0) } }
        if node.entries != nil {
            guard let map = MapReader(node, .sequence, context), let list = map.required("sequence") else {
                return nil
            }
            return values(list).map { .sequence($0) }
        }
        return context.parse(node, expected: "1..3, [a, b], { sequence: […] } or unique") {
            text throws(TextError) in
            if text == "unique" { return .unique }
            let form = "expected 1..3, [a, b], { sequence: [a, b] } or unique"
            guard let dots = text.firstRange(of: ".."), let first = Int(text[..<dots.lowerBound]),
                let last = Int(text[dots.upperBound...])
            else { throw TextError(0, "`\(text)` is no variation", expected: form) }
            guard first <= last else { throw TextError(0, "the range `\(text)` is empty", expected: form) }
            return .range(first...last)
        }
    }

    private func values(_ node: SourceNode) -> [Value]? {
        let values = context.list(node, expected: "a list of values") {
            context.literalValue($0, of: "a variation")
        }
        if node.elements?.isEmpty == true { context.error("this list is empty", at: node.place) }
        return values.isEmpty ? nil : values
    }
}
