// A scenario file before its parameters are chosen: parsing, `extends`, validation, and resolution to a
// `Scenario`.

public import Core
import Histories

/// A parsed scenario file before its parameters are chosen.
public struct ScenarioFile: Sendable {
    public var path: String
    public var name: String
    public var matrix: [MatrixAxis]
    public var expectations: [Expectation]
    public var parameters: [Parameter]
    /// What is right but reads like a mistake.
    public private(set) var hints: [Diagnostic] = []

    let sources: SourceFiles
    let tree: SourceNode

    /// Parses and fully validates the text under its default parameters and each value of the matrix.
    ///
    /// `read` gives the text of the file that `extends` names, by its path relative to this file's folder.
    /// `knownFindings` is the path of a file that is taken instead of the scenario's own.
    public init(
        text: String, path: String, knownFindings: String? = nil, read: (String) throws -> String
    ) throws(ScenarioErrors) {
        var loader = ScenarioLoader()
        let tree = loader.load(text: text, path: path, knownFindings: knownFindings, read: read)
        guard let tree, loader.diagnostics.isEmpty else { throw ScenarioErrors(loader.diagnostics) }
        let context = DecodingContext(sources: loader.sources, isValidating: true)
        let header = ScenarioHeader(tree, context)
        self.path = path
        name = ScenarioHeader.name(tree)
        matrix = header.matrix
        expectations = header.expectations
        parameters = header.parameters
        sources = loader.sources
        self.tree = tree
        try validate(context.diagnostics)
    }

    /// The scenario with these parameters (`--set`, a matrix cell); built-in axes are applied as the flags
    /// would be.
    public func resolve(
        _ settings: [String: Value] = [:], environment: [String: String]
    ) throws(ScenarioErrors) -> Scenario {
        let (scenario, diagnostics) = decode(settings, environment: environment)
        let errors = diagnostics.filter { $0.severity == .error }
        guard let scenario, errors.isEmpty else {
            throw ScenarioErrors(
                errors.isEmpty
                    ? [sources.diagnostic("this scenario cannot be resolved", at: tree.place)] : errors)
        }
        return scenario
    }

    /// The databases that the file names, the default first.
    public var databases: [DatabaseKind] {
        (tree["target"]?["database"]?.entries ?? []).compactMap { DatabaseKind(rawValue: $0.key) }
    }

    /// Whether a text is more than a list of known findings or a file that others extend: it has a name, or
    /// extends one, or cannot be read as YAML, which is to be told.
    public static func standsAlone(_ text: String) -> Bool {
        var sources = SourceFiles()
        let file = sources.add(path: "", text: text)
        var source = YAMLSource(sources: sources, file: file)
        guard let tree = source.compose(text) else { return true }
        return tree["name"] != nil || tree["extends"] != nil
    }

    /// Whether it plays one order of statements; such a file stands beside the scenario that it extends.
    public var isRegression: Bool { has("regression") }

    /// Of a regression: the scenario's own file, whose folder relative paths start at.
    public var base: String? {
        guard isRegression, let node = tree["extends"], let name = node.text else { return nil }
        return ScenarioLoader.path(name, besides: sources.files[node.place.file].path)
    }

    /// The name in the classes of its findings.
    public var classScope: String { tree["regression"]?["scenario"]?.text ?? name }

    /// Paths of the files that it is made of: itself, and what it extends.
    public var parts: [String] { sources.files.map(\.path) }

    func has(_ key: String) -> Bool { tree[key].map { !$0.isNull } ?? false }

    /// Names of environment variables that a run needs.
    public var secrets: [String] { (tree["secrets"]?.elements ?? []).compactMap(\.text) }

    // MARK: - Validation

    private mutating func validate(_ first: [Diagnostic]) throws(ScenarioErrors) {
        var found = first
        var settings: [[String: Value]] = [[:]]
        for axis in matrix { settings += axis.values.map { [axis.name: $0] } }
        // By place, since a large file with a mistake in every line is compared with itself.
        var messages: [DiagnosticPlace: [String]] = [:]
        for diagnostic in found { messages[diagnostic.place, default: []].append(diagnostic.message) }
        for setting in settings {
            for var diagnostic in decode(setting, environment: nil).diagnostics {
                let known = messages[diagnostic.place] ?? []
                if known.contains(where: { $0.hasPrefix(diagnostic.message) }) { continue }
                if let (name, value) = setting.first {
                    diagnostic.message += " (with \(name): \(value.text ?? JSON.text(value)))"
                }
                messages[diagnostic.place, default: []].append(diagnostic.message)
                found.append(diagnostic)
            }
        }
        let order = Dictionary(
            sources.files.enumerated().map { ($0.element.path, $0.offset) },
            uniquingKeysWith: { first, _ in first })
        found.sort {
            let left = (order[$0.file] ?? 0, $0.position.line, $0.position.column)
            let right = (order[$1.file] ?? 0, $1.position.line, $1.position.column)
            return left < right
        }
        hints = found.filter { $0.severity == .hint }
        if found.contains(where: { $0.severity == .error }) { throw ScenarioErrors(found) }
    }

    /// The scenario, if it is right, and all that is wrong or odd; validating where `environment` is `nil`.
    private func decode(
        _ settings: [String: Value], environment: [String: String]?
    ) -> (scenario: Scenario?, diagnostics: [Diagnostic]) {
        let context = DecodingContext(sources: sources, isValidating: environment == nil)
        var values = parameters
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) where !BuiltInAxis.names.contains(name)
        {
            if let index = values.firstIndex(where: { $0.name == name }) {
                values[index].value = value
            } else {
                let names = values.map(\.name) + BuiltInAxis.names
                context.error(
                    "there is no parameter `\(name)` to set", at: tree.place,
                    suggestion: Names.suggestion(for: name, among: names))
            }
        }
        var substitution = Substitution(parameters: values, environment: environment)
        var filled = substitution.fill(tree.without(["parameters", "matrix", "expect", "extends"]))
        BuiltInAxis.apply(settings, to: &filled, context)
        var decoder = ScenarioDecoder(filled, parameters: values, context: context)
        var scenario = decoder?.decode(file: path, parameters: values)
        // What the file says in plain text is no secret, and redacting it would change models and keys.
        let sensitive = substitution.sensitiveValues.filter { !sources.contain($0) }.sorted()
        scenario?.sensitiveValues = sensitive
        scenario?.home = base
        for model in scenario?.models ?? [] {
            // The history says in words which condition an answer met, and would tell the value.
            let conditions = model.conditions.map(\.description)
            guard sensitive.contains(where: { value in conditions.contains { $0.contains(value) } }) else {
                continue
            }
            context.error(
                "a condition (`absent` or `when`) of the model `\(model.name)` holds a value of the environment, "
                    + "which is redacted",
                at: tree["models"]?.place ?? tree.place, suggestion: "write the value itself")
        }
        return (scenario, context.diagnostics)
    }
}

/// What two diagnostics share that say the same.
private struct DiagnosticPlace: Hashable {
    var file: String
    var position: SourcePosition
    var isError: Bool
}

extension Diagnostic {
    fileprivate var place: DiagnosticPlace {
        DiagnosticPlace(file: file, position: position, isError: severity == .error)
    }
}

extension SourceNode {
    func without(_ keys: Set<String>) -> SourceNode {
        guard let entries else { return self }
        return SourceNode(.mapping(entries.filter { !keys.contains($0.key) }), at: place)
    }
}
