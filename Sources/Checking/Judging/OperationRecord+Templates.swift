// Fills a model's placeholders from what an operation sent and captured.

public import Core
public import Histories
public import Scenarios

/// Values in the one form in which checkers compare them.
enum Canonical {
    /// Whole numbers are integers all the way down, so that `1` and `1.0` are equal and hash alike.
    static func value(_ value: Value) -> Value { isCanonical(value) ? value : converted(value) }

    /// Most values are: large ones are then not copied.
    private static func isCanonical(_ value: Value) -> Bool {
        switch value {
        case .double(let number): Int(exactly: number) == nil
        case .array(let elements): elements.allSatisfy(isCanonical)
        case .object(let members): members.values.allSatisfy(isCanonical)
        case .null, .bool, .int, .string: true
        }
    }

    private static func converted(_ value: Value) -> Value {
        switch value {
        case .double(let number): Int(exactly: number).map { .int($0) } ?? value
        case .array(let elements): .array(elements.map(converted))
        case .object(let members): .object(members.mapValues(converted))
        case .null, .bool, .int, .string: value
        }
    }

    /// Text as it is, anything else as JSON.
    static func text(_ value: Value) -> String {
        if case .string(let text) = value { return text }
        return JSON.text(Canonical.value(value))
    }

    /// A whole number, or text that is one.
    static func integer(_ value: Value) -> Int? {
        switch Canonical.value(value) {
        case .int(let number): number
        case .string(let text): Int(text)
        case .null, .bool, .double, .array, .object: nil
        }
    }
}

extension OperationRecord {
    /// A name as scenarios write it: a capture or value, one of the operation's own fields, or `client` and
    /// `round`.
    func lookUp(_ placeholder: String) -> Value? {
        if let value = value(placeholder) { return value }
        if placeholder.hasPrefix(name + ".") { return value(String(placeholder.dropFirst(name.count + 1))) }
        switch placeholder {
        case "client": return .int(client)
        case "round": return round.map { .int($0) }
        default: return nil
        }
    }

    /// A whole number has no fraction in any filter's text, however the service wrote it.
    private func filled(_ placeholder: Placeholder) -> Value? {
        lookUp(placeholder.name).map(Canonical.value).map(placeholder.filled)
    }

    /// What a model's template says of this operation; `nil` where it neither sent nor captured it.
    public func value(of template: Template) -> Value? {
        if let constant = template.constant { return Canonical.value(constant) }
        if template.parts.count == 1, case .placeholder(let placeholder) = template.parts[0] {
            return filled(placeholder).map(Canonical.value)
        }
        return text(of: template).map { .string($0) }
    }

    /// The same as text, such as the key that it is about.
    public func text(of template: Template) -> String? {
        if template.parts.count == 1, case .placeholder(let placeholder) = template.parts[0] {
            return filled(placeholder).map(Canonical.text)
        }
        var text = ""
        for part in template.parts {
            switch part {
            case .literal(let literal): text += literal
            case .placeholder(let placeholder):
                guard let value = filled(placeholder) else { return nil }
                text += Canonical.text(value)
            }
        }
        return text
    }

    func value(of template: TemplateValue) -> Value? {
        switch template {
        case .literal(let value): return Canonical.value(value)
        case .template(let template): return value(of: template)
        case .array(let elements):
            let values = elements.compactMap { value(of: $0) }
            return values.count == elements.count ? .array(values) : nil
        case .object(let members):
            var values: [String: Value] = [:]
            for member in members {
                guard let name = text(of: member.name), let value = value(of: member.value),
                    values.updateValue(value, forKey: name) == nil
                else { return nil }
            }
            return .object(values)
        }
    }

    /// The value read, or `absent` where the answer means that the entity is not there; `nil` where the read
    /// tells nothing.
    public func observedValue(_ observation: Observation) -> Value? {
        if observation.absent.contains(where: shows) { return .string("absent") }
        return outcome == .ok ? value(of: observation.value) : nil
    }

    /// Whether it claimed a key or, if its outcome is unknown, may have done so.
    public func mayClaim(_ claim: Claim) -> Bool {
        claim.operation == name && (outcome != .ok || claim.when.isEmpty || claim.when.contains(where: shows))
    }

    /// Statuses are looked up; of all other conditions the history says which the answer met.
    private func shows(_ pattern: AnswerPattern) -> Bool {
        guard let answer = requests.last, answer.failure == nil else { return false }
        guard let statuses = pattern.onlyStatuses else { return answer.meets.contains(pattern.description) }
        return answer.status.map(statuses.contains) ?? false
    }
}
