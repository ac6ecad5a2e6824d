// Turns the tree of one scenario, its parameters already filled in, into a `Scenario`. The parts are in the
// extensions.

/// Decodes one resolved tree; every part reports what is wrong with it and goes on.
struct ScenarioDecoder {
    let context: DecodingContext
    let declared: Declarations
    private let root: MapReader
    /// What requests have unless they say otherwise, once it is decoded.
    private(set) var defaults = RequestDefaults()
    /// What a command beside a replica knows of it, by service, once the target is decoded.
    private(set) var replicaNames: [Set<String>] = []
    /// Once it is decoded.
    private(set) var target: Target?

    init?(_ tree: SourceNode, parameters: [Parameter], context: DecodingContext) {
        guard let root = MapReader(tree, .scenario, context) else { return nil }
        self.context = context
        self.root = root
        declared = Declarations(tree, parameters: Set(parameters.map(\.name)))
    }

    /// `nil` if anything essential is wrong; `context.diagnostics` says what.
    mutating func decode(file: String, parameters: [Parameter]) -> Scenario? {
        context.checkNames(of: root.node)
        checkVersion()
        let name = root.value("name", scenarioName)
        let secrets = self.secrets()
        defaults = defaults(root["defaults"])
        let decoded = root.value("target", decodedTarget)
        target = decoded?.target
        replicaNames = decoded?.replicaNames ?? []
        let setup = setup(root["setup"])
        let operations = root.required("operations").map(self.operations) ?? []
        let load = root.value("load", self.load)
        let models = models(root["models"])
        let invariants = invariants(root["invariants"])
        let faults = faults(root["faults"])
        let thresholds = thresholds(root["thresholds"])
        let explore = root.value("explore", self.explore) ?? ExploreSettings()
        let knownFindings = knownFindings(root["known-findings"])
        guard let name, let target, let load, !operations.isEmpty else { return nil }
        return Scenario(
            name: name, description: root.text("description") ?? "",
            tags: context.list(root["tags"], expected: "a list of words") { context.text($0) },
            seed: root.value("seed", seed), file: file, parameters: parameters, target: target,
            secrets: secrets, defaults: defaults, setup: setup, operations: operations, models: models,
            invariants: invariants, load: load, faults: faults, thresholds: thresholds,
            explore: explore, knownFindings: knownFindings,
            regression: root.value("regression", regression))
    }

    private func checkVersion() {
        guard let node = root.required("version"), let version = context.integer(node, in: 1...1_000_000)
        else { return }
        if version != ScenarioFile.currentVersion {
            context.error(
                "version \(version) is not known to this contend", at: node.place,
                suggestion: "expected version: \(ScenarioFile.currentVersion)")
        }
    }

    /// The name is also a folder's name.
    private func scenarioName(_ node: SourceNode) -> String? {
        guard let text = context.text(node, expected: "a name") else { return nil }
        let isName =
            text.utf8.count <= 100 && text.first.map { $0.isLetter || $0.isNumber } == true
            && text.allSatisfy { $0.isLetter || $0.isNumber || "._-".contains($0) }
        guard !isName else { return text }
        return context.refuse(
            "`\(text)` is no name of a scenario", at: node.place,
            suggestion: "expected at most 100 letters, digits, `.`, `_` and `-`; it also names a folder")
    }

    private func seed(_ node: SourceNode) -> UInt64? {
        context.text(node, expected: "a whole number from 0 to \(UInt64.max)", else: "is no seed") {
            UInt64($0)
        }
    }

    private func secrets() -> [String] {
        context.list(root["secrets"], expected: "a list of environment names") { element in
            guard let name = context.text(element, expected: "an environment name") else { return nil }
            guard !Names.isIdentifier(name) else { return name }
            return context.refuse("`\(name)` is no environment name", at: element.place)
        }
    }

    // MARK: - Placeholders

    /// Reports every placeholder below `node` that is not known there.
    ///
    /// `secret.NAME` and `env.NAME` are known everywhere.
    func check(_ node: SourceNode?, knows names: Set<String>, in what: String, secrets: Bool = true) {
        for (name, place) in node?.placeholders ?? [] where !names.contains(name) {
            refuse(name, at: place, known: names, in: what, secrets: secrets)
        }
    }

    private func refuse(
        _ name: String, at place: SourcePlace, known: Set<String>, in what: String, secrets: Bool
    ) {
        let words = name.split(separator: ".", maxSplits: 1).map(String.init)
        if words.count == 2, words[0] == "env" {
            if !context.isValidating { context.error("the environment has no \(words[1])", at: place) }
            return
        }
        if words.count == 2, words[0] == "secret", secrets {
            if !declared.secrets.contains(words[1]) {
                context.error(
                    "`\(words[1])` is not listed under `secrets`", at: place,
                    suggestion: Names.nearest(to: words[1], among: declared.secrets).map {
                        "did you mean `secret.\($0)`?"
                    } ?? "add it: secrets: [\(words[1])]")
            }
            return
        }
        let candidates = known.union(declared.parameters)
        let capturers = declared.capturers(of: name)
        if let capturer = capturers.first {
            context.error(
                "`\(name)` is a capture never made before \(what)", at: place,
                suggestion: "`\(capturer)` captures it: let \(what) need it, or a round run it before")
        } else {
            context.error(
                "undefined placeholder `\(name)` in \(what)", at: place,
                suggestion: Names.suggestion(for: name, among: candidates))
        }
    }

    /// The name of a declared read: what stands where only reads make sense must not change what it reads.
    func readName(_ node: SourceNode, in what: String) -> String? {
        guard let name = operationName(node) else { return nil }
        return isRead(name, at: node.place, in: what) ? name : nil
    }

    func isRead(_ name: String, at place: SourcePlace, in what: String) -> Bool {
        guard declared.operations[name]?.isRead != true else { return true }
        context.error(
            "`\(name)` is no read, and \(what) takes only reads", at: place,
            suggestion: "give `\(name)` effect: none if it changes nothing")
        return false
    }

    /// The name of a declared operation.
    func operationName(_ node: SourceNode) -> String? {
        guard let name = context.text(node, expected: "the name of an operation"),
            isDeclared(name, at: node.place)
        else { return nil }
        return name
    }

    func isDeclared(_ operation: String, at place: SourcePlace) -> Bool {
        guard declared.operations[operation] == nil else { return true }
        context.error(
            "the operation `\(operation)` is not defined", at: place,
            suggestion: Names.suggestion(for: operation, among: declared.operations.keys))
        return false
    }
}
