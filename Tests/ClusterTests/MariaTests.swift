// A real MariaDB server: private, fast at its second start, watched, gone at the end; and a fresh database
// on one that runs.

import Core
import Foundation
import Glibc
import Histories
import MariaClient
import Testing

@testable import Clusters
@testable import Scenarios

@Suite(.serialized) struct MariaTests {
    private func scenario(_ place: Workplace, _ database: DatabaseDeclaration) -> Scenario {
        place.scenario(replicas: 1, database: database) { service in
            service.files = [FileTemplate(path: template("url"), text: template("${database.url}"))]
        }
    }

    private func own(_ place: Workplace, _ settings: [String: String] = [:]) -> Scenario {
        scenario(place, .mariadb(settings: settings, url: nil))
    }

    @discardableResult
    private func query(_ url: String, _ statements: String...) async throws -> [[String?]] {
        let address = try #require(MariaAddress(url))
        return try await onOwnThread { () throws(ClusterError) in
            let connection = try MariaConnection.contends(address)
            defer { connection.close() }
            var rows: [[String?]] = []
            for statement in statements { rows = try connection.rows(statement) }
            return rows
        }
    }

    /// Runs the body while the database is watched; what was seen.
    private func watched(
        _ cluster: Cluster, _ place: Workplace, _ body: (_ record: String) async throws -> Void
    ) async throws -> Observations {
        let record = place.directory + "/\(UUID().uuidString).jsonl"
        let start = ContinuousClock.now
        let monitor = await cluster.watch(recordingIn: record) { (ContinuousClock.now - start).nanoseconds }
        #expect(await eventually { !Observations.read(record).sessions.isEmpty })
        try await body(record)
        #expect(await monitor.finish().isEmpty)
        return Observations.read(record)
    }

