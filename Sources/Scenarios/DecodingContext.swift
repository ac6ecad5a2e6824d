// What the parts of the decoder share: where messages go, and how scalars become values.

import Core

/// Collects diagnostics while one scenario is decoded.
///
/// Readings that fail say why here and return `nil`.
final class DecodingContext {
    let sources: SourceFiles
    /// `env.*` is not filled in: a place that holds one is taken as right.
    let isValidating: Bool
    private(set) var diagnostics: [Diagnostic] = []

    init(sources: SourceFiles, isValidating: Bool) {
        self.sources = sources
        self.isValidating = isValidating
    }

    func error(_ message: String, at place: SourcePlace, suggestion: String? = nil) {
        add(sources.diagnostic(message, at: place, suggestion: suggestion))
    }

    func hint(_ message: String, at place: SourcePlace, suggestion: String? = nil) {
        add(sources.diagnostic(message, at: place, suggestion: suggestion, severity: .hint))
    }

    private func add(_ diagnostic: Diagnostic) {
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }

    /// A place as a value that outlives the decoding.
    func position(_ place: SourcePlace) -> SourcePosition {
        SourcePosition(
            line: place.position.line, column: place.position.column, file: sources.files[place.file].path)
    }

    func wrongType(_ node: SourceNode, expected: String) {
        error("this is \(node.kindName)", at: node.place, suggestion: "expected \(expected)")
    }

    /// An error in place of what was wanted.
    func refuse<Wanted>(_ message: String, at place: SourcePlace, suggestion: String? = nil) -> Wanted? {
        error(message, at: place, suggestion: suggestion)
        return nil
    }

    func refuseType<Wanted>(_ node: SourceNode, expected: String) -> Wanted? {
        wrongType(node, expected: expected)
        return nil
    }

    /// Reads `node`'s text with one of the small grammars; its errors are placed inside the text.
    func parse<Result>(
        _ node: SourceNode, expected: String, _ grammar: (String) throws(TextError) -> Result
    ) -> Result? {
        guard let text = literal(node, expected: expected) else { return nil }
        do throws(TextError) {
            return try grammar(text)
        } catch {
            return self.refuse(
                error.message, at: place(in: node, text: text, offset: error.offset),
                suggestion: error.expected)
        }
    }

    // MARK: - Names

    /// Bodies are JSON and so are initial values: the names in them are data, and may hold placeholders.
    private static let dataKeys: Set<String> = ["json", "initial"]
    /// Maps whose keys the author chooses: an operation may be called `json`.
    private static let freeMaps: Set<String> = [
        "operations", "models", "headers", "capture", "keep", "state", "form", "multipart",
    ]

    /// Reports names that cannot be filled when the scenario is read, and names that became alike by then.
    ///
    /// `key` is the name under which the node stands.
    func checkNames(of node: SourceNode, under key: String = "", areData: Bool = false) {
        for element in node.elements ?? [] { checkNames(of: element, areData: areData) }
        var seen: Set<String> = []
        for entry in node.entries ?? [] {
            if !seen.insert(entry.key).inserted {
                error("the key `\(entry.key)` is given twice in one map", at: entry.place)
            }
            if !areData, entry.template != nil { refuseTemplate(inNameOf: entry) }
            let isData = !Self.freeMaps.contains(key) && Self.dataKeys.contains(entry.key)
            checkNames(of: entry.value, under: entry.key, areData: areData || isData)
        }
    }

    func refuseTemplate(inNameOf entry: SourceNode.Entry) {
        for (name, place) in entry.template?.placeholders ?? []
        where !(isValidating && name.hasPrefix("env.")) {
            error(
                "`${{ \(name) }}` is not known when the scenario is read, and this is a name", at: place,
                suggestion: "names in `json` bodies take any placeholder, others only parameters and env.NAME"
            )
        }
    }

    /// The text of a scalar in which nothing is left to fill; nothing else may stand there.
    func literal(_ node: SourceNode, expected: String) -> String? {
        guard case .scalar(let scalar) = node.content else { return refuseType(node, expected: expected) }
        if let text = scalar.text {
            guard !isNullOrTrap(node, scalar, text, expected: expected) else { return nil }
            return text
        }
        for (name, place) in scalar.placeholders where !(isValidating && name.hasPrefix("env.")) {
            error(
                "`${{ \(name) }}` is not known when the scenario is read", at: place,
                suggestion: "expected \(expected); here only parameters and env.NAME can be filled in")
        }
        return nil
    }

    func isNullOrTrap(
        _ node: SourceNode, _ scalar: SourceNode.Scalar, _ text: String, expected: String
    ) -> Bool {
        guard scalar.style == .plain else { return false }
        if Value(plainScalar: text) == .null {
            error("nothing is written here", at: node.place, suggestion: "expected \(expected)")
            return true
        }
        return isBooleanTrap(text, at: node.place)
    }

    /// Words that readers of YAML 1.1 take for true and false, and those of YAML 1.2 for text.
    static let booleanTraps: Set<String> = ["yes", "no", "on", "off"]

    /// Says so if an unquoted word means one thing to one reader of YAML and another to the next.
    func isBooleanTrap(_ text: String, at place: SourcePlace) -> Bool {
        guard text.utf8.count <= 3, DecodingContext.booleanTraps.contains(text.lowercased()) else {
            return false
        }
        error(
            "`\(text)` is a boolean in YAML 1.1 and text in YAML 1.2", at: place,
            suggestion: "expected true or false, or \"\(text)\" in quotes")
        return true
    }

    /// Where character `offset` of the node's text stands, if the text stands in the file as it is.
    func place(in node: SourceNode, text: String, offset: Int) -> SourcePlace {
        guard case .scalar(let scalar) = node.content else { return node.place }
        let quote = scalar.style == .quoted ? 1 : 0
        var place = node.place
        let line = sources.line(place).unicodeScalars.dropFirst(place.position.column - 1 + quote)
        let before = text.prefix(offset).unicodeScalars
        guard line.starts(with: before) else { return place }
        place.position.column += quote + before.count
        return place
    }
}
