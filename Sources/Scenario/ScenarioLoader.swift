// Reads a scenario file and all that it extends into one tree.

/// Follows `extends`, nearest file first.
struct ScenarioLoader {
    static let depthLimit = 8

    private(set) var sources = SourceFiles()
    private(set) var diagnostics: [Diagnostic] = []

    mutating func load(text: String, path: String, read: (String) throws -> String) -> SourceNode? {
        load(text: text, path: path, chain: [path], read: read)
    }

    private mutating func load(
        text: String, path: String, chain: [String], read: (String) throws -> String
    ) -> SourceNode? {
        let file = sources.add(path: path, text: text)
        var source = YAMLSource(sources: sources, file: file)
        let tree = source.compose(text)
        diagnostics += source.diagnostics
        guard let tree, let node = tree["extends"] else { return tree }
        guard case .scalar(let scalar) = node.content, let name = scalar.text, !name.isEmpty else {
            report("this names no file", at: node.place, suggestion: "expected extends: other.yaml")
            return nil
        }
        let base = ScenarioLoader.path(name, besides: path)
        guard !chain.contains(base) else {
            report(
                "`\(name)` extends this file in turn: " + (chain + [base]).joined(separator: " → "),
                at: node.place)
            return nil
        }
        guard chain.count <= ScenarioLoader.depthLimit else {
            report("more than \(ScenarioLoader.depthLimit) files extend each other", at: node.place)
            return nil
        }
        let baseText: String
        do {
            baseText = try read(base)
        } catch {
            report("`\(base)` cannot be read: \(error)", at: node.place)
            return nil
        }
        return load(text: baseText, path: base, chain: chain + [base], read: read)?.overridden(by: tree)
    }

    private mutating func report(_ message: String, at place: SourcePlace, suggestion: String? = nil) {
        diagnostics.append(sources.diagnostic(message, at: place, suggestion: suggestion))
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