    /// Two transactions that take the rows a and b in opposite orders.
    private func deadlock(_ url: String) async throws {
        let address = try #require(MariaAddress(url))
        let held = [Locked(false), Locked(false)]
        let refusals = try await withThrowingTaskGroup(of: Int.self) { group in
            for (position, order) in [("a", "b"), ("b", "a")].enumerated() {
                group.addTask {
                    try await onOwnThread { () throws(ClusterError) in
                        let connection = try MariaConnection.contends(address)
                        defer { connection.close() }
                        _ = try connection.rows("BEGIN")
                        _ = try connection.rows("UPDATE rows_ SET v = v + 1 WHERE id = '\(order.0)'")
                        held[position].withLock { $0 = true }
                        while !held[1 - position].withLock({ $0 }) { usleep(1_000) }
                        do throws(MariaError) {
                            try connection.run("UPDATE rows_ SET v = v + 2 WHERE id = '\(order.1)'")
                            try connection.run("COMMIT")
                            return 0
                        } catch {
                            return error.code
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(refusals.sorted() == [0, 1_213])
    }

    @Test func aPrivateServerHasTheSettingsAndServesOnlyLoopback() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let cluster = try await Cluster.start(
            own(place, ["innodb-snapshot-isolation": "ON", "max_connections": "77"]), options: place.options()
        ) { _ in }
        let url = place.text("url")
        #expect(url.hasPrefix("mysql://contend_") && url.contains("@127.0.0.1:"))
        let rows = try await query(
            url,
            """
            SELECT @@innodb_snapshot_isolation, @@max_connections, @@bind_address, @@tx_isolation,
                DATABASE() LIKE 'contend\\_%', @@datadir, @@tmpdir,
                (SELECT COUNT(*) FROM mysql.user
                WHERE user NOT IN ('mariadb.sys', SUBSTRING_INDEX(USER(), '@', 1)))
            """)
        #expect(rows.first?[..<5] == ["1", "77", "127.0.0.1", "REPEATABLE-READ", "1"], "\(rows)")
        #expect(rows.first?.last == "0", "nobody else may connect")
        let data = try #require(rows.first?[5])
        #expect(rows.first?[6] == data.replacing("/data/", with: "/tmp"))
        #expect(FileManager.default.fileExists(atPath: data))
        #expect(await cluster.stop().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: data))
        #expect(Workplace.processes { $0.contains(data) }.isEmpty)
        await #expect(throws: ClusterError.self) { try await query(url, "SELECT 1") }
        #expect(place.text("database/mariadb.log").contains("ready for connections"))
    }

    @Test(arguments: [
        ("port", "contend's own"), ("bind-address", "contend's own"),
        ("no_such", "unknown variable 'no_such=yes'"),
        ("innodb_snapshot_isolation", "option 'innodb-snapshot-isolation': boolean value 'yes'"),
    ])
    func settingsThatAreContendsOwnAndWrongOnesAreErrors(name: String, text: String) async throws {
        let place = try Workplace()
        defer { place.remove() }
        let error = await #expect(throws: ClusterError.self) {
            _ = try await Cluster.start(own(place, [name: "yes"]), options: place.options()) { _ in }
        }
        #expect(error?.code == .database && error?.message.contains(text) == true, "\(error?.message ?? "")")
        #expect(error?.message.split(separator: "\n").count ?? 0 <= 3)
        #expect(place.processes().isEmpty)
    }

    @Test func deadlocksAreCountedAndExplainedWithBothStatements() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let cluster = try await Cluster.start(own(place), options: place.options()) { _ in }
        let url = place.text("url")
        try await query(
            url, "CREATE TABLE rows_ (id VARCHAR(9) PRIMARY KEY, v INT)",
            "INSERT INTO rows_ VALUES ('a', 0), ('b', 0)")
        let seen = try await watched(cluster, place) { _ in
            for _ in 0..<3 { try await deadlock(url) }
        }
        let span = try #require(seen.countedSpan)
        #expect(
            span.last.deadlocks - span.first.deadlocks == 3 && seen.isUsed && seen.gaps.isEmpty, "\(seen)")
        #expect(seen.errors.count == 3 && seen.errors.allSatisfy { $0.reason == .deadlock }, "\(seen.errors)")
        for error in seen.errors {
            #expect(error.parties.count == 2 && error.parties.contains { $0.waiter == error.backend })
            #expect(
                Set(error.parties.map(\.statement)) == [
                    "UPDATE rows_ SET v = v + 2 WHERE id = 'a'", "UPDATE rows_ SET v = v + 2 WHERE id = 'b'",
                ])
            #expect(error.parties[0].holder == error.parties[1].waiter && error.place == "rows_")
            #expect(error.parties[0].resource == "row in index PRIMARY of table rows_")
        }
        #expect(await cluster.stop().isEmpty)
    }

