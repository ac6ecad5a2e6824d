// A real PostgreSQL server: private, fast at its second start, gone at the end; and a fresh database on one
// that runs.

import Core
import Foundation
import Glibc
import Histories
import Testing

@testable import Clusters
@testable import Scenarios

@Suite(.serialized) struct PostgresTests {
    /// No replica: a command that attaches nowhere is enough to look at the database.
    private func scenario(_ place: Workplace, _ database: DatabaseDeclaration) -> Scenario {
        place.scenario(replicas: 1, database: database) { service in
            service.files = [FileTemplate(path: template("url"), text: template("${database.url}"))]
        }
    }

    private func query(_ url: String, _ statement: String) async throws -> [[String?]] {
        try await onOwnThread { () throws(ClusterError) in
            let connection = try PostgresConnection(url)
            defer { connection.close() }
            return try connection.run(statement)
        }
    }

    @Test func aPrivateServerHasTheSettingsAndServesOnlyLoopback() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let settings = ["fsync": "on", "deadlock_timeout": "321ms", "application_name": "it's"]
        let cluster = try await Cluster.start(
            scenario(place, .postgresql(settings: settings, url: nil)), options: place.options()
        ) { _ in }
        let url = place.text("url")
        #expect(url.hasPrefix("postgresql://contend_") && url.contains("@127.0.0.1:"))
        let rows = try await query(
            url,
            """
            SELECT current_setting('fsync'), current_setting('deadlock_timeout'),
                current_setting('full_page_writes'), current_setting('max_connections'),
                current_setting('listen_addresses'), current_database() LIKE 'contend\\_%',
                current_setting('unix_socket_directories') || '/data' = current_setting('data_directory'),
                current_setting('data_directory')
            """)
        #expect(rows.first?.dropLast() == ["on", "321ms", "off", "300", "127.0.0.1", "t", "t"])
        let data = try #require(rows.first?.last ?? nil)
        #expect(FileManager.default.fileExists(atPath: data))
        #expect(await cluster.stop().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: data))
        #expect(Workplace.processes { $0.contains(data) }.isEmpty)
        await #expect(throws: ClusterError.self) { _ = try await query(url, "SELECT 1") }
        let logs = try FileManager.default.contentsOfDirectory(atPath: place.directory + "/database")
        #expect(logs.contains { $0 == "postgresql.json" || $0 == "postgresql.csv" }, "\(logs)")
    }

    /// The proxy has a port for each replica, and one file for all can name none of them.
    @Test func aFileForAllReplicasThatNamesTheDatabaseIsToldWhereStatementsAreSeen() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let warnings = Locked<[String]>([])
        for proxies in [false, true] {
            var options = place.options()
            options.proxiesDatabase = proxies
            let cluster = try await Cluster.start(
                scenario(place, .postgresql(settings: [:], url: nil)), options: options
            ) { event in
                if case .warning(let sentence) = event { warnings.withLock { $0.append(sentence) } }
            }
            #expect(await cluster.stop().isEmpty)
            #expect(
                warnings.withLock { $0.count { $0.contains("past contend's proxy") } } == (proxies ? 1 : 0))
        }
    }

    @Test func aRecordHasItsEndUnlessTheMonitorWasCutOff() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let cluster = try await Cluster.start(
            scenario(place, .postgresql(settings: [:], url: nil)), options: place.options()
        ) { _ in }
        let url = place.text("url")
        let start = ContinuousClock.now
        func watched(_ name: String, _ body: () async throws -> Void) async throws -> Observations {
            let path = place.directory + "/" + name
            let monitor = await cluster.watch(recordingIn: path) {
                (ContinuousClock.now - start).nanoseconds
            }
            #expect(await eventually { !Observations.read(path).sessions.isEmpty })
            try await body()
            #expect(await monitor.finish().isEmpty)
            return Observations.read(path)
        }
        let whole = try await watched("whole.jsonl") {
            let path = place.directory + "/whole.jsonl"
            try await onOwnThread { () throws(ClusterError) in
                let connection = try PostgresConnection(url)
                defer { connection.close() }
                // contend's own connections are left out of what is counted.
                try connection.run("SET application_name = 'service'")
                for _ in 0..<3_000 where Observations.read(path).backends.isEmpty {
                    try connection.run("SELECT pg_sleep(0.02)")
                }
            }
        }
        #expect(whole.gaps.isEmpty && whole.counters.count == 2 && whole.isUsed, "\(whole)")
        let idle = try await watched("idle.jsonl") {
            for _ in 0..<4 { _ = try await cluster.footprints() }
        }
        #expect(idle.counters.count == 2 && !idle.isUsed, "contend alone was connected: \(idle)")
        func endMonitor() async throws {
            _ = try await query(
                url,
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = 'contend' AND pid <> pg_backend_pid()
                """)
        }
        // A connection that is lost alone: the monitor makes another, and the server's counts cover the gap.
        let again = try await watched("again.jsonl") {
            let path = place.directory + "/again.jsonl"
            try await endMonitor()
            #expect(await eventually { Observations.read(path).losses.first?.regained != nil })
        }
        #expect(again.gaps.count == 1 && again.isWatchedInTheEnd && again.counters.count == 2, "\(again)")
        #expect(again.countedSpan != nil, "\(again.counters)")
        // Nobody may connect any more.
        let cut = try await watched("cut.jsonl") {
            let name = try #require(url.split(separator: "/").last)
            let other = url.replacing("/" + name, with: "/postgres")
            _ = try await query(other, "ALTER DATABASE \(name) ALLOW_CONNECTIONS false")
            _ = try await query(
                other, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)'")
            #expect(await eventually { !Observations.read(place.directory + "/cut.jsonl").losses.isEmpty })
        }
        #expect(cut.gaps.count == 1 && cut.losses.count == 1 && cut.counters.count == 1, "\(cut)")
        #expect(!cut.isWatchedInTheEnd && cut.countedSpan == nil)
        #expect(await cluster.stop().isEmpty)
    }

    /// The data and the address stay; what the server had counted does not.
    @Test func aServerThatIsCrashedAndStartedAgainKeepsItsDataAndNotItsCounts() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let (client, context) = try await place.surroundings()
        let database = try await PostgresServer(context: context, settings: [:]).start()
        let url = database.address.url
        _ = try await query(url, "CREATE TABLE kept AS SELECT 1 AS number")
        let isOver = Locked(false)
        let target = place.monitorTarget(recordingIn: "monitor.jsonl")
        let watching = Task.detached {
            try await onOwnThread { database.monitor(target).watch { isOver.withLock { $0 } } }
        }
        let record = place.directory + "/monitor.jsonl"
        #expect(await eventually { !Observations.read(record).sessions.isEmpty })
        let identity = try #require(try await onOwnThread { database.identity() })
        let process = try #require(database.processes.first)
        try await database.crash()
        #expect(database.processes.isEmpty && ProcessTable.entry(of: process.pid).map(\.isDead) ?? true)
        let error = await #expect(throws: ClusterError.self) { try await database.crash() }
        #expect(error?.code == .fault)
        try await database.restart()
        #expect(try await query(url, "SELECT number FROM kept") == [["1"]])
        #expect(try await onOwnThread { database.absence(since: identity) }?.contains("anew") == true)
        #expect(await eventually { Observations.read(record).losses.first?.regained != nil })
        isOver.withLock { $0 = true }
        try await watching.value
        let seen = Observations.read(record)
        #expect(seen.counters.count == 2 && seen.countedSpan == nil, "\(seen.counters)")
        #expect(await client.finish().isEmpty)
    }

    /// As one that another program's fault makes of the whole server: it recovers, and counts from nothing.
    @Test func countsOfAServerThatRecoveredCoverNoGap() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let cluster = try await Cluster.start(
            scenario(place, .postgresql(settings: [:], url: nil)), options: place.options()
        ) { _ in }
        let record = place.directory + "/monitor.jsonl"
        let monitor = await cluster.watch(recordingIn: record) { 7 }
        #expect(await eventually { !Observations.read(record).sessions.isEmpty })
        let rows = try await query(
            place.text("url"),
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'contend' AND pid <> pg_backend_pid()")
        kill(try #require(rows.first?.first?.flatMap { Int32($0) }), SIGKILL)
        #expect(await eventually { Observations.read(record).losses.first?.regained != nil })
        #expect(await monitor.finish().isEmpty)
        let seen = Observations.read(record)
        #expect(seen.counters.count == 2 && seen.countedSpan == nil, "\(seen.counters)")
        #expect(await cluster.stop().isEmpty)
    }

    @Test func theTemplateIsMadeOnceAndUsedAgain() async throws {
        let root = "/var/tmp/contend-test-\(UUID().uuidString)"
        let place = try Workplace()
        defer {
            place.remove()
            try? FileManager.default.removeItem(atPath: root)
        }
        try FileManager.default.createDirectory(
            atPath: place.directory + "/database", withIntermediateDirectories: true)
        let options = place.options()
        let client = try await SupervisorClient.launch(
            options.supervisor, environment: [:], log: place.directory + "/supervisor.log", onEnd: { _, _ in }
        )
        let events = EventLog()
        let context = try RunContext(
            scenario: place.scenario(), options: options, supervisor: client, onEvent: events.append)
        let programs = try PostgresPrograms.find(path: options.environment["PATH"] ?? "")
        let store = try ServerStore(root: root, user: PostgresPrograms.user())
        var templates: Set<String> = []
        for token in ["one", "two"] {
            try store.makeServerOwned(store.servers + "/" + token)
            templates.insert(try await store.template(programs.template, context, token: token))
        }
        #expect(templates.count == 1)
        #expect(events.starting == ["PostgreSQL's data template (once per machine)"])
        #expect(try store.superuser(of: #require(templates.first)) == "contend_one")
        #expect(await client.finish().isEmpty)
    }

    @Test func whatADeadRunLeftIsSweptAndALivingRunsFolderIsNot() async throws {
        let root = "/var/tmp/contend-test-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let store = try ServerStore(root: root, user: PostgresPrograms.user())
        let own = try #require(RunOwner(pids: [getpid()]))
        var gone = own
        gone.identities[0].start += 1
        for (name, owner) in [("living", own), ("dead", gone)] {
            try store.makeServerOwned(store.servers + "/" + name)
            try RunContext.write(owner.text, to: store.servers + "/" + name + "/owner")
        }
        #expect(store.sweep().count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: store.servers) == ["living"])
    }

    @Test func settingsThatAreContendsOwnAndWrongOnesAreErrors() async throws {
        let place = try Workplace()
        defer { place.remove() }
        for (settings, text) in [
            (["port": "5432"], "contend's own"), (["no_such_setting": "1"], "no_such_setting"),
        ] {
            let error = await #expect(throws: ClusterError.self) {
                _ = try await Cluster.start(
                    scenario(place, .postgresql(settings: settings, url: nil)), options: place.options()
                ) { _ in }
            }
            #expect(error?.code == .database)
            #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
        }
        #expect(place.processes().isEmpty)
    }

    @Test func anExistingServerGetsAFreshDatabaseThatIsDroppedWhoeverEndsTheRun() async throws {
        let host = try Workplace()
        let place = try Workplace()
        defer {
            host.remove()
            place.remove()
        }
        let server = try await Cluster.start(
            scenario(host, .postgresql(settings: [:], url: nil)), options: host.options()
        ) { _ in }
        let url = host.text("url")
        let count = "SELECT count(*) FROM pg_database WHERE datname LIKE 'contend\\_%'"
        #expect(try await query(url, count) == [["1"]])

        // An orderly stop.
        let cluster = try await Cluster.start(
            scenario(place, .postgresql(settings: [:], url: template(url))), options: place.options()
        ) { _ in }
        let fresh = place.text("url")
        #expect(fresh != url && fresh.contains("/contend_"))
        #expect(try await query(fresh, "SELECT 1") == [["1"]])
        #expect(try await query(url, count) == [["2"]])
        #expect(await cluster.stop().isEmpty)
        #expect(try await query(url, count) == [["1"]])

        // A kill: the supervisor drops it.
        let spawn = ProcessSpawn(
            arguments: [harness, "run", place.directory, place.script, url, "1"],
            environment: ProcessInfo.processInfo.environment, directory: nil,
            output: .file(place.directory + "/harness.out"))
        let pid = try spawn.start().get()
        #expect(await eventually { place.text("harness.out").contains("ready") })
        #expect(try await query(url, count) == [["2"]])
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        #expect(try await eventually { try await query(url, count) == [["1"]] })

        // Both killed: the next run drops it, and nothing that has no dead owner.
        var gone = try #require(RunOwner(pids: [getpid()]))
        gone.identities[0].start += 1
        let owner = gone.text
        let swept = try await onOwnThread { () throws(ClusterError) in
            let connection = try PostgresConnection(url)
            defer { connection.close() }
            try connection.createDatabase("contend_left", owner: owner)
            try connection.createDatabase("contend_foreign", owner: nil)
            return try ExistingServer.sweep(connection)
        }
        #expect(swept.count == 1 && swept[0].contains("contend_left"))
        #expect(await server.stop().isEmpty)
    }

    /// The server's first process.
    private func postmaster(_ url: String) async throws -> Int32 {
        let rows = try await query(url, "SELECT setting FROM pg_settings WHERE name = 'data_directory'")
        let folder = try #require(rows.first?.first ?? nil)
        let line = readSmallFile(folder + "/postmaster.pid")?.split(separator: "\n").first ?? ""
        return try #require(Int32(line))
    }

    @Test func aServerOfTheRunsOwnThatEndsIsTold() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let events = EventLog()
        let cluster = try await Cluster.start(
            scenario(place, .postgresql(settings: [:], url: nil)), options: place.options(),
            onEvent: events.append)
        await cluster.checkDatabase()
        #expect(events.troubles.isEmpty)
        kill(try await postmaster(place.text("url")), SIGQUIT)
        #expect(await eventually { !events.troubles.isEmpty })
        await cluster.checkDatabase()
        #expect(events.troubles.map(\.kind) == [.databaseDied], "told once")
        #expect(events.troubles.first?.text.contains("the PostgreSQL server of this run") == true)
        _ = await cluster.stop()
        #expect(place.processes().isEmpty)
    }

    @Test(arguments: [true, false]) func anExistingServerThatEndsIsTold(isWatched: Bool) async throws {
        let host = try Workplace()
        let place = try Workplace()
        defer {
            host.remove()
            place.remove()
        }
        let server = try await Cluster.start(
            scenario(host, .postgresql(settings: [:], url: nil)), options: host.options()
        ) { _ in }
        let events = EventLog()
        let cluster = try await Cluster.start(
            scenario(place, .postgresql(settings: [:], url: template(host.text("url")))),
            options: place.options(), onEvent: events.append)
        let record = place.directory + "/monitor.jsonl"
        let monitor = isWatched ? await cluster.watch(recordingIn: record) { 77 } : nil
        if isWatched {
            #expect(await eventually { place.text("monitor.jsonl").contains("counters") })
            // A connection that is lost alone is no database that died.
            _ = try await query(
                place.text("url"),
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'contend' "
                    + "AND pid <> pg_backend_pid()")
            #expect(await eventually { !Observations.read(record).losses.isEmpty })
        }
        await cluster.checkDatabase()
        #expect(events.troubles.isEmpty)
        kill(try await postmaster(host.text("url")), SIGQUIT)
        await cluster.checkDatabase()
        #expect(events.troubles.map(\.kind) == [.databaseDied])
        #expect(events.troubles.first?.since == (isWatched ? 77 : nil))
        _ = await monitor?.finish()
        #expect(await cluster.stop().contains { $0.contains("contend_") }, "its database cannot be dropped")
        _ = await server.stop()
    }

    @Test func aRemoteServerIsRefusedAndItsPasswordIsNotShown() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let url = "postgresql://alice:open-sesame@192.0.2.7/main"
        let error = await #expect(throws: ClusterError.self) {
            _ = try await Cluster.start(
                scenario(place, .postgresql(settings: [:], url: template(url))), options: place.options()
            ) { _ in }
        }
        #expect(error?.code == .address)
        #expect(error?.message.contains("192.0.2.7") == true)
        #expect(error?.message.contains("open-sesame") == false)
    }
}
