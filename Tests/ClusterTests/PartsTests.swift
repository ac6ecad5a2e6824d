// The small parts: the replica table, addresses, ports, owners, commands, messages from logs.

import DatabaseProxy
import Foundation
import Glibc
import Scenarios
import Testing

@testable import Clusters

@Suite struct PartsTests {
    @Test func onlyAReplicaThatWasUpDiesUnexpectedly() {
        var table = ReplicaTable(count: 2)
        table.starts(0, key: 10)
        #expect(table.ended(key: 10) == nil, "it died while starting, which its start reports")
        table.starts(0, key: 11)
        table.isReady(0)
        #expect(table.ended(key: 11) == 0)
        #expect(table.takesDown(0) == false, "it is dead already")
        table.starts(1, key: 12)
        table.isReady(1)
        #expect(table.takesDown(1) == true)
        #expect(table.ended(key: 12) == nil, "that was ours")
        #expect(table.ended(key: 99) == nil)
    }

    @Test func portsAreDifferentAndOutsideTheEphemeralRange() throws {
        let ports = try LoopbackPorts().reserve(50)
        #expect(Set(ports).count == 50)
        let range = LoopbackPorts.candidates(
            ephemeral: readSmallFile("/proc/sys/net/ipv4/ip_local_port_range"))
        #expect(ports.allSatisfy(range.contains))
        #expect(LoopbackPorts.candidates(ephemeral: "32768\t60999\n") == 10_240...32_767)
        #expect(LoopbackPorts.candidates(ephemeral: "1024 65535").lowerBound == 61_000)
    }

