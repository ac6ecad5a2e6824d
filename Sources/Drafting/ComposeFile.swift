// A service of a compose file as the target of a draft: its command, environment, port and database.

import Core
import Histories
import Scenarios

struct ComposeFile {
    private static let databases = ["postgres", "postgis", "timescale"]
    private static let foreign = ["mysql", "mariadb", "mongo", "mssql", "oracle", "cockroach"]

    let file: String
    private let services: [String: Value]

    init(_ text: String, file: String) throws(DraftError) {
        let root: Value
        do { root = try YAMLDocument.value(of: text.withoutPlaceholders) } catch {
            throw DraftError(.invalid, "\(file) cannot be read: \(error)")
        }
        guard let services = root["services"]?.members, !services.isEmpty else {
            throw DraftError(.invalid, "\(file) is no compose file: it has no services")
        }
        self.file = file
        self.services = services
    }

    /// `dockerfile` gives the text of a file below the folder of the compose file, `nil` where there is none.
    func target(_ wanted: String?, dockerfile: (String) -> String?) throws(DraftError) -> DraftTarget {
        let name = if let wanted { wanted } else { try onlyService() }
        guard let service = services[name] else {
            throw DraftError(
                .usage, "\(file) has no service \(name); there are \(Figures.list(services.keys.sorted()))")
        }
        var image = Image()
        if let build = service["build"] {
            let context = build.text ?? build["context"]?.text ?? "."
            let path = context + "/" + (build["dockerfile"]?.text ?? "Dockerfile")
            image = Image(dockerfile(path) ?? "")
        }
        let ports = Self.ports(service) ?? image.port.map { ($0, nil) }
        let entry = Self.words(service["entrypoint"]) ?? image.entrypoint
        let command = entry + (Self.words(service["command"]) ?? image.command)
        guard !command.isEmpty else {
            guard let host = ports?.host else {
                throw DraftError(
                    .invalid,
                    "\(file): the service \(name) has neither a command that could run without its container nor a "
                        + "published port")
            }
            var target = DraftTarget.urls(["http://127.0.0.1:\(host)"])
            target.comments = [
                "The service \(name) of \(file) starts only in its container: start it, then run contend."
            ]
            target.edits = [
                "`urls`: one address for each replica of \(name); with one of them alone, races between replicas do not show."
            ]
            return target
        }
        return self.target(name, service, command, port: ports?.container)
    }

    private func target(
        _ name: String, _ service: Value, _ command: [String], port: String?
    ) -> DraftTarget {
        let database = self.database
        let isPort = { (word: String) in
            port.map { word == $0 || word.hasSuffix(":" + $0) || word.hasSuffix("=" + $0) } ?? false
        }
        let placed = { (word: String) in isPort(word) ? word.dropLast(port?.count ?? 0) + "${{ port }}" : word
        }
        var words = command.map { placed(Self.interpolated($0)) }
        words = words.map { ["${PORT}", "$PORT"].reduce($0) { $0.replacing($1, with: "${{ port }}") } }
        var target = DraftTarget(command: words, urls: [], environment: [])
        for (variable, value) in Self.environment(service).sorted(by: { $0.key < $1.key }) {
            target.environment.append((variable, isPort(value) ? placed(value) : value))
        }
        if let database {
            target.database = .postgresql
            target.environment = target.environment.map { ($0.name, replaced($0.name, $0.value, database)) }
        }
        let takesPort = (words + target.environment.map(\.value)).contains { $0.contains("${{ port }}") }
        if !takesPort {
            target.edits.append("`command`: nothing tells the service its port, which is ${{ port }}.")
        }
        target.edits.append(
            "`command`: it ran in a container. Its program and its files must be on this machine too.")
        let others = services.keys.sorted().filter { $0 != name && $0 != database?.name }
        if !others.isEmpty { target.comments.append("Not started: \(Figures.list(others)) of \(file).") }
        return target
    }

    private func onlyService() throws(DraftError) -> String {
        let own = services.filter { $0.value["build"] != nil }.keys.sorted()
        let names = own.isEmpty ? services.filter { !Self.isStore($0.value) }.keys.sorted() : own
        guard names.count == 1 else {
            throw DraftError(
                .usage,
                "\(file) has several services; choose one with --service: \(Figures.list(names.isEmpty ? services.keys.sorted() : names))"
            )
        }
        return names[0]
    }

    // MARK: - The database

    private typealias Database = (name: String, environment: [String: String])

    private static func image(_ service: Value) -> String { service["image"]?.text ?? "" }

    private static func isStore(_ service: Value) -> Bool {
        (databases + foreign + ["redis", "rabbit", "kafka"]).contains { image(service).contains($0) }
    }

    private var database: Database? {
        services.sorted { $0.key < $1.key }.first { service in
            Self.databases.contains { Self.image(service.value).contains($0) }
        }.map { ($0.key, Self.environment($0.value)) }
    }

