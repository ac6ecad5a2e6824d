// Requests and operations as a resolved scenario writes them.

extension RequestDefaults: YAMLWritable {
    var yaml: YAMLText {
        ["timeout": timeout, "headers": headers.yaml, "cookies": cookies ? true : nil]
    }
}

extension [HeaderTemplate] {
    fileprivate var yaml: YAMLText { .map(map { ($0.name, $0.value) }) }
}

extension RequestTemplate: YAMLWritable {
    var yaml: YAMLText {
        guard command.isEmpty else {
            return ["service": service, "command": command, "timeout": timeout]
        }
        return ["service": service, "http": "\(method) \(target.source)", "headers": headers.yaml]
            + (body?.yaml ?? [:])
            + ["timeout": timeout]
    }
}

extension RequestTemplate.Body: YAMLWritable {
    var yaml: YAMLText {
        switch self {
        case .json(let value): ["json": value]
        case .text(let template): ["body": template]
        case .zeros(let bytes): ["body": "\(bytes) B of zeros"]
        case .form(let fields): ["form": fields.yaml]
        case .multipart(let fields): ["multipart": fields.yaml]
        }
    }
}

extension [BodyField] {
    /// Fields of one name as a list, in the place of the first.
    fileprivate var yaml: YAMLText {
        var names: [String] = []
        for field in self where !names.contains(field.name) { names.append(field.name) }
        return .map(names.map { name in (name, filter { $0.name == name }.map(\.yaml)) })
    }
}

extension BodyField: YAMLWritable {
    var yaml: YAMLText {
        file.map { ["file": $0.name, "type": $0.type, "content": value] } ?? value.yaml
    }
}

extension [Capture] {
    fileprivate var yaml: YAMLText { .map(map { ($0.name, $0.source) }) }
}

extension Capture.Source: YAMLWritable {
    var yaml: YAMLText {
        switch self {
        case .json(let path): .text("json \(path)")
        case .header(let name): .text("header \(name)")
        case .cookie(let name): .text("cookie \(name)")
        case .status: .text("status")
        }
    }
}

extension AnswerPattern: YAMLWritable {
    var yaml: YAMLText { .text(description) }
}

extension SetupRequest: YAMLWritable {
    var yaml: YAMLText {
        ["for-each": forEach] + request.yaml
            + ["capture": captures.unlessEmpty?.yaml, "expect": expect.unlessEmpty]
    }
}

extension OperationDeclaration: YAMLWritable {
    var yaml: YAMLText {
        let isOneRequest = steps.count == 1 && steps[0].name == name
        let requests: YAMLText =
            isOneRequest
            ? steps[0].yaml(among: steps) : ["steps": YAMLText.list(steps.flatMap { $0.yamls(among: steps) })]
        return requests + [
            "effect": isRead ? "none" : nil,
            "vary": YAMLText.map(vary.map { ($0.name, $0.variation) }).unlessEmpty,
            "needs": needs.map { ["operation": $0.operation, "reuse": $0.reuse] } as YAMLText?,
        ]
    }
}

extension Step {
    /// Its wait, if there is one, and the step.
    fileprivate func yamls(among steps: [Step]) -> [YAMLText] {
        let wait = wait.map {
            ["wait": ["from": $0.lowerBound, "to": $0.upperBound] as YAMLText] as YAMLText
        }
        return [wait, ["name": name] + yaml(among: steps)].compactMap(\.self)
    }

    fileprivate func yaml(among steps: [Step]) -> YAMLText {
        request.yaml + [
            "capture": captures.unlessEmpty?.yaml,
            "keep": YAMLText.map(keeps.map { ($0.state, $0.value) }).unlessEmpty,
            "outcome": outcome.yaml.unlessEmpty,
            "retry": retry.map { retry in
                retry.yaml(from: steps.indices.contains(retry.from) ? steps[retry.from].name : name)
            },
            "idempotent": idempotent ? true : nil,
            "effect": isRead ? "none" : nil,
        ]
    }
}

extension OutcomeRules: YAMLWritable {
    var yaml: YAMLText {
        ["ok": ok.unlessEmpty, "fail": fail.unlessEmpty, "unknown": unknown.unlessEmpty]
    }
}

extension Retry {
    fileprivate func yaml(from step: String) -> YAMLText {
        ["when": on, "attempts": attempts, "from": step, "backoff": backoff]
    }
}

extension Variation: YAMLWritable {
    var yaml: YAMLText {
        switch self {
        case .range(let range): .text("\(range.lowerBound)..\(range.upperBound)")
        case .choice(let values): values.yaml
        case .known(let value): value.yaml
        case .sequence(let values): ["sequence": values]
        case .unique: .text("unique")
        }
    }
}
