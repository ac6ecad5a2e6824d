// A real Galera cluster: one database on every server, what its servers refuse each other, and nothing of it
// at the end.

import Core
import Foundation
import Glibc
import Histories
import MariaClient
import Testing

@testable import Clusters
@testable import Scenarios

@Suite(.serialized) struct GaleraTests {
    private func scenario(
        _ place: Workplace, nodes: Int = 3, _ settings: [String: String] = [:], replicas: Int = 1
    ) -> Scenario {
        place.scenario(replicas: replicas, database: .galera(nodes: nodes, settings: settings)) { service in
            service.files = [
                FileTemplate(path: template("url-${replica.index}"), text: template("${database.url}"))
            ]
        }
    }

    /// A session on the server of each replica, all used on one thread.
    private func sessions<T: Sendable>(
        _ place: Workplace, _ count: Int = 2,
        _ body: @escaping @Sendable ([MariaConnection]) throws -> T
    ) async throws -> T {
        let addresses = try (0..<count).map { try #require(MariaAddress(place.text("url-\($0)"))) }
        return try await onOwnThread { () throws(ClusterError) in
            var sessions: [MariaConnection] = []
            defer { for session in sessions { session.close() } }
            for address in addresses { sessions.append(try MariaConnection.contends(address)) }
            return Result { try body(sessions) }
        }.get()
    }

    /// The server's number for what went wrong; 0 of what went well.
    private static func code(_ session: MariaConnection, _ statement: String) -> Int {
        do throws(MariaError) {
            try session.run(statement)
            return 0
        } catch {
            return error.code
        }
    }

    /// Runs the body while the database is watched; what was seen.
    private func watched(
        _ cluster: Cluster, _ place: Workplace, _ body: () async throws -> Void
    ) async throws -> Observations {
        let record = place.directory + "/monitor.jsonl"
        let start = ContinuousClock.now
        let monitor = await cluster.watch(recordingIn: record) { (ContinuousClock.now - start).nanoseconds }
        #expect(await eventually { !Observations.read(record).sessions.isEmpty })
        try await body()
        #expect(await monitor.finish().isEmpty)
        return Observations.read(record)
    }

    @Test func replicasHaveServersInTurnThatHoldTheSameAndNothingIsLeft() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let cluster = try await Cluster.start(
            scenario(place, nodes: 2, ["max-connections": "77"], replicas: 3), options: place.options()
        ) { _ in }
        let addresses = try (0..<3).map { try #require(MariaAddress(place.text("url-\($0)"))) }
        #expect(addresses[0].port != addresses[1].port && addresses[2] == addresses[0])
        #expect(addresses[0].database == addresses[1].database)
        let folders = try await sessions(place) { sessions in
            try sessions[0].run("CREATE TABLE kept AS SELECT 1 AS number")
            try sessions[1].run("SET SESSION wsrep_sync_wait = 1")
            #expect(try sessions[1].run("SELECT number FROM kept").rows == [["1"]])
            let users = """
                SELECT COUNT(*) FROM mysql.user
                WHERE user NOT IN ('mariadb.sys', SUBSTRING_INDEX(USER(), '@', 1))
                """
            return try sessions.map { session in
                #expect(try session.run(users).rows == [["0"]], "nobody else may connect")
                #expect(try session.run("SELECT @@max_connections").rows == [["77"]])
                return try session.run("SELECT @@datadir").rows[0][0] ?? ""
            }
        }
        #expect(Set(folders).count == 2 && folders.allSatisfy(FileManager.default.fileExists))
        #expect(await cluster.stop().isEmpty)
        #expect(!folders.contains(where: FileManager.default.fileExists))
        #expect(Workplace.processes { line in folders.contains { line.contains($0) } }.isEmpty)
        for node in 0..<2 {
            #expect(place.text("database/node-\(node)/mariadb.log").contains("ready for connections"))
        }
    }

    /// Two servers do not see each other's locks: the later COMMIT is refused, and that is no deadlock.
    @Test func aTransactionThatLosesToAnotherServersIsCountedAndNoDeadlock() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let cluster = try await Cluster.start(
            scenario(place, nodes: 2, replicas: 2), options: place.options()
        ) { _ in }
        let seen = try await watched(cluster, place) {
            try await sessions(place) { sessions in
                try sessions[0].run("CREATE TABLE rows_ (id INT PRIMARY KEY, v INT)")
                try sessions[0].run("INSERT INTO rows_ VALUES (1, 0)")
                for session in sessions { try session.run("SET SESSION wsrep_sync_wait = 1") }
                for session in sessions {
                    try session.run("BEGIN")
                    #expect(try session.run("SELECT v FROM rows_ FOR UPDATE").rows == [["0"]])
                }
                for session in sessions {
                    #expect(try session.run("UPDATE rows_ SET v = v + 1 WHERE id = 1").changes == 1)
                }
                #expect(sessions.map { Self.code($0, "COMMIT") } == [0, 1_213])
                #expect(try sessions[1].run("SELECT v FROM rows_").rows == [["1"]])
            }
        }
        let (first, last) = try #require(seen.countedSpan)
        #expect(first.members.map(\.member) == [0, 1])
        func refused(_ counters: DatabaseCounters) -> [Int] {
            counters.members.map { $0.certificationFailures + $0.aborts }
        }
        #expect(refused(first) == [0, 0] && refused(last) == [0, 1], "\(last.members)")
        #expect(last.deadlocks == first.deadlocks && seen.errors.isEmpty && seen.gaps.isEmpty, "\(seen)")
        #expect(await cluster.stop().isEmpty)
    }

