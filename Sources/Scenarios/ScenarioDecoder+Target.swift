// `target`: the service, its database, and the commands around them.

import Core

extension ScenarioDecoder {
    static let replicasRange = 1...64

    /// The target, and what a command beside a replica may name, by service.
    func decodedTarget(_ node: SourceNode) -> (target: Target, replicaNames: [Set<String>])? {
        guard let map = MapReader(node, .target, context) else { return nil }
        let database = map["database"].map { self.database($0) } ?? DatabaseDeclaration.none
        let surroundings = Surroundings(
            database: database, services: portsOfServices(node["services"]),
            companions: portsOfCompanions(node["companions"]))
        let companions = members(map["companions"], "a companion") { self.companion($0, surroundings) }
        let kind = map.exactlyOne()
        if let kind, kind.key == "services", kind.node.entries?.isEmpty == true {
            context.error("`services` is empty", at: kind.node.place)
        }
        let services =
            kind?.key == "services"
            ? members(kind?.node, "a service") { self.service($0, surroundings) }
            : [kind.flatMap { self.service($0.node, surroundings) }].compactMap(\.self)
        if let twice = services.first(where: { service in companions.contains { $0.name == service.name } }) {
            context.error(
                "`\(twice.name)` is the name of a service and of a companion",
                at: map.keyPlace("companions"))
        }
        let first = kind?.key == "services" ? kind?.node.entries?.first?.value : kind?.node
        for key in ["prepare", "reset"] { checkDropped(first?["environment"], by: map[key], named: key) }
        let prepare = commands(map["prepare"], in: "`prepare`", surroundings)
        let reset = commands(map["reset"], in: "`reset`", surroundings)
        let prepareWithin = map.duration("prepare-within") ?? Target.commandLimit
        let resetWithin = map.duration("reset-within") ?? Target.commandLimit
        guard !services.isEmpty, let database else { return nil }
        var target = Target(services: services, database: database)
        target.companions = companions
        target.prepare = prepare
        target.reset = reset
        target.prepareWithin = prepareWithin
        target.resetWithin = resetWithin
        return (target, services.map { PlaceholderNames.replica(surroundings, of: $0) })
    }

    /// What others may name of services, read without judging how they are declared; the first replica's also
    /// without its number.
    private func portsOfServices(_ node: SourceNode?) -> [String] {
        (node?.entries ?? []).flatMap { service in
            let word = "services.\(service.key)"
            let declared =
                service.value["urls"]?.elements?.count ?? service.value["replicas"]?.text.flatMap { Int($0) }
            // Of a number that is out of range only the mistake itself is reported.
            let range = ScenarioDecoder.replicasRange
            let replicas = min(max(declared ?? Service().replicas, range.lowerBound), range.upperBound)
            return PlaceholderNames.ports(
                after: [word] + (0..<replicas).map { "\(word)[\($0)]" }, named: portNames(service.value))
        }
    }

    private func portsOfCompanions(_ node: SourceNode?) -> [String] {
        (node?.entries ?? []).flatMap { companion in
            PlaceholderNames.ports(
                after: ["companions.\(companion.key)"], named: portNames(companion.value))
        }
    }

    private func portNames(_ member: SourceNode) -> [String] {
        member["ports"]?.elements?.compactMap(\.text) ?? []
    }

    private func members(
        _ node: SourceNode?, _ what: String, _ decode: (SourceNode) -> Service?
    ) -> [Service] {
        context.entries(of: node, expected: "a map of names").compactMap { entry in
            guard context.name(entry.key, at: entry.place, of: what, reserved: []),
                var member = decode(entry.value)
            else { return nil }
            member.name = entry.key
            return member
        }
    }