    /// A value that tells the service its database, told with the one that contend starts.
    private func replaced(_ variable: String, _ value: String, _ database: Database) -> String {
        let parts = "${{ database.user }}@${{ database.host }}:${{ database.port }}/${{ database.name }}"
        let hasHost = value.contains("@\(database.name)") || value.contains("//\(database.name)")
        if let scheme = value.firstRange(of: "://"), hasHost {
            let before = value[..<scheme.lowerBound]
            let rest = value[scheme.upperBound...].drop { $0 != "/" }
            let query = rest.drop { $0 != "?" }.replacing("sslmode=require", with: "sslmode=disable")
            let isPlain = before == "postgres" || before == "postgresql"
            if before.hasPrefix("jdbc:") {
                return
                    "\(before)://${{ database.host }}:${{ database.port }}/${{ database.name }}?user=${{ database.user }}"
            }
            return isPlain && query.isEmpty ? "${{ database.url }}" : "\(before)://\(parts)\(query)"
        }
        let name = variable.plainName
        let isAbout = ["db", "database", "postgres", "pg", "datasource", "sql"].contains { name.contains($0) }
        if value == database.name { return "${{ database.host }}" }
        guard isAbout else { return value }
        if value == "5432" { return "${{ database.port }}" }
        if name.contains("password") || name.hasSuffix("pass") { return "none-needed" }
        if value == database.environment["POSTGRES_USER"] ?? "postgres", name.contains("user") {
            return "${{ database.user }}"
        }
        let stored =
            database.environment["POSTGRES_DB"] ?? database.environment["POSTGRES_USER"] ?? "postgres"
        return value == stored ? "${{ database.name }}" : value
    }

    // MARK: - Parts of a service

    /// A list of words, or a text that a shell would split.
    private static func words(_ value: Value?) -> [String]? {
        value?.elements?.compactMap(\.text) ?? value?.text.map(ShellWords.split)
    }

    private static func environment(_ service: Value) -> [String: String] {
        var variables: [String: String] = [:]
        for (name, value) in service["environment"]?.members ?? [:] {
            variables[name] = value == .null ? "${{ env.\(name) }}" : value.text ?? JSON.text(value)
        }
        for line in (service["environment"]?.elements ?? []).compactMap(\.text) {
            let name = String(line.prefix { $0 != "=" })
            variables[name] =
                name.count == line.count ? "${{ env.\(name) }}" : String(line.dropFirst(name.count + 1))
        }
        return variables.filter { $0.key.isVariable }.mapValues(interpolated)
    }

    /// `${NAME:-text}` as its default, `${NAME}` as the variable of contend's own environment.
    private static func interpolated(_ text: String) -> String {
        text.replacing(/\$\{(\w+)(?::?-([^}]*))?(?::?\?[^}]*)?\}/) { match in
            match.2.map(String.init) ?? (match.1 == "PORT" ? "${PORT}" : "${{ env.\(match.1) }}")
        }.replacing("$$", with: "$")
    }

    /// The first port that is published, or exposed.
    private static func ports(_ service: Value) -> (container: String, host: String?)? {
        for port in service["ports"]?.elements ?? [] {
            if let target = port["target"] {
                return (target.text ?? JSON.text(target), port["published"].map { $0.text ?? JSON.text($0) })
            }
            let parts = interpolated(port.text ?? JSON.text(port)).prefix { $0 != "/" }.split(separator: ":")
            let isNumber = parts.suffix(2).allSatisfy { $0.allSatisfy(\.isNumber) }
            guard let container = parts.last, isNumber else { continue }
            return (String(container), parts.count > 1 ? String(parts[parts.count - 2]) : nil)
        }
        return service["expose"]?.elements?.first.map { ($0.text ?? JSON.text($0), nil) }
    }

    /// What an image says that a Dockerfile builds.
    private struct Image {
        var entrypoint: [String] = []
        var command: [String] = []
        var port: String?

        init() {}

        init(_ dockerfile: String) {
            for line in dockerfile.replacing("\\\n", with: " ").split(separator: "\n") {
                let words = line.trimmed
                let keyword = words.prefix { !$0.isWhitespace }.uppercased()
                let rest = words.dropFirst(keyword.count).trimmed
                let list = (try? JSON.parse(rest.utf8))?.elements?.compactMap(\.text)
                switch keyword {
                case "CMD": command = list ?? ["sh", "-c", rest]
                case "ENTRYPOINT": entrypoint = list ?? ["sh", "-c", rest]
                case "EXPOSE": port = port ?? String(rest.prefix { $0.isNumber })
                default: break
                }
            }
        }
    }
}

extension String {
    /// Whether an environment variable may have this name.
    var isVariable: Bool {
        first.map { $0.isLetter || $0 == "_" } == true
            && utf8.allSatisfy {
                $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
            }
    }
}
