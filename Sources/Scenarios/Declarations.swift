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
    /// What each client keeps.
    var states: Set<String> = []
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
        states = Set(root["load"]?["state"]?.entries?.map(\.key) ?? [])
        for request in root["setup"]?.elements ?? [] {
            setupCaptures.formUnion(request["capture"]?.entries?.map(\.key) ?? [])
        }
        secrets = Set(Declarations.words(root["secrets"]))
        let prepared = root["load"]?["each-round"]?["before"]
        before = (prepared?.elements ?? [prepared].compactMap(\.self))
            .compactMap { $0.text ?? $0["operation"]?.text }
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
        inherited(by: name, needing: path).union(own).union(states).union(operations[name]?.varied ?? [])
    }

    /// What is known before an operation's own values are drawn, of which they may be chosen.
    func inherited(by name: String) -> Set<String> { inherited(by: name, needing: []) }

    private func inherited(by name: String, needing path: [String]) -> Set<String> {
        var known = keys.union(setupCaptures)
        let earlier = before.firstIndex(of: name) ?? before.count
        for operation in before[..<earlier] { known.formUnion(prepared(by: operation)) }
        guard let operation = operations[name] else { return known }
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

    /// What the first operation of a client knows, whichever it is.
    var initially: Set<String> {
        before.reduce(into: own.union(setupCaptures)) { $0.formUnion(prepared(by: $1)) }
    }

    /// What an operation of `before` hands on.
    private func prepared(by name: String) -> Set<String> {
        captures(of: name).union(operations[name]?.varied ?? [])
    }

    /// What else than a state of clients the name stands for.
    func meaning(of name: String) -> String? {
        if keys.contains(name) { return "a key of load.keys" }
        if setupCaptures.contains(name) { return "a capture of `setup`" }
        if let capturer = capturers(of: name).first { return "a capture of `\(capturer)`" }
        return operations.filter { $0.value.varied.contains(name) }.map { "a value varied by `\($0.key)`" }
            .min()
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
    static func run(_ surroundings: Surroundings) -> Set<String> {
        let names = Set(["run.directory", "scenario.directory", "scenario.name"] + surroundings.companions)
        return switch surroundings.database {
        case .none?: names
        case .sqlite?: names.union(["database.url", "database.path"])
        case .postgresql?, .mariadb?, .galera?: names.union(server)
        case nil: names.union(server).union(["database.path"])
        }
    }

    private static let server: Set<String> = [
        "database.url", "database.host", "database.port", "database.user", "database.name",
    ]

    /// Known for one replica: in `command`, `environment`, `files` and `ready`.
    static func replica(_ surroundings: Surroundings, of service: Service) -> Set<String> {
        let ports = [""] + service.ports.map { "s.\($0)" }
        var names = run(surroundings).union(["port", "replica.index"]).union(surroundings.services)
        if service.urls.isEmpty { names.formUnion(["replica.directory", "replica.scratch"]) }
        names.formUnion(service.ports.map { "replica.ports.\($0)" })
        for index in 0..<service.replicas { names.formUnion(ports.map { "replica[\(index)].port\($0)" }) }
        return names
    }

    /// The ports of a service or companion, as others name them, each after one of these words.
    static func ports(after words: [String], named ports: [String]) -> [String] {
        words.flatMap { word in (["url", "port"] + ports.map { "ports.\($0)" }).map { "\(word).\($0)" } }
    }
}

/// What a placeholder of one member of the target may name beside its own.
struct Surroundings {
    /// `nil` where it is not known which one.
    var database: DatabaseDeclaration?
    /// Names of the services' ports, where they are known.
    var services: [String] = []
    var companions: [String] = []
}