    private func companion(_ node: SourceNode, _ surroundings: Surroundings) -> Service? {
        guard let map = MapReader(node, .companion, context) else { return nil }
        // A companion is ready before services have ports.
        let known = Surroundings(database: surroundings.database, companions: surroundings.companions)
        var companion = Service()
        companion.isCompanion = true
        companion.replicas = 1
        guard let command = map.required("command") else { return nil }
        take(map, command, known, into: &companion)
        return companion
    }

    private func commands(
        _ node: SourceNode?, in what: String, _ surroundings: Surroundings
    ) -> [[Template]] {
        check(node, knows: PlaceholderNames.run(surroundings), in: what)
        return context.list(node, expected: "a list of commands, each a list of words") { command($0) }
    }

    /// Commands run once for all replicas, and go without the variables that differ from one to the next.
    ///
    /// That is an error where the command would miss one: where it names the variable, or where the variable
    /// says which database to use.
    private func checkDropped(_ environment: SourceNode?, by commands: SourceNode?, named what: String) {
        let commands = commands?.elements ?? []
        for variable in environment?.entries ?? [] where variable.value.isPerReplica {
            let isNeeded = variable.value.placeholders.contains { $0.name.hasPrefix("database.") }
            for command in commands {
                let words = command.elements ?? []
                let isGiven = words.contains { $0.literals.hasPrefix(variable.key + "=") }
                let user = words.first { $0.literals.mentions(variable: variable.key) }
                guard !isGiven, user != nil || isNeeded else { continue }
                context.error(
                    "`\(what)` runs once for all replicas and does not get `\(variable.key)`, "
                        + "which is known for a replica only", at: user?.place ?? variable.place,
                    suggestion: "give it in the command: [env, \"\(variable.key)=…\", program, …]")
            }
        }
    }

    func command(_ node: SourceNode) -> [Template]? {
        let words = context.list(node, expected: "a command as a list of words: [program, --flag]") {
            context.template($0, expected: "a word of the command")
        }
        if node.elements?.isEmpty == true {
            context.error(
                "this command is empty", at: node.place, suggestion: "expected [program, argument, …]")
        }
        return words.isEmpty ? nil : words
    }

    private func service(_ node: SourceNode, _ surroundings: Surroundings) -> Service? {
        guard let map = MapReader(node, .service, context), let kind = map.exactlyOne() else { return nil }
        var service = Service()
        service.replicas = map.integer("replicas", in: ScenarioDecoder.replicasRange) ?? service.replicas
        service.start = map["start"].flatMap { context.choice($0, of: "start") } ?? service.start
        service.tls = map["tls"].flatMap { tls($0, surroundings) }
        take(map, kind.key == "urls" ? nil : kind.node, surroundings, into: &service)
        if kind.key == "urls" { attach(map, kind.node, to: &service) }
        return service
    }

    /// What services and companions have in common.
    private func take(
        _ map: MapReader, _ command: SourceNode?, _ surroundings: Surroundings, into service: inout Service
    ) {
        service.ports = context.list(map["ports"], expected: "a list of names of ports", portName)
        if Set(service.ports).count < service.ports.count {
            context.error("`ports` names one twice", at: map["ports"]?.place ?? map.place)
        }
        let known = PlaceholderNames.replica(surroundings, of: service)
        for key in ["command", "environment", "files"] { check(map[key], knows: known, in: "`\(key)`") }
        service.command = command.flatMap { self.command($0) } ?? []
        service.environment = environment(map["environment"])
        service.files = context.list(map["files"], expected: "a list of files", file)
        service.ready = map["ready"].flatMap { ready($0) }
        check(map["ready"]?["http"], knows: known, in: "`ready`")
        if let stop = map["stop"].flatMap({ MapReader($0, .stop, context) }) {
            service.stop.signal =
                stop["signal"].flatMap { context.choice($0, of: "signal") } ?? service.stop.signal
            service.stop.grace = stop.duration("grace") ?? service.stop.grace
        }
    }

