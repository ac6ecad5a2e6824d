// What a session learns from the bytes of drivers and servers, and that it passes them on to the letter.

import NIOCore
import Testing

@testable import PostgresWire

@Suite struct WireSessionTests {
    // MARK: Beginnings

    @Test func encryptionIsRefusedAndTheSessionBeginsWithoutIt() throws {
        var talk = try Talk(isOpen: false)
        try talk.client(Wire.encryptionRequest)
        #expect(talk.toClient == [UInt8(ascii: "N")])
        #expect(talk.toServer.isEmpty)
        try talk.client(Wire.startup())
        #expect(talk.toServer == Wire.startup())
        try talk.server(Wire.welcome)
        #expect(talk.events == [.connected(process: 4711), .ready(.idle)])
    }

    @Test func aRequestToCancelGoesOnAtOnce() throws {
        var talk = try Talk(isOpen: false)
        let request = Wire.number(16) + Wire.number(80_877_102) + Wire.number(1) + Wire.number(2)
        try talk.client(request)
        #expect(talk.toServer == request)
        #expect(talk.events == [.cancel])
    }

    @Test(arguments: [
        [0x16, 3, 1, 0, 5, 0, 0, 0], Wire.startup(version: 0x0002_0000), Wire.number(3), Wire.number(1 << 20),
    ])
    func aFirstMessageThatIsNoneEndsTheSession(bytes: [UInt8]) throws {
        var talk = try Talk(isOpen: false)
        #expect(throws: WireError.self) { try talk.client(bytes + [0, 0, 0, 0, 0]) }
    }

    @Test(arguments: [[UInt8(ascii: "Q"), 0, 0, 0, 3, 0], [UInt8(ascii: "Q"), 0x7f, 0, 0, 0, 0]])
    func aLengthThatNoMessageHasEndsTheSession(bytes: [UInt8]) throws {
        var talk = try Talk()
        #expect(throws: WireError.self) { try talk.client(bytes) }
        var other = try Talk()
        #expect(throws: WireError.self) { try other.server(bytes) }
    }

    // MARK: Simple queries

    @Test func aSimpleQueryEndsWithTheSumOfItsRows() throws {
        var talk = try Talk()
        try talk.client(Wire.query("UPDATE a; UPDATE b"))
        try talk.server(Wire.complete("UPDATE 2") + Wire.complete("UPDATE 3") + Wire.ready("I"))
        #expect(talk.told == ["UPDATE a; UPDATE b: 5"])
        #expect(talk.events.last == .ready(.idle))
    }

    @Test func aSimpleQueryThatFailsHasItsCode() throws {
        var talk = try Talk()
        try talk.client(Wire.query("INSERT"))
        try talk.server(Wire.error("23505") + Wire.ready("I"))
        #expect(talk.told == ["INSERT: 23505"])
    }

    @Test func aConnectionThatEndsLeavesItsStatementUnanswered() throws {
        var talk = try Talk()
        try talk.client(Wire.query("COMMIT"))
        talk.end()
        #expect(talk.told == ["COMMIT: unanswered"])
    }

    // MARK: Extended queries

