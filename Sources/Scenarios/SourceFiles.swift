// The texts that a scenario is made of (the file and those it extends), and their reading as YAML.

import Yams

/// The files read so far; a `SourcePlace` names one by its index.
struct SourceFiles: Sendable {
    struct File: Sendable {
        var path: String
        var lines: [String]
    }

    /// More than any scenario needs, and little enough to expand aliases safely.
    static let nodeLimit = 50_000
    static let sizeLimitBytes = 1 << 20

    private(set) var files: [File] = []

    mutating func add(path: String, text: String) -> Int {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            String(line.last == "\r" ? line.dropLast() : line)
        }
        files.append(File(path: path, lines: lines))
        return files.count - 1
    }

    func contain(_ text: String) -> Bool { files.contains { $0.lines.contains { $0.contains(text) } } }

    func line(_ place: SourcePlace) -> String {
        let lines = files[place.file].lines
        let index = place.position.line - 1
        return lines.indices.contains(index) ? lines[index] : ""
    }

    func diagnostic(
        _ message: String, at place: SourcePlace, suggestion: String? = nil,
        severity: Diagnostic.Severity = .error
    ) -> Diagnostic {
        Diagnostic(
            severity: severity, file: files[place.file].path, position: place.position, message: message,
            suggestion: suggestion, line: line(place))
    }
}

/// One file's YAML turned into a `SourceNode`, with every syntax error as a diagnostic.
struct YAMLSource {
    var sources: SourceFiles
    var file: Int
    var diagnostics: [Diagnostic] = []
    private var count = 0

    init(sources: SourceFiles, file: Int) {
        self.sources = sources
        self.file = file
    }

    /// `nil` if the text is no YAML at all; `diagnostics` says why.
    mutating func compose(_ text: String) -> SourceNode? {
        guard text.utf8.count <= SourceFiles.sizeLimitBytes else {
            report("the file is larger than \(SourceFiles.sizeLimitBytes) bytes", line: 1, column: 1)
            return nil
        }
        do {
            guard let root = try Yams.compose(yaml: text) else {
                report(
                    "the file is empty", line: 1, column: 1,
                    suggestion: "expected a map that begins with version: 1")
                return nil
            }
            return convert(root)
        } catch let error as YamlError {
            report(error)
        } catch {
            report("this is no YAML: \(error)", line: 1, column: 1)
        }
        return nil
    }

    private mutating func convert(_ node: Node) -> SourceNode? {
        count += 1
        let place = place(node.mark)
        guard count <= SourceFiles.nodeLimit else {
            if count == SourceFiles.nodeLimit + 1 {
                report(
                    "the file has more than \(SourceFiles.nodeLimit) values, aliases counted each time",
                    at: place)
            }
            return nil
        }
        switch node {
        case .scalar(let scalar): return SourceNode(.scalar(self.scalar(scalar, at: place)), at: place)
        case .sequence(let sequence):
            return SourceNode(.sequence(sequence.compactMap { convert($0) }), at: place)
        case .mapping(let mapping): return SourceNode(.mapping(entries(mapping)), at: place)
        case .alias:
            report("this alias points nowhere", at: place)
            return nil
        }
    }

    private mutating func entries(_ mapping: Node.Mapping) -> [SourceNode.Entry] {
        var entries: [SourceNode.Entry] = []
        var seen: Set<String> = []
        for (key, value) in mapping {
            let place = place(key.mark)
            guard let scalar = key.scalar else {
                report("a key must be text", at: place, suggestion: placeholderHint(place))
                continue
            }
            guard seen.insert(scalar.string).inserted else {
                report("the key `\(scalar.string)` is given twice in one map", at: place)
                continue
            }
            guard let value = convert(value) else { continue }
            let template = scalar.string.contains("${{") ? self.scalar(scalar, at: place) : nil
            entries.append(
                SourceNode.Entry(key: scalar.string, place: place, value: value, template: template))
        }
        return entries
    }

    private mutating func scalar(_ scalar: Node.Scalar, at place: SourcePlace) -> SourceNode.Scalar {
        let style: SourceNode.Scalar.Style =
            switch scalar.style {
            case .any, .plain: .plain
            case .singleQuoted, .doubleQuoted: .quoted
            case .literal, .folded: .block
            }
        guard scalar.string.contains("${{") else {
            return SourceNode.Scalar(parts: [.literal(scalar.string)], style: style)
        }
        var finder = PlaceholderFinder(lines: sources.files[file].lines, start: place)
        var parts: [SourceNode.Scalar.Part] = []
        do throws(PlaceholderError) {
            parts = try PlaceholderParser.parts(scalar.string) { finder.next() }
        } catch {
            report(error.message, at: error.place, suggestion: error.suggestion ?? "expected ${{ name }}")
            parts = []
        }
        return SourceNode.Scalar(parts: parts, style: style)
    }

    private func place(_ mark: Mark?) -> SourcePlace {
        SourcePlace(file: file, position: SourcePosition(line: mark?.line ?? 1, column: mark?.column ?? 1))
    }

    // MARK: - Messages

    private mutating func report(_ message: String, line: Int, column: Int, suggestion: String? = nil) {
        let place = SourcePlace(
            file: file, position: SourcePosition(line: max(line, 1), column: max(column, 1)))
        report(message, at: place, suggestion: suggestion)
    }

    private mutating func report(_ message: String, at place: SourcePlace, suggestion: String? = nil) {
        diagnostics.append(sources.diagnostic(message, at: place, suggestion: suggestion))
    }

    private mutating func report(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let place = place(mark)
            let lead = context.map { "\($0.text), " } ?? ""
            report("YAML: \(lead)\(problem)", at: place, suggestion: placeholderHint(place))
        case .reader(let problem, let offset, _, let yaml):
            let before = yaml.prefix(offset ?? 0)
            let line = before.count { $0 == "\n" } + 1
            let column =
                (before.split(separator: "\n", omittingEmptySubsequences: false).last?.count ?? 0) + 1
            report("YAML: \(problem)", line: line, column: column)
        case .duplicatedKeysInMapping(let names, let context):
            let keys = names.map { "`\($0)`" }.joined(separator: ", ")
            report("the key \(keys) is given twice in one map", at: place(context.mark))
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            report("YAML: \(error)", line: 1, column: 1)
        }
    }

    /// The first of the two traps: `{ key: ${{ name }} }`.
    private func placeholderHint(_ place: SourcePlace) -> String? {
        let line = sources.line(place)
        guard line.contains("${{"), line.contains("{ ") || line.contains("[") || line.contains(",") else {
            return nil
        }
        return "inside { } and [ ] a placeholder needs quotes: \"${{ name }}\""
    }
}