    private func attach(_ map: MapReader, _ node: SourceNode, to service: inout Service) {
        check(node, knows: [], in: "`urls`")
        service.urls = context.list(node, expected: "a list of base URLs") { element in
            guard let url = context.template(element, expected: "a base URL such as http://127.0.0.1:8080")
            else { return nil }
            if case .literal(let start)? = url.parts.first, !["http", "https"].contains(url.scheme) {
                return context.refuse(
                    "`\(start)` is no URL that contend can reach", at: element.place,
                    suggestion: "expected http://host:port or https://host:port")
            }
            return url
        }
        if service.tls != nil, !service.urls.isEmpty, service.urls.allSatisfy({ $0.scheme == "http" }) {
            context.error(
                "`tls` has no meaning here: no URL begins with https://", at: map.keyPlace("tls"))
        }
        service.replicas = max(1, service.urls.count)
        for key in ["environment", "files", "ports", "replicas", "start", "stop"] where map[key] != nil {
            context.error(
                "`\(key)` has no meaning beside `urls`: these replicas already run", at: map.keyPlace(key))
        }
        if node.elements?.isEmpty == true { context.error("`urls` is empty", at: node.place) }
    }

    private func tls(_ node: SourceNode, _ surroundings: Surroundings) -> TLSDeclaration? {
        guard let map = MapReader(node, .tls, context) else { return nil }
        check(node, knows: PlaceholderNames.run(surroundings), in: "`tls`")
        func path(_ key: String) -> Template? {
            map[key].flatMap { context.template($0, expected: "the path of a file in PEM") }
        }
        var tls = TLSDeclaration(
            authorities: path("ca"), certificate: path("certificate"), key: path("key"),
            serverName: map["server-name"].flatMap { context.template($0, expected: "a host name") })
        tls.isInsecure = map.bool("insecure") ?? false
        if (map["certificate"] == nil) != (map["key"] == nil) {
            context.error(
                "a certificate needs its key", at: map.place, suggestion: "expected `certificate` and `key`")
        }
        if tls.isInsecure, map["ca"] != nil {
            context.error(
                "`ca` has no meaning beside `insecure: true`: no certificate is checked",
                at: map.keyPlace("ca"))
        }
        if let name = tls.serverName, name.placeholders.isEmpty, !HostName.isValid(name.source) {
            context.error(
                "`\(name.source)` is no name of a host", at: map["server-name"]?.place ?? map.place,
                suggestion: "expected a name such as api.example.com, neither a URL nor an address")
        }
        return tls
    }

    private func portName(_ node: SourceNode) -> String? {
        guard let name = context.literal(node, expected: "the name of a port") else { return nil }
        guard !Names.isIdentifier(name) else { return name }
        return context.refuse(
            "`\(name)` is no name of a port", at: node.place,
            suggestion: "expected a name; contend chooses the number: ports: [peer]")
    }

    private func environment(_ node: SourceNode?) -> [EnvironmentVariable] {
        context.entries(of: node, expected: "a map of environment names to text").compactMap { entry in
            context.template(entry.value).map { EnvironmentVariable(name: entry.key, value: $0) }
        }
    }

    private func file(_ node: SourceNode) -> FileTemplate? {
        guard let map = MapReader(node, .file, context), let path = map.required("path"),
            let text = map.required("text"), let path = context.template(path, expected: "a path"),
            let text = context.template(text)
        else { return nil }
        if ScenarioDecoder.leadsOut(path.source), let node = map["path"] {
            context.error(
                "this path leads out of the run's folder", at: node.place,
                suggestion: "a file goes below the run's folder or the scenario's: "
                    + "expected name.conf or ${{ scenario.directory }}/name.conf")
        }
        return FileTemplate(path: path, text: text)
    }

