// Fills parameters and environment values into a tree; every other placeholder stays for the run.

import Core
import Histories

/// What is known when a scenario is resolved.
struct Substitution {
    var parameters: [String: Value]
    /// `nil` while a file is only validated: `env.*` then stays as it is.
    var environment: [String: String]?
    /// Every environment value that was filled in.
    private(set) var sensitiveValues: Set<String> = []

    init(parameters: [Parameter], environment: [String: String]?) {
        self.parameters = Dictionary(parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        self.environment = environment
    }

    mutating func fill(_ node: SourceNode) -> SourceNode {
        switch node.content {
        case .sequence(let elements):
            return SourceNode(.sequence(elements.map { fill($0) }), at: node.place)
        case .mapping(let entries):
            return SourceNode(.mapping(entries.map { fill($0) }), at: node.place)
        case .scalar(let scalar):
            return fill(scalar, of: node)
        }
    }

    /// Names are text: a parameter that is a number becomes the text that it is written as.
    private mutating func fill(_ entry: SourceNode.Entry) -> SourceNode.Entry {
        var filled = SourceNode.Entry(
            key: entry.key, place: entry.place, value: fill(entry.value), template: entry.template)
        guard let template = entry.template else { return filled }
        let parts = self.parts(of: template)
        filled.template = SourceNode.Scalar(parts: parts, style: .quoted)
        if let text = filled.template?.text {
            filled.key = text
            filled.template = nil
        }
        return filled
    }

    private mutating func fill(_ scalar: SourceNode.Scalar, of node: SourceNode) -> SourceNode {
        guard scalar.text == nil else { return node }
        if scalar.parts.count == 1, case .placeholder(let placeholder, _) = scalar.parts[0] {
            if let value = parameters[placeholder.name] {
                return SourceNode(placeholder.filled(with: value), at: node.place)
            }
            guard let value = environmentValue(placeholder) else { return node }
            return SourceNode(
                .scalar(SourceNode.Scalar(parts: [.literal(value)], style: .environment)), at: node.place)
        }
        let style = scalar.style == .plain ? .quoted : scalar.style
        return SourceNode(.scalar(SourceNode.Scalar(parts: parts(of: scalar), style: style)), at: node.place)
    }

    private mutating func parts(of scalar: SourceNode.Scalar) -> [SourceNode.Scalar.Part] {
        var parts: [SourceNode.Scalar.Part] = []
        for part in scalar.parts {
            switch part {
            case .literal: parts.append(part)
            case .placeholder(let placeholder, _):
                if let value = parameters[placeholder.name].map(placeholder.filled) {
                    parts.append(.literal(value.text ?? JSON.text(value)))
                } else if let value = environmentValue(placeholder) {
                    parts.append(.literal(value))
                } else {
                    parts.append(part)
                }
            }
        }
        return parts
    }

    private mutating func environmentValue(_ placeholder: Placeholder) -> String? {
        guard placeholder.name.hasPrefix("env."),
            let value = environment?[String(placeholder.name.dropFirst(4))]
        else { return nil }
        if !value.isEmpty { sensitiveValues.insert(value) }
        return placeholder.filled(with: .string(value)).text
    }
}
