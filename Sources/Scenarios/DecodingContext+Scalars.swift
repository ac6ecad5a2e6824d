// Scalars of a scenario as typed values and templates.

import Core
import Histories

extension DecodingContext {
    func text(_ node: SourceNode, expected: String = "text") -> String? {
        literal(node, expected: expected)
    }

    /// What a text stands for; a message if that is nothing.
    func text<Meaning>(
        _ node: SourceNode, expected: String, else otherwise: String, _ read: (String) -> Meaning?
    ) -> Meaning? {
        guard let text = literal(node, expected: expected) else { return nil }
        return read(text)
            ?? refuse("`\(text)` \(otherwise)", at: node.place, suggestion: "expected \(expected)")
    }

    /// A word that can be a name; those that contend's own placeholders begin with are refused.
    func name(
        _ text: String, at place: SourcePlace, of what: String, reserved: Set<String> = Names.reserved
    ) -> Bool {
        if DecodingContext.booleanTraps.contains(text.lowercased()) {
            error("`\(text)` is a boolean in YAML 1.1, no name of \(what)", at: place)
            return false
        }
        guard Names.isIdentifier(text) else {
            error(
                "`\(text)` is no name of \(what)", at: place,
                suggestion: "expected a letter or _, then letters, digits, _ and -")
            return false
        }
        guard !reserved.contains(text) else {
            error(
                "`\(text)` cannot be the name of \(what): placeholders of contend's own begin with it",
                at: place,
                suggestion: "choose another name, such as `my-\(text)`")
            return false
        }
        return true
    }

    func integer(_ node: SourceNode, in range: ClosedRange<Int>) -> Int? {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        let value = typed(node, expected: expected) { if case .int(let value) = $0 { value } else { nil } }
        guard let value, !range.contains(value) else { return value }
        return refuse("\(value) is out of range", at: node.place, suggestion: "expected \(expected)")
    }

    func bool(_ node: SourceNode) -> Bool? {
        typed(node, expected: "true or false") { if case .bool(let value) = $0 { value } else { nil } }
    }

    private func typed<Typed>(
        _ node: SourceNode, expected: String, _ take: (Value) -> Typed?
    ) -> Typed? {
        if let typed = value(node, expected: expected).flatMap(take) { return typed }
        return isLiteralScalar(node) ? refuseType(node, expected: expected) : nil
    }

    /// A scalar as it looks; `nil` with a message for anything that is no literal scalar.
    private func value(_ node: SourceNode, expected: String) -> Value? {
        guard let text = literal(node, expected: expected), let scalar = node.scalar else { return nil }
        switch scalar.style {
        case .plain, .environment: return Value(plainScalar: text)
        case .quoted, .block: return .string(text)
        }
    }

    private func isLiteralScalar(_ node: SourceNode) -> Bool {
        guard let scalar = node.scalar, let text = scalar.text else { return false }
        guard scalar.style == .plain else { return true }
        return Value(plainScalar: text) != .null && !DecodingContext.booleanTraps.contains(text.lowercased())
    }

    func duration(_ node: SourceNode) -> Duration? {
        parse(node, expected: "a duration such as 250ms, 2s, 10m or 1h", Units.duration)
    }