    /// Whether a relative path climbs above where it begins; absolute ones are looked at when they are known.
    private static func leadsOut(_ path: String) -> Bool {
        guard !path.hasPrefix("/") else { return false }
        var depth = 0
        for part in path.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            if depth < 0 { return true }
        }
        return false
    }

    private func ready(_ node: SourceNode) -> Readiness? {
        guard let map = MapReader(node, .ready, context), let http = map.required("http"),
            let line = requestLine(http)
        else { return nil }
        var readiness = Readiness(method: line.method, path: line.target, status: StatusSet([200...200]))
        if let status = map["status"], let set = statusSet(status) { readiness.status = set }
        readiness.within = map.duration("within") ?? readiness.within
        return readiness
    }

    // MARK: - Database

    /// Where several are given, the first is the default and the `database` axis or flag picks.
    private func database(_ node: SourceNode) -> DatabaseDeclaration? {
        guard let map = MapReader(node, .database, context) else { return nil }
        if let sqlite = map["sqlite"] { _ = MapReader(sqlite, .sqlite, context) }
        let postgresql = map["postgresql"].flatMap { server($0, .postgresql) }
        let mariadb = map["mariadb"].flatMap { server($0, .mariadb) }
        let galera = map["galera"].flatMap { self.galera($0) }
        switch node.entries?.lazy.compactMap({ DatabaseKind(rawValue: $0.key) }).first {
        case .sqlite: return .sqlite
        case .postgresql: return postgresql.map { .postgresql(settings: $0.settings, url: $0.url) }
        case .mariadb: return mariadb.map { .mariadb(settings: $0.settings, url: $0.url) }
        case .galera: return galera
        case nil:
            return context.refuse(
                "target.database names no database", at: map.place,
                suggestion: "expected sqlite: {}, postgresql: {}, mariadb: {} or galera: {}")
        }
    }

    private func server(
        _ node: SourceNode, _ table: KeyTable
    ) -> (settings: [String: String], url: Template?)? {
        guard let map = MapReader(node, table, context) else { return nil }
        check(map["url"], knows: [], in: "`url`")
        if map["url"] != nil, map["settings"] != nil {
            context.error(
                "`settings` cannot be given to an existing server", at: map.keyPlace("settings"),
                suggestion: "expected either `url` or `settings`")
        }
        return (
            settings(map), map["url"].flatMap { context.template($0, expected: "the URL of a server") }
        )
    }

    private func galera(_ node: SourceNode) -> DatabaseDeclaration? {
        guard let map = MapReader(node, .galera, context) else { return nil }
        let nodes =
            map["nodes"] == nil
            ? DatabaseDeclaration.usualNodes : map.integer("nodes", in: DatabaseDeclaration.nodesRange)
        return nodes.map { .galera(nodes: $0, settings: settings(map)) }
    }

    private func settings(_ map: MapReader) -> [String: String] {
        guard let node = map["settings"] else { return [:] }
        if node.entries == nil, !node.isNull {
            context.wrongType(node, expected: "a map of the server's settings")
        }
        return Dictionary(
            (node.entries ?? []).compactMap { entry in settingText(entry.value).map { (entry.key, $0) } }
        ) { $1 }
    }

    /// `fsync: off` is the server's own word: here, and only here, it is taken as it is.
    private func settingText(_ node: SourceNode) -> String? {
        if let text = node.text, !node.isNull { return text }
        return context.literal(node, expected: "a setting's value")
    }
}

extension SourceNode {
    fileprivate var isPerReplica: Bool {
        scalar?.placeholders.contains { Template.isPerReplica($0.name) } == true
    }

    /// The text of a scalar without its placeholders.
    fileprivate var literals: String {
        (scalar?.parts ?? []).map { if case .literal(let literal) = $0 { literal } else { "" } }.joined()
    }
}

extension String {
    /// Whether a shell would put the variable in its place: `$NAME` or `${NAME…}`.
    fileprivate func mentions(variable name: String) -> Bool {
        ["$" + name, "${" + name].contains { mark in
            ranges(of: mark).contains { range in
                self[range.upperBound...].first.map { !$0.isLetter && !$0.isNumber && $0 != "_" } ?? true
            }
        }
    }
}
