// Requests and operations as a resolved scenario writes them.

extension [HeaderTemplate] {
    var yaml: YAMLText { .map(map { ($0.name, $0.value.yaml) }) }
}

extension MapWriter {
    fileprivate mutating func add(_ request: RequestTemplate) {
        self["http"] = .text("\(request.method) \(request.target.source)")
        self["headers"] = request.headers.yaml
        switch request.body {
        case nil: break
        case .json(let value): self["json"] = value.yaml
        case .text(let template): self["body"] = template.yaml
        case .zeros(let bytes): self["body"] = .text("\(bytes) B of zeros")
        }
        self["timeout"] = Units.yaml(request.timeout)
    }

    fileprivate mutating func add(_ captures: [Capture]) {
        guard !captures.isEmpty else { return }
        self["capture"] = .map(
            captures.map { capture in
                switch capture.source {
                case .json(let path): (capture.name, .text("json \(path)"))
                case .header(let name): (capture.name, .text("header \(name)"))
                case .status: (capture.name, .text("status"))
                }
            })
    }
}

extension [AnswerPattern] {
    /// The alternatives, one text each.
    var yaml: YAMLText { .list(map { .text($0.description) }) }
}

extension SetupRequest {
    var yaml: YAMLText {
        var map = MapWriter()
        map["for-each"] = forEach.map { .text($0) }
        map.add(request)
        map.add(captures)
        if !expect.isEmpty { map["expect"] = expect.yaml }
        return .map(map.entries)
    }
}

extension OperationDeclaration {
    var yaml: YAMLText {
        var map = MapWriter()
        if steps.count == 1, steps[0].name == name {
            map = steps[0].entries(among: steps)
        } else {
            map["steps"] = .list(
                steps.map { step in
                    .map([("name", .text(step.name))] + step.entries(among: steps).entries)
                })
        }
        if isRead { map["effect"] = .text("none") }
        if !vary.isEmpty { map["vary"] = .map(vary.map { ($0.name, $0.variation.yaml) }) }
        if let needs {
            map["needs"] = .map([("operation", .text(needs.operation)), ("reuse", .plain("\(needs.reuse)"))])
        }
        return .map(map.entries)
    }
}

extension Step {
    fileprivate func entries(among steps: [Step]) -> MapWriter {
        var map = MapWriter()
        map.add(request)
        map.add(captures)
        var rules = MapWriter()
        if !outcome.ok.isEmpty { rules["ok"] = outcome.ok.yaml }
        if !outcome.fail.isEmpty { rules["fail"] = outcome.fail.yaml }
        if !outcome.unknown.isEmpty { rules["unknown"] = outcome.unknown.yaml }
        if !rules.entries.isEmpty { map["outcome"] = .map(rules.entries) }
        if let retry {
            let from = steps.indices.contains(retry.from) ? steps[retry.from].name : name
            map["retry"] = .map([
                ("when", retry.on.yaml), ("attempts", .plain("\(retry.attempts)")), ("from", .text(from)),
                ("backoff", Units.yaml(retry.backoff)),
            ])
        }
        if idempotent { map["idempotent"] = .plain("true") }
        if isRead { map["effect"] = .text("none") }
        return map
    }
}

extension Variation {
    fileprivate var yaml: YAMLText {
        switch self {
        case .range(let range): .text("\(range.lowerBound)..\(range.upperBound)")
        case .choice(let values): .list(values.map { YAMLText($0) })
        case .sequence(let values): .map([("sequence", .list(values.map { YAMLText($0) }))])
        case .unique: .text("unique")
        }
    }
}