    /// One of the words of an enumeration.
    func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ node: SourceNode, of what: String
    ) -> Choice? {
        let names = Choice.allCases.map(\.rawValue)
        return choice(node, of: what, among: Array(Choice.allCases), expected: Names.alternatives(names))
    }

    func choice<Choice: RawRepresentable<String>>(
        _ node: SourceNode, of what: String, among choices: [Choice], expected: String
    ) -> Choice? {
        guard let text = literal(node, expected: expected) else { return nil }
        return choices.first { $0.rawValue == text }
            ?? refuse(
                "`\(text)` is no \(what)", at: node.place,
                suggestion: Names.suggestion(for: text, among: choices.map(\.rawValue)))
    }

    // MARK: - Templates

    /// Text with placeholders; numbers count as the text they are written as.
    func template(_ node: SourceNode, expected: String = "text") -> Template? {
        guard case .scalar(let scalar) = node.content else { return refuseType(node, expected: expected) }
        if let text = scalar.text, isNullOrTrap(node, scalar, text, expected: expected) { return nil }
        return Template(scalar, at: node.place)
    }

    /// As `template`, but a literal that is no text keeps its type; `null` is a value when it is written.
    func valueTemplate(_ node: SourceNode, expected: String = "a value") -> Template? {
        if isWrittenNull(node) {
            return Template(parts: [.literal("null")], constant: .null, position: node.place.position)
        }
        guard var template = template(node, expected: expected) else { return nil }
        if node.scalar?.style == .plain, let text = node.text {
            let value = Value(plainScalar: text)
            if value.text == nil { template.constant = value }
        }
        return template
    }

    /// A whole number, or placeholders that give one.
    func wholeNumberTemplate(_ node: SourceNode, from least: Int = .min) -> Template? {
        let expected = "a whole number\(least == 0 ? " from 0" : "") or a placeholder"
        guard var template = valueTemplate(node, expected: expected) else { return nil }
        guard let text = node.text else { return template }
        let number = Value(plainScalar: text).number.flatMap { Int(exactly: $0) }
        guard let number, number >= least else { return refuseType(node, expected: expected) }
        // In quotes or out of the environment it is text, and is read as the number that it is.
        template.constant = .int(number)
        return template
    }

    /// A state, which is compared with the text of what a read shows.
    ///
    /// A number or truth value is refused unless it is written as JSON writes it: `1.10` is the number 1.1
    /// to YAML, and may have been meant as text.
    func state(_ node: SourceNode) -> Template? {
        let position = node.place.position
        if isWrittenNull(node) { return Template(parts: [.literal("null")], position: position) }
        guard let template = template(node, expected: "a state") else { return nil }
        guard let text = node.text, node.scalar?.style == .plain,
            let shown = Value(plainScalar: text).shownByJSON, shown != text
        else { return template }
        return refuse(
            "the state `\(text)` is \(node.kindName) to YAML", at: node.place,
            suggestion: "expected \(shown), or \"\(text)\" in quotes if the service shows this text")
    }

    /// `null` or `~`; nothing at all is a value forgotten.
    private func isWrittenNull(_ node: SourceNode) -> Bool {
        node.isNull && node.text?.isEmpty == false
    }

    /// A JSON structure.
    func templateValue(_ node: SourceNode) -> TemplateValue {
        switch node.content {
        case .sequence(let elements):
            return .array(elements.map { templateValue($0) })
        case .mapping(let entries):
            let members = entries.map { entry in
                TemplateMember(
                    name: entry.template.map { Template($0, at: entry.place) }
                        ?? Template(parts: [.literal(entry.key)], position: entry.place.position),
                    value: templateValue(entry.value))
            }
            return .object(members.sorted { $0.name.source < $1.name.source })
        case .scalar(let scalar):
            guard let text = scalar.text else { return .template(Template(scalar, at: node.place)) }
            guard scalar.style == .plain else { return .literal(.string(text)) }
            _ = isBooleanTrap(text, at: node.place)
            return .literal(Value(plainScalar: text))
        }
    }

    /// A value without placeholders; `isFirst` where it is read before those of the environment are filled.
    func literalValue(_ node: SourceNode, of what: String, isFirst: Bool = false) -> Value? {
        let template = templateValue(node)
        do throws(BindingError) {
            return try template.value(in: Bindings())
        } catch {
            if isFirst || !(isValidating && error.name.hasPrefix("env.")) {
                self.error(
                    "\(what) cannot hold the placeholder `\(error.name)`",
                    at: node.place(of: error.name) ?? node.place)
            }
            return nil
        }
    }

    // MARK: - Lists

    /// A list, or one element in its place.
    func oneOrMore<Element>(_ node: SourceNode, _ read: (SourceNode) -> Element?) -> [Element] {
        (node.elements ?? [node]).compactMap(read)
    }

    /// None of what is no list, which is an error, and none where nothing is given.
    func list<Element>(_ node: SourceNode?, expected: String, _ read: (SourceNode) -> Element?) -> [Element] {
        if let node, node.elements == nil { wrongType(node, expected: expected) }
        return (node?.elements ?? []).compactMap(read)
    }

    /// The entries of a map whose keys the author chooses; none of what is no map, which is an error, and
    /// none where nothing is given.
    func entries(of node: SourceNode?, expected: String) -> [SourceNode.Entry] {
        if let node, node.entries == nil { wrongType(node, expected: expected) }
        return node?.entries ?? []
    }
}

extension Template {
    init(_ scalar: SourceNode.Scalar, at place: SourcePlace) {
        var parts: [Part] = []
        for part in scalar.parts {
            switch part {
            case .placeholder(let placeholder, _): parts.append(.placeholder(placeholder))
            case .literal(let text):
                if case .literal(let before)? = parts.last {
                    parts[parts.count - 1] = .literal(before + text)
                } else {
                    parts.append(.literal(text))
                }
            }
        }
        self.init(parts: parts, position: place.position)
    }
}
