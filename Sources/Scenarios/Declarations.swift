// A first look over the tree: which operations, captures, keys and secrets are declared, so that every
// placeholder can be checked.

/// The names a scenario declares, read without judging how.
struct Declarations: Sendable {
    struct Operation: Sendable {
        var varied: Set<String> = []
        /// By step.
        var captures: [Set<String>] = []
        var need: String?
        var isRead = false
    }

    var operations: [String: Operation] = [:]
    var keys: Set<String> = []
    var setupCaptures: Set<String> = []
    var secrets: Set<String> = []
    var parameters: Set<String>
    /// The operations that prepare a round, in order.
    var before: [String] = []
    /// Names that every request knows: `round` in bursts only.
    private(set) var own = PlaceholderNames.operation

    init(_ root: SourceNode, parameters: Set<String>) {
        self.parameters = parameters
        for entry in root["operations"]?.entries ?? [] {
            operations[entry.key] = Declarations.operation(entry.value)
        }
        keys = Set(root["load"]?["keys"]?.entries?.map(\.key) ?? [])
        for request in root["setup"]?.elements ?? [] {
            setupCaptures.formUnion(request["capture"]?.entries?.map(\.key) ?? [])
        }
        secrets = Set(Declarations.words(root["secrets"]))
        before = Declarations.words(root["load"]?["each-round"]?["before"])
        if root["load"]?["burst"] != nil { own.insert("round") }
    }

    private static func operation(_ node: SourceNode) -> Operation {
        var operation = Operation()
        operation.varied = Set(node["vary"]?.entries?.map(\.key) ?? [])
        for step in node["steps"]?.elements ?? [node] {
            operation.captures.append(Set(step["capture"]?.entries?.map(\.key) ?? []))
        }
        operation.need = words(node["needs"]).first ?? words(node["needs"]?["operation"]).first
        operation.isRead = words(node["effect"]) == ["none"]
        return operation
    }

    private static func words(_ node: SourceNode?) -> [String] {
        node.map { ($0.elements ?? [$0]).compactMap(\.text) } ?? []
    }

    // MARK: - What is known where

    /// What is bound before an operation's first byte is sent: keys, varied values, `unique`, what came
    /// before.
    func values(of name: String) -> Set<String> { values(of: name, needing: []) }

    private func values(of name: String, needing path: [String]) -> Set<String> {
        var known = own.union(keys)
        known.formUnion(setupCaptures)
        let earlier = before.firstIndex(of: name) ?? before.count
        for operation in before[..<earlier] { known.formUnion(captures(of: operation)) }
        guard let operation = operations[name] else { return known }
        known.formUnion(operation.varied)
        if let need = operation.need, !path.contains(need), operations[need] != nil {
            let inherited = values(of: need, needing: path + [name]).union(captures(of: need))
            known.formUnion(inherited)
            known.formUnion(inherited.filter { !$0.contains(".") }.map { "\(need).\($0)" })
        }
        return known
    }

    func captures(of name: String) -> Set<String> {
        operations[name]?.captures.reduce(into: Set()) { $0.formUnion($1) } ?? []
    }

    /// What a step may use: the operation's values and what its earlier steps captured.
    func names(of operation: String, step: Int) -> Set<String> {
        let captures = operations[operation]?.captures.prefix(step) ?? []
        return captures.reduce(into: values(of: operation)) { $0.formUnion($1) }
    }

    /// What a model or invariant may use of an operation once it has returned.
    func results(of operation: String) -> Set<String> {
        values(of: operation).union(captures(of: operation))
    }

    /// The operations that capture `name`.
    func capturers(of name: String) -> [String] {
        operations.filter { $0.value.captures.contains { $0.contains(name) } }.map(\.key).sorted()
    }
}

/// The placeholders that contend itself fills for the service, its files and the commands around it.
public enum PlaceholderNames {
    /// Known in every request, and of one operation alone.
    public static let operation: Set<String> = ["unique", "uuid", "now", "now.unix", "now.unix-ms", "client"]

    /// Known before any replica: in `prepare` and `reset`.
    static func run(_ database: DatabaseDeclaration?) -> Set<String> {
        let names: Set<String> = ["run.directory", "scenario.directory", "scenario.name"]
        return switch database {
        case .none?: names
        case .sqlite?: names.union(["database.url", "database.path"])
        case .postgresql?, .mariadb?: names.union(server)
        case nil: names.union(server).union(["database.path"])
        }
    }

    private static let server: Set<String> = [
        "database.url", "database.host", "database.port", "database.user", "database.name",
    ]

    /// Known for one replica: in `command`, `environment`, `files` and `ready`.
    static func replica(_ database: DatabaseDeclaration?) -> Set<String> {
        run(database).union(["port", "replica.index", "replica.directory"])
    }
}