    /// Between its choice and its use a port is free for seconds: whoever drew it too would answer for us.
    @Test func noOtherRunDrawsAPortThatIsReserved() async throws {
        let few = 50_000...50_039
        var first: LoopbackPorts? = LoopbackPorts(range: few)
        var ports: Set<Int> = []
        while let port = try? first?.reserve(1).first { ports.insert(port) }
        #expect(!ports.isEmpty && ports.isSubset(of: few))
        let second = LoopbackPorts(range: few)
        #expect(throws: ClusterError.self) { try second.reserve(1) }
        first = nil
        // A child that another test has forked holds the claims until it executes its program.
        #expect(
            await eventually { (try? second.reserve(1)).map { ports.isSuperset(of: $0) } ?? false })
    }

    @Test func postgresURLsSurviveOddCharacters() {
        let address = PostgresAddress(
            host: "127.0.0.1", port: 5433, user: "me@home", password: "p/w:1", database: "a b")
        #expect(address.url == "postgresql://me%40home:p%2Fw%3A1@127.0.0.1:5433/a%20b")
        let socket = PostgresAddress(host: "/run/pg", port: 5432, user: "me", database: "d")
        #expect(socket.url == "postgresql://me@/d?host=%2Frun%2Fpg&port=5432")
        let six = PostgresAddress(
            host: "::1", port: 1, user: "", database: "d", options: ["sslmode": "disable"])
        #expect(six.url == "postgresql://[::1]:1/d?sslmode=disable")
    }

    @Test func anOwnerIsGoneWhenItsProcessIs() throws {
        let own = try #require(RunOwner(pids: [getpid()]))
        #expect(RunOwner(own.text) == own)
        #expect(!own.isGone(onThisMachine: true))
        var reused = own
        reused.identities[0].start += 1
        #expect(reused.isGone(onThisMachine: false))
        var takenOver = own
        takenOver.identities.insert(reused.identities[0], at: 0)
        #expect(RunOwner(takenOver.text) == takenOver)
        #expect(!takenOver.isGone(onThisMachine: true), "one of the two may still clean up")
        var rebooted = own
        rebooted.boot = "other"
        #expect(rebooted.isGone(onThisMachine: true) && !rebooted.isGone(onThisMachine: false))
        var elsewhere = reused
        elsewhere.namespace = "pid:[1]"
        #expect(
            !elsewhere.isGone(onThisMachine: true), "another container's process cannot be seen from here")
        #expect(RunOwner("something else entirely") == nil)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.9.1", true), ("localhost", true), ("::1", true), ("10.0.0.1", false),
        ("127.evil.example.com", false), ("127.0.0.1.example.com", false), ("", false),
    ])
    func loopbackIsToldFromTheRest(host: String, isLoopback: Bool) {
        #expect(Loopback.contains(host) == isLoopback)
    }

    @Test func replicaURLsHoldHostAndPortOnly() throws {
        let parsed = try ReplicaURL.parse("http://[::1]:81/", redacted: "")
        #expect(parsed == (isSecure: false, host: "::1", port: 81))
        #expect(
            try ReplicaURL.parse("https://api.test", redacted: "") == (true, "api.test", 443))
        for text in ["ftp://127.0.0.1:1", "127.0.0.1:80", "http://127.0.0.1:1/api", "http://u@127.0.0.1:1"] {
            let error = #expect(throws: ClusterError.self) { try ReplicaURL.parse(text, redacted: text) }
            #expect(error?.code == .address)
        }
    }

    @Test func commandsAreFoundInSearchPathThenPATHThenBesideTheScenario() throws {
        let place = try Workplace()
        defer { place.remove() }
        for folder in ["first", "second", "scenario/bin"] {
            let path = place.directory + "/" + folder
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try "#!/bin/sh\n".write(toFile: path + "/tool", atomically: true, encoding: .utf8)
            chmod(path + "/tool", folder == "first" ? 0o644 : 0o755)
        }
        let lookup = CommandLookup(
            searchPath: [place.directory + "/first"], path: place.directory + "/second",
            folders: [place.directory + "/scenario", "/"])
        #expect(
            try lookup.find("tool").get() == place.directory + "/second/tool", "the first is not executable")
        #expect(try lookup.find("./bin/tool").get() == place.directory + "/scenario/bin/tool")
        #expect(throws: CommandLookup.NotFound.self) { try lookup.find("no-such-tool").get() }
    }

    @Test func noLinkIsFollowedOnTheWayToAProgram() throws {
        let place = try Workplace()
        defer { place.remove() }
        let files = FileManager.default
        for folder in ["system", "venv/bin", "scenario", "deep/er"] {
            try files.createDirectory(
                atPath: place.directory + "/" + folder, withIntermediateDirectories: true)
        }
        try "#!/bin/sh\n".write(
            toFile: place.directory + "/system/python", atomically: true, encoding: .utf8)
        chmod(place.directory + "/system/python", 0o755)
        try files.createSymbolicLink(
            atPath: place.directory + "/venv/bin/python",
            withDestinationPath: place.directory + "/system/python")
        let lookup = CommandLookup(searchPath: [], path: "", folders: [place.directory + "/scenario"])
        #expect(try lookup.find("../venv/bin/python").get() == place.directory + "/venv/bin/python")
        // Behind a link `..` is the folder above its target, and stays.
        try files.createSymbolicLink(
            atPath: place.directory + "/scenario/link", withDestinationPath: place.directory + "/deep/er")
        try files.createSymbolicLink(
            atPath: place.directory + "/deep/python", withDestinationPath: place.directory + "/system/python")
        #expect(
            try lookup.find("link/../python").get() == place.directory + "/scenario/link/../python")
        #expect(CommandLookup.absolute("/a//./b/../../..//c/.") == "/c")
    }

    @Test func aTakenPortIsRecognisedInTheWordsOfCommonRuntimes() {
        for text in [
            "OSError: [Errno 98] Address already in use",
            "Error: listen EADDRINUSE: address already in use :::1",
            "bind(): Address in use (errno: 98)",
        ] {
            #expect(AddressInUse.isMentioned(in: text))
        }
        #expect(!AddressInUse.isMentioned(in: "Connection refused"))
    }

    @Test func replicasGetAMinimalEnvironment() {
        let all = ["PATH": "/bin", "HOME": "/h", "LC_ALL": "C", "AWS_SECRET_ACCESS_KEY": "x"]
        #expect(CommandLookup.baseEnvironment(all).keys.sorted() == ["HOME", "LC_ALL", "PATH"])
    }

    @Test func theTailOfALogIsItsLastWholeLines() throws {
        let place = try Workplace()
        defer { place.remove() }
        let path = place.directory + "/log"
        #expect(LogTail.lines(of: path).isEmpty)
        let lines = (0..<5000).map { "line \($0)" }
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        #expect(LogTail.lines(of: path) == Array(lines.suffix(LogTail.lineLimit)))
    }

    @Test func identifiersAndLiteralsAreQuoted() {
        #expect(PostgresConnection.identifier("a\"b") == "\"a\"\"b\"")
        #expect(PostgresConnection.literal("it's") == "'it''s'")
    }

    @Test func cleanUpNeverTouchesATopLevelFolder() {
        for path in ["/", "/tmp", "/var/tmp", "relative/a/b", "/a/../b/c"] {
            #expect(CleanUp.remove(path: path).perform() != nil)
        }
        #expect(CleanUp.remove(path: "/tmp/contend-test/not-there").perform() == nil)
    }

    @Test func aMissingServerNamesThePackage() {
        let error = #expect(throws: ClusterError.self) {
            try PostgresPrograms.find(path: "/nowhere", debianRoot: "/nowhere/at/all")
        }
        #expect(error?.message.contains("apt-get install postgresql") == true)
    }

    @Test func aServerInAPythonWheelIsFoundWhereNoOtherIs() throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "contend-test-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for version in ["a_postgres", "b_postgres"] {
            let programs = folder.appending(path: "lib/python3.11/site-packages/\(version)/pginstall/bin")
            try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
            for name in ["initdb", "postgres"] {
                let path = programs.appending(path: name).path
                _ = FileManager.default.createFile(
                    atPath: path, contents: nil, attributes: [.posixPermissions: 0o755])
            }
        }
        let found = try PostgresPrograms.find(
            path: "/nowhere", debianRoot: "/nowhere", wheels: ["/nowhere", folder.path])
        #expect(found.folder.hasSuffix("site-packages/b_postgres/pginstall/bin"))
        var options = ClusterOptions(runDirectory: "", supervisor: [], environment: ["PATH": ""])
        options.serverPrograms = found.folder + "/../../../a_postgres/pginstall/bin"
        #expect(try PostgresPrograms.find(options).folder.hasSuffix("site-packages/a_postgres/pginstall/bin"))
    }

    @Test func behindAProxyOnlyThePlaceOfTheServerChanges() throws {
        var address = PostgresAddress(host: "db.local", port: 5433, user: "me", password: "p", database: "d")
        address.options = ["sslmode": "prefer", "hostaddr": "127.0.0.2", "application_name": "x"]
        #expect(try address.forProxy() == .port(host: "127.0.0.2", 5433))
        #expect(
            address.behind(port: 99).url
                == "postgresql://me:p@127.0.0.1:99/d?application_name=x&sslmode=disable")
        let socket = PostgresAddress(host: "/run/pg", port: 5432, user: "me", database: "d")
        #expect(try socket.forProxy() == .socket("/run/pg/.s.PGSQL.5432"))
        #expect(socket.behind(port: 99).url == "postgresql://me@127.0.0.1:99/d")
        address.options["sslmode"] = "require"
        let error = #expect(throws: ClusterError.self) { try address.forProxy() }
        #expect(error?.message.contains("sslmode=require") == true)
    }
}
