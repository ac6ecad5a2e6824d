// Reads a scenario file and all that it extends into one tree.

/// Follows `extends`, nearest file first.
struct ScenarioLoader {
    static let depthLimit = 8

    private(set) var sources = SourceFiles()
    private(set) var diagnostics: [Diagnostic] = []

    /// `knownFindings` names a file that is taken instead of the one that the scenario names.
    mutating func load(
        text: String, path: String, knownFindings: String? = nil, read: (String) throws -> String
    ) -> SourceNode? {
        guard let tree = load(text: text, path: path, chain: [path], read: read) else { return nil }
        if let knownFindings { return with(knownFindings, at: tree.place, in: tree, read: read) }
        guard let node = tree["known-findings"], let name = node.text, !node.isNull else { return tree }
        let file = ScenarioLoader.path(name, besides: sources.files[node.place.file].path)
        return with(file, at: node.place, in: tree, read: read)
    }

    /// The tree with the list that stands in the file as its `known-findings`.
    private mutating func with(
        _ path: String, at place: SourcePlace, in tree: SourceNode, read: (String) throws -> String
    ) -> SourceNode? {
        let text: String
        do {
            text = try read(path)
        } catch {
            return refuse("the known findings `\(path)` cannot be read: \(error)", at: place)
        }
        let index = sources.add(path: path, text: text)
        var source = YAMLSource(sources: sources, file: index)
        let file = source.compose(text)
        diagnostics += source.diagnostics
        guard let file else { return nil }
        let context = DecodingContext(sources: sources, isValidating: false)
        let list = MapReader(file, .knownFindings, context).flatMap { map in
            map.integer("version", in: 1...1) == nil ? nil : map.required("known-findings")
        }
        diagnostics += context.diagnostics
        guard let list, context.diagnostics.isEmpty else { return nil }
        // What is no map is refused when it is decoded.
        guard let entries = tree.entries else { return tree }
        let entry = SourceNode.Entry(key: "known-findings", place: list.place, value: list)
        return SourceNode(.mapping(entries.filter { $0.key != "known-findings" } + [entry]), at: tree.place)
    }

    private mutating func load(
        text: String, path: String, chain: [String], read: (String) throws -> String
    ) -> SourceNode? {
        let file = sources.add(path: path, text: text)
        var source = YAMLSource(sources: sources, file: file)
        let tree = source.compose(text)
        diagnostics += source.diagnostics
        guard let tree, let node = tree["extends"] else { return tree }
        guard let name = node.text, !name.isEmpty else {
            return refuse("this names no file", at: node.place, suggestion: "expected extends: other.yaml")
        }
        let base = ScenarioLoader.path(name, besides: path)
        guard !chain.contains(base) else {
            return refuse(
                "`\(name)` extends this file in turn: " + (chain + [base]).joined(separator: " → "),
                at: node.place)
        }
        guard chain.count <= ScenarioLoader.depthLimit else {
            return refuse("more than \(ScenarioLoader.depthLimit) files extend each other", at: node.place)
        }
        let baseText: String
        do {
            baseText = try read(base)
        } catch {
            return refuse("`\(base)` cannot be read: \(error)", at: node.place)
        }
        return load(text: baseText, path: base, chain: chain + [base], read: read)?.overridden(by: tree)
    }

    /// An error in place of a tree.
    private mutating func refuse(
        _ message: String, at place: SourcePlace, suggestion: String? = nil
    ) -> SourceNode? {
        diagnostics.append(sources.diagnostic(message, at: place, suggestion: suggestion))
        return nil
    }

    /// `name` as seen from the folder of `path`, with `.` and `..` taken out.
    static func path(_ name: String, besides path: String) -> String {
        guard !name.hasPrefix("/") else { return name }
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        var words: [Substring] = []
        for word in folder + name.split(separator: "/") where word != "." {
            if word == "..", let last = words.last, last != "..", !last.isEmpty {
                words.removeLast()
            } else {
                words.append(word)
            }
        }
        return words.joined(separator: "/")
    }
}