    @Test func aPreparedStatementIsToldWithItsValues() throws {
        var talk = try Talk()
        try talk.client(Wire.parse("s", "UPDATE t SET v=$2 WHERE id=$1") + Wire.sync)
        try talk.server(Wire.parsed + Wire.ready("I"))
        try talk.client(Wire.bind("s", ["7", "it's"]) + Wire.execute() + Wire.sync)
        try talk.server(Wire.bound + Wire.complete("UPDATE 1") + Wire.ready("I"))
        try talk.client(Wire.bind("s", ["8", nil]) + Wire.execute() + Wire.sync)
        try talk.server(Wire.bound + Wire.complete("UPDATE 0") + Wire.ready("I"))
        #expect(
            talk.told == [
                "UPDATE t SET v='it''s' WHERE id=7: 1", "UPDATE t SET v=NULL WHERE id=8: 0",
            ])
    }

    @Test func afterAnErrorTheRestOfTheBatchIsSkippedUpToItsSync() throws {
        var talk = try Talk()
        let one = { (sql: String) in Wire.parse("", sql) + Wire.bind("", []) + Wire.execute() }
        try talk.client(one("a") + one("b") + one("c") + Wire.sync + one("d") + Wire.sync)
        try talk.server(Wire.parsed + Wire.bound + Wire.complete("INSERT 0 1") + Wire.parsed + Wire.bound)
        try talk.server(Wire.error("40001") + Wire.ready("I"))
        try talk.server(Wire.parsed + Wire.bound + Wire.complete("SELECT 4") + Wire.ready("I"))
        #expect(talk.told == ["a: 1", "b: 40001", "c: skipped", "d: 4"])
    }

    /// The client sends on before it has read of the error.
    @Test func whatIsSentAfterAnErrorIsPassedOverAsTheServerDoes() throws {
        var talk = try Talk()
        try talk.client(Wire.parse("", "a") + Wire.flush)
        try talk.server(Wire.error("42703"))
        try talk.client(Wire.bind("", []) + Wire.execute() + Wire.sync)
        try talk.client(Wire.query("SELECT 1"))
        try talk.server(Wire.ready("I") + Wire.complete("SELECT 1") + Wire.ready("I"))
        #expect(talk.told == ["a: failed 42703", "SELECT 1: 1"])
    }

    @Test func anErrorWhileAnImplicitTransactionCommitsIsNoEndOfAStatement() throws {
        var talk = try Talk()
        try talk.client(Wire.parse("", "a") + Wire.bind("", []) + Wire.execute() + Wire.sync)
        try talk.server(
            Wire.parsed + Wire.bound + Wire.complete("INSERT 0 1") + Wire.error("23503") + Wire.ready("I"))
        #expect(talk.told == ["a: 1", "-: failed 23503"])
    }

    @Test func aNameThatIsPreparedAnewInTheSameBatchIsTheNewOne() throws {
        var talk = try Talk()
        try talk.client(Wire.parse("", "old") + Wire.sync)
        try talk.server(Wire.parsed + Wire.ready("I"))
        try talk.client(Wire.parse("", "new") + Wire.bind("", []) + Wire.execute() + Wire.sync)
        try talk.server(Wire.parsed + Wire.bound + Wire.complete("SELECT 1") + Wire.ready("I"))
        #expect(talk.told == ["new: 1"])
    }

    /// `prepared statement "s" already exists`: the old text is what a later Bind runs.
    @Test func aNameWhoseParseFailedKeepsItsOldStatement() throws {
        var talk = try Talk()
        try talk.client(Wire.parse("s", "old") + Wire.sync)
        try talk.server(Wire.parsed + Wire.ready("I"))
        try talk.client(Wire.parse("s", "new") + Wire.sync)
        try talk.server(Wire.error("42P05") + Wire.ready("I"))
        try talk.client(Wire.bind("s", []) + Wire.execute() + Wire.sync)
        try talk.server(Wire.bound + Wire.complete("SELECT 1") + Wire.ready("I"))
        #expect(talk.told == ["new: failed 42P05", "old: 1"])
    }

    /// asyncpg binds in binary, and learns the types from the server.
    @Test func binaryValuesAreReadByTheTypesThatTheServerDescribes() throws {
        var talk = try Talk()
        try talk.client(Wire.parse("s", "f($1, $2, $3)") + Wire.describe("s") + Wire.flush)
        let types = Wire.message("t", Wire.short(3) + [23, 2950, 9999].flatMap(Wire.number))
        try talk.server(Wire.parsed + types + Wire.message("n"))
        let uuid = (0..<16).map { UInt8($0) }
        let values =
            Wire.number(4) + Wire.number(-5) + Wire.number(16) + uuid + Wire.number(2) + [0xab, 0x01]
        let bind = Wire.text("") + Wire.text("s") + Wire.short(1) + Wire.short(1) + Wire.short(3) + values
        try talk.client(Wire.message("B", bind + Wire.short(0)) + Wire.execute() + Wire.sync)
        try talk.server(Wire.bound + Wire.complete("SELECT 1") + Wire.ready("I"))
        #expect(talk.told == ["f(-5, '00010203-0405-0607-0809-0a0b0c0d0e0f', '\\xab01'): 1"])
    }

    // MARK: Copies

    /// libpq sends the Sync of its Execute at once, and the server passes it over; another ends the copy.
    @Test func aSyncBeforeTheCopiedRowsIsPassedOver() throws {
        var talk = try Talk()
        try talk.client(Wire.parse("", "COPY t FROM stdin") + Wire.bind("", []) + Wire.execute() + Wire.sync)
        try talk.server(Wire.parsed + Wire.bound + Wire.message("G", [0] + Wire.short(0)))
        try talk.client(Wire.message("d", [1, 2, 3]) + Wire.message("c") + Wire.sync)
        try talk.server(Wire.complete("COPY 1") + Wire.ready("I"))
        try talk.client(Wire.query("SELECT 1"))
        try talk.server(Wire.complete("SELECT 1") + Wire.ready("I"))
        #expect(talk.told == ["COPY t FROM stdin: 1", "SELECT 1: 1"])
    }

    @Test func replicationIsNotFollowed() throws {
        var talk = try Talk()
        try talk.client(Wire.query("START_REPLICATION"))
        try talk.server(Wire.message("W", [0] + Wire.short(0)) + Wire.message("d", [1]))
        try talk.client(Wire.message("d", [1]))
        try talk.server(Wire.complete("anything"))
        #expect(talk.told.isEmpty)
    }

    @Test func anAnswerToNothingEndsTheSession() throws {
        var talk = try Talk()
        #expect(throws: WireError.self) { try talk.server(Wire.complete("SELECT 1")) }
        var other = try Talk()
        #expect(throws: WireError.self) { try other.server(Wire.parsed) }
    }

    @Test func asMuchIsFollowedAsIsAllowed() throws {
        var talk = try Talk()
        let many = [[UInt8]](repeating: Wire.execute(), count: Conversation.owedLimit).flatMap(\.self)
        try talk.client(many)
        #expect(throws: WireError.self) { try talk.client(Wire.sync) }
    }

    // MARK: Whatever the pieces

    /// What arrives byte by byte, or in any other pieces, means the same and goes on to the letter.
    @Test(arguments: 1...40)
    func piecesChangeNothing(size: Int) throws {
        let client =
            Wire.startup() + Wire.query("BEGIN") + Wire.parse("s", "UPDATE t SET v=$1", types: [25])
            + Wire.bind("s", ["x"]) + Wire.execute() + Wire.sync + Wire.message("y", [1, 2, 3])
            + Wire.query("COMMIT")
        let server =
            Wire.welcome + Wire.message("N", [0]) + Wire.complete("BEGIN") + Wire.ready("T") + Wire.parsed
            + Wire.bound + Wire.message("T", Wire.short(0)) + Wire.row + Wire.row + Wire.complete("UPDATE 2")
            + Wire.ready("T") + Wire.message("S", Wire.text("a") + Wire.text("b")) + Wire.complete("COMMIT")
            + Wire.ready("I")
        var talk = try Talk(size: size, isOpen: false)
        try talk.client(client)
        try talk.server(server)
        #expect(talk.toServer == client)
        #expect(talk.toClient == server)
        #expect(talk.told == ["BEGIN: done", "UPDATE t SET v='x': 2", "COMMIT: done"])
    }

    /// Captures with a byte changed: an error or another meaning, and never a trap; what goes on is what
    /// came.
    @Test func changedBytesNeverTrap() throws {
        let client =
            Wire.query("BEGIN") + Wire.parse("s", "UPDATE $1", types: [25]) + Wire.bind("s", ["x", nil])
            + Wire.describe("s") + Wire.execute() + Wire.sync
        let server =
            Wire.complete("BEGIN") + Wire.ready("T") + Wire.parsed + Wire.bound
            + Wire.message("t", Wire.short(1) + Wire.number(25)) + Wire.message("n")
            + Wire.error("23505") + Wire.ready("E")
        for position in client.indices {
            for value in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
                var (changed, talk) = (client, try Talk())
                changed[position] = value
                guard (try? talk.client(changed)) != nil else { continue }
                #expect(talk.toServer == changed)
                _ = try? talk.server(server)
            }
        }
        for position in server.indices {
            for value in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
                var (changed, talk) = (server, try Talk())
                changed[position] = value
                try talk.client(client)
                guard (try? talk.server(changed)) != nil else { continue }
                #expect(talk.toClient == changed)
            }
        }
    }
}