    @Test func aLongWaitIsRecordedWithItsIdleHolder() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let cluster = try await Cluster.start(own(place), options: place.options()) { _ in }
        let url = place.text("url")
        try await query(
            url, "CREATE TABLE rows_ (id VARCHAR(9) PRIMARY KEY, v INT)", "INSERT INTO rows_ VALUES ('a', 0)")
        let address = try #require(MariaAddress(url))
        let seen = try await watched(cluster, place) { record in
            let isSeen = Locked(false)
            async let holder: Void = onOwnThread { () throws(ClusterError) in
                let connection = try MariaConnection.contends(address)
                defer { connection.close() }
                _ = try connection.rows("BEGIN")
                _ = try connection.rows("UPDATE rows_ SET v = 1")
                while !isSeen.withLock({ $0 }) { usleep(5_000) }
                _ = try connection.rows("COMMIT")
            }
            #expect(
                await eventually {
                    Observations.read(record).sessions.last?.pools.contains { $0.idleInTransaction == 1 }
                        == true
                })
            async let waiter: Void = onOwnThread { () throws(ClusterError) in
                let connection = try MariaConnection.contends(address)
                defer { connection.close() }
                _ = try connection.rows("UPDATE rows_ SET v = 2")
            }
            let start = Observations.read(record).sessions.count
            func waitingLooks() -> Int {
                Observations.read(record).sessions.dropFirst(start).count {
                    $0.pools.contains { $0.waiting == 1 }
                }
            }
            #expect(await eventually { waitingLooks() > WaitTracker.noticedSamples + 1 })
            isSeen.withLock { $0 = true }
            try await holder
            try await waiter
        }
        let wait = try #require(seen.waits.first, "\(seen)")
        #expect(
            wait.waiter.statement == "UPDATE rows_ SET v = 2" && wait.lock.hasSuffix(" of rows_"), "\(wait)")
        #expect(wait.holders.map(\.isIdleInTransaction) == [true], "\(wait)")
        #expect(await cluster.stop().isEmpty)
    }

    /// The data and the address stay; a connection that is lost alone is no database that died.
    @Test func aServerThatIsCrashedAndStartedAgainKeepsItsData() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let (client, context) = try await place.surroundings()
        let database = try await MariaServer(context: context, settings: [:]).start()
        let url = database.address.url
        try await query(url, "CREATE TABLE kept AS SELECT 1 AS number")
        let isOver = Locked(false)
        let target = place.monitorTarget(recordingIn: "monitor.jsonl")
        let watching = Task.detached {
            try await onOwnThread { database.monitor(target).watch { isOver.withLock { $0 } } }
        }
        let record = place.directory + "/monitor.jsonl"
        // A stopped clock: the first look is all there is before the loss.
        #expect(await eventually { !Observations.read(record).sessions.isEmpty })
        let identity = try #require(try await onOwnThread { database.identity() })
        #expect(try await onOwnThread { database.absence(since: identity) } == nil)
        try await database.crash()
        #expect(database.processes.isEmpty)
        #expect(try await onOwnThread { database.absence(since: identity) }?.contains("reached") == true)
        try await database.restart()
        #expect(try await query(url, "SELECT number FROM kept") == [["1"]])
        #expect(try await onOwnThread { database.absence(since: identity) }?.contains("anew") == true)
        isOver.withLock { $0 = true }
        try await watching.value
        #expect(await client.finish().isEmpty)
    }

    @Test func aMonitorThatIsCutOffWatchesAgainAndTheCountsCoverTheGap() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let cluster = try await Cluster.start(own(place), options: place.options()) { _ in }
        let url = place.text("url")
        let seen = try await watched(cluster, place) { record in
            let monitors =
                "SELECT ID FROM INFORMATION_SCHEMA.PROCESSLIST WHERE DB IS NULL AND HOST LIKE '127%'"
            let ids = try await query(url, monitors).compactMap { $0[0] }
            for id in ids { try await query(url, "KILL CONNECTION \(id)") }
            #expect(await eventually { Observations.read(record).losses.first?.regained != nil })
        }
        #expect(seen.losses.count == 1 && seen.isWatchedInTheEnd && seen.countedSpan != nil, "\(seen)")
        #expect(await cluster.stop().isEmpty)
    }

    @Test func anExistingServerGetsAFreshDatabaseThatIsDroppedWhoeverEndsTheRun() async throws {
        let host = try Workplace()
        let place = try Workplace()
        defer {
            host.remove()
            place.remove()
        }
        let server = try await Cluster.start(own(host), options: host.options()) { _ in }
        let url = host.text("url")
        let count = "SELECT COUNT(*) FROM INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME LIKE 'contend\\_%'"
        #expect(try await query(url, count) == [["1"]])

        // An orderly stop; deadlocks of others are not this run's.
        let cluster = try await Cluster.start(
            scenario(place, .mariadb(settings: [:], url: template(url))), options: place.options()
        ) { _ in }
        let fresh = place.text("url")
        #expect(fresh != url && fresh.contains("/contend_"))
        for database in [url, fresh] {
            try await query(
                database, "CREATE TABLE rows_ (id VARCHAR(9) PRIMARY KEY, v INT)",
                "INSERT INTO rows_ VALUES ('a', 0), ('b', 0)")
        }
        let foreign = try await watched(cluster, place) { _ in try await deadlock(url) }
        #expect(
            foreign.errors.isEmpty && foreign.counters.isEmpty && foreign.notices.count == 1, "\(foreign)")
        let ours = try await watched(cluster, place) { record in
            try await deadlock(fresh)
            #expect(await eventually { !Observations.read(record).errors.isEmpty })
        }
        #expect(ours.errors.map(\.parties.count) == [2] && ours.countedSpan == nil, "\(ours)")
        #expect(try await query(url, count) == [["2"]])
        #expect(await cluster.stop().isEmpty)
        #expect(try await query(url, count) == [["1"]])

        // What the monitor needs is asked for before anything is made.
        try await query(url, "CREATE USER weak@'%'", "GRANT ALL ON `contend\\_%`.* TO weak@'%'")
        var weak = try #require(MariaAddress(url))
        weak.user = "weak"
        let refused = await #expect(throws: ClusterError.self) {
            _ = try await Cluster.start(
                scenario(place, .mariadb(settings: [:], url: template(weak.url))), options: place.options()
            ) { _ in }
        }
        #expect(refused?.message.contains("GRANT PROCESS") == true, "\(refused?.message ?? "")")
        #expect(try await query(url, count) == [["1"]])

        // A kill: the supervisor drops it.
        let spawn = ProcessSpawn(
            arguments: [harness, "run", place.directory, place.script, url, "1"],
            environment: ProcessInfo.processInfo.environment, directory: nil,
            output: .file(place.directory + "/harness.out"))
        let pid = try spawn.start().get()
        #expect(
            await eventually { place.text("harness.out").contains("ready") }, "\(place.text("harness.out"))")
        #expect(try await query(url, count) == [["2"]])
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        #expect(try await eventually { try await query(url, count) == [["1"]] })

        // Both killed: the next run drops it, and nothing that has no dead owner.
        var gone = try #require(RunOwner(pids: [getpid()]))
        gone.identities[0].start += 1
        let owner = gone.text
        try await query(
            url, "CREATE DATABASE contend_left COMMENT = '\(owner)'", "CREATE DATABASE contend_foreign")
        let address = try #require(MariaAddress(url))
        let swept = try await onOwnThread { () throws(ClusterError) in
            try MariaExisting.sweep(try MariaConnection.contends(address))
        }
        #expect(swept.count == 1 && swept[0].contains("contend_left"))
        #expect(await server.stop().isEmpty)
    }

    @Test func aRemoteServerIsRefusedAndNoPasswordIsShown() async throws {
        let place = try Workplace()
        defer { place.remove() }
        for (url, code, text) in [
            ("mysql://alice:open-sesame@192.0.2.7/main", ClusterError.Code.address, "192.0.2.7"),
            ("mysql://alice:open-sesame@127.0.0.1:1/main", .database, "cannot be reached"),
            ("mysql://alice:open-sesame@127.0.0.1/main?ssl=1", .database, "expected mysql://"),
        ] {
            let error = await #expect(throws: ClusterError.self) {
                _ = try await Cluster.start(
                    scenario(place, .mariadb(settings: [:], url: template(url))), options: place.options()
                ) { _ in }
            }
            #expect(error?.code == code && error?.message.contains(text) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("open-sesame") == false)
        }
    }

    @Test(arguments: [
        (
            "mysql://u:p%40%3A@h:3307/d",
            MariaAddress(host: "h", port: 3_307, user: "u", password: "p@:", database: "d")
        ),
        ("mariadb://[::1]", MariaAddress(host: "::1", port: 3_306, user: "", database: "")),
        ("mysql://u@127.0.0.1/", MariaAddress(host: "127.0.0.1", port: 3_306, user: "u", database: "")),
        ("mysql:///d", nil), ("mysql://h:x/d", nil), ("mysql://h:70000/d", nil), ("mysql://h/d/e", nil),
        ("mysql://u:%zz@h/d", nil), ("postgresql://h/d", nil),
    ])
    func aURLIsReadAndWritten(text: String, address: MariaAddress?) {
        #expect(MariaAddress(text) == address)
        if let address { #expect(MariaAddress(address.url) == address) }
    }
}