    /// What each server locks it locks for itself; what two servers write to one row is certified.
    @Test func countsWithLocksOverrunAndOneStatementHasOneWinner() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let cluster = try await Cluster.start(
            scenario(place, nodes: 2, replicas: 2), options: place.options()
        ) { _ in }
        try await sessions(place) { sessions in
            try sessions[0].run("CREATE TABLE members (id INT PRIMARY KEY, image INT, KEY (image))")
            try sessions[0].run("CREATE TABLE jobs (id INT PRIMARY KEY, owner INT)")
            try sessions[0].run("INSERT INTO jobs VALUES (1, NULL)")
            for session in sessions { try session.run("SET SESSION wsrep_sync_wait = 7") }
            // A quota of one: both count none, and both put in one. Only a change that arrives before the
            // second COMMIT breaks its lock.
            var counts: Set<String?> = []
            for image in 0..<50 {
                for session in sessions {
                    try session.run("BEGIN")
                    let count = "SELECT COUNT(*) FROM members WHERE image = \(image) FOR UPDATE"
                    #expect(try session.run(count).rows == [["0"]])
                }
                for (number, session) in sessions.enumerated() {
                    #expect(
                        Self.code(session, "INSERT INTO members VALUES (\(image * 2 + number), \(image))")
                            == 0)
                }
                let codes = sessions.map { Self.code($0, "COMMIT") }
                #expect(codes[0] == 0 && [0, 1_213].contains(codes[1]), "\(codes)")
                let now = "SELECT COUNT(*) FROM members WHERE image = \(image)"
                counts.insert(try sessions[0].run(now).rows[0][0])
            }
            #expect(counts.contains("2"), "\(counts)")
            // A condition in the statement that writes, which commits by itself.
            let changes = try sessions.map { session in
                try session.run("UPDATE jobs SET owner = CONNECTION_ID() WHERE owner IS NULL").changes
            }
            #expect(changes == [1, 0])
        }
        #expect(await cluster.stop().isEmpty)
    }

    @Test func deadlocksWithinOneServerAreStillCountedAndExplained() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let cluster = try await Cluster.start(
            scenario(place, nodes: 2, replicas: 2), options: place.options()
        ) { _ in }
        let address = try #require(MariaAddress(place.text("url-1")))
        try await sessions(place) { sessions in
            try sessions[0].run("CREATE TABLE rows_ (id INT PRIMARY KEY, v INT)")
            try sessions[0].run("INSERT INTO rows_ VALUES (1, 0), (2, 0)")
        }
        let held = [Locked(false), Locked(false)]
        let seen = try await watched(cluster, place) {
            let codes = try await withThrowingTaskGroup(of: Int.self) { group in
                for (position, order) in [(1, 2), (2, 1)].enumerated() {
                    group.addTask {
                        try await onOwnThread { () throws(ClusterError) in
                            let session = try MariaConnection.contends(address)
                            defer { session.close() }
                            _ = try session.rows("SET SESSION wsrep_sync_wait = 7")
                            _ = try session.rows("BEGIN")
                            _ = try session.rows("UPDATE rows_ SET v = v + 1 WHERE id = \(order.0)")
                            held[position].withLock { $0 = true }
                            while !held[1 - position].withLock({ $0 }) { usleep(1_000) }
                            let code = Self.code(
                                session, "UPDATE rows_ SET v = v + 2 WHERE id = \(order.1)")
                            return code == 0 ? Self.code(session, "COMMIT") : code
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.sorted() == [0, 1_213])
        }
        let (first, last) = try #require(seen.countedSpan)
        #expect(last.deadlocks - first.deadlocks == 1 && seen.errors.count == 1, "\(seen)")
        // Connections of the second server have names of their own.
        #expect(seen.errors.first?.parties.map { $0.waiter / 1_000_000_000 } == [1, 1], "\(seen.errors)")
        #expect(last.members.allSatisfy { $0.certificationFailures + $0.aborts == 0 }, "\(last.members)")
        #expect(await cluster.stop().isEmpty)
    }

    @Test func aClusterThatIsCrashedAndStartedAgainKeepsItsData() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let (client, context) = try await place.surroundings()
        let database = try await GaleraCluster(context: context, nodes: 2, settings: [:]).start()
        func query(_ node: Int, _ statements: String...) async throws -> [[String?]] {
            let address = database.nodes[node].address
            return try await onOwnThread { () throws(ClusterError) in
                let connection = try MariaConnection.contends(address)
                defer { connection.close() }
                var rows: [[String?]] = []
                for statement in statements { rows = try connection.rows(statement) }
                return rows
            }
        }
        _ = try await query(0, "CREATE TABLE kept (number INT PRIMARY KEY)", "INSERT INTO kept VALUES (1)")
        try await onOwnThread { () throws(ClusterError) in try database.spread() }
        #expect(try await query(1, "SELECT number FROM kept") == [["1"]])
        let identity = try #require(try await onOwnThread { database.identity() })
        #expect(try await onOwnThread { database.absence(since: identity) } == nil)
        try await database.crash()
        #expect(database.processes.isEmpty)
        let absence = try await onOwnThread { database.absence(since: identity) }
        #expect(absence == "Galera node 0: the database server cannot be reached any more")
        try await database.restart()
        _ = try await query(1, "INSERT INTO kept VALUES (2)")
        let rows = try await query(0, "SET SESSION wsrep_sync_wait = 1", "SELECT number FROM kept")
        #expect(rows == [["1"], ["2"]])
        #expect(try await onOwnThread { database.absence(since: identity) }?.contains("anew") == true)
        #expect(await client.finish().isEmpty)
    }

    @Test(arguments: [
        ("wsrep-cluster-address", "contend's own"), ("port", "contend's own"),
        ("no_such", "unknown variable 'no_such=yes'"),
        ("wsrep_provider_options", "before it was ready"),
    ])
    func settingsThatAreContendsOwnAndWrongOnesAreErrors(name: String, text: String) async throws {
        let place = try Workplace()
        defer { place.remove() }
        let error = await #expect(throws: ClusterError.self) {
            _ = try await Cluster.start(
                scenario(place, nodes: 2, [name: "yes"]), options: place.options()
            ) { _ in }
        }
        #expect(error?.code == .database && error?.message.contains(text) == true, "\(error?.message ?? "")")
        #expect(place.processes().isEmpty)
    }

    @Test func whatIsMissingIsNamedWithItsPackages() {
        for (places, folders, text) in [
            (["/nowhere/lib.so"], ["/usr/bin"], "Galera is not installed"),
            (["/etc/passwd"], ["/nowhere"], "rsync and lsof"),
        ] {
            let error = #expect(throws: ClusterError.self) {
                _ = try GaleraPrograms.find(places: places, folders: folders)
            }
            #expect(error?.message.contains(text) == true)
            #expect(error?.message.hasSuffix("apt-get install galera-4 rsync lsof") == true)
        }
    }
}
