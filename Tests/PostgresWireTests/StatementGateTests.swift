// Statements that are held one by one, as drivers send them.

import NIOCore
import Testing

@testable import PostgresWire

/// A controlled session that holds, and a server of few words.
private struct Held {
    var session = WireSession(isControlled: true)
    var toServer: [UInt8] = []
    var toClient: [UInt8] = []
    /// What waits.
    var held: HeldStatement?
    var events: [WireEvent] = []

    init(options: String = "") throws {
        try client(Wire.startup(options: options))
        try server(Wire.welcome)
        try take(session.hold(true))
        clear()
    }

    mutating func clear() {
        toServer = []
        toClient = []
    }

    mutating func client(_ bytes: [UInt8]) throws { try take(session.sent(.init(bytes: bytes))) }

    mutating func server(_ bytes: [UInt8]) throws { try take(session.received(.init(bytes: bytes))) }

    mutating func release() throws {
        held = nil
        try take(session.release())
    }

    private mutating func take(_ reaction: WireSession.Reaction) throws {
        if let problem = reaction.problem { throw problem }
        toServer += reaction.toServer.flatMap(\.readableBytesView)
        toClient += reaction.toClient.flatMap(\.readableBytesView)
        events += reaction.events
        if let statement = reaction.held { held = statement }
    }
}

@Suite struct StatementGateTests {
    @Test func aQueryWaitsAndGoesOnAsItCame() throws {
        var talk = try Held()
        try talk.client(Wire.query("SELECT a FROM t"))
        #expect(talk.toServer.isEmpty)
        #expect(talk.held?.statement.text == "SELECT a FROM t")
        try talk.release()
        #expect(talk.toServer == Wire.query("SELECT a FROM t"))
        let answer = Wire.row + Wire.complete("SELECT 1") + Wire.ready("I")
        try talk.server(answer)
        #expect(talk.toClient == answer)
    }

    @Test(arguments: [
        "BEGIN", "SET x = 1", "SELECT 1", "SELECT version()", "ROLLBACK", "COMMIT", "DISCARD ALL",
    ])
    func whatTouchesNothingIsNoDecision(text: String) throws {
        var talk = try Held()
        try talk.client(Wire.query(text))
        #expect(talk.held == nil)
        #expect(talk.toServer == Wire.query(text))
    }

    @Test func theCommitOfATransactionThatWroteIsADecisionOfItsOwn() throws {
        var talk = try Held()
        try talk.client(Wire.query("BEGIN"))
        try talk.server(Wire.complete("BEGIN") + Wire.ready("T"))
        try talk.client(Wire.query("UPDATE t SET a = 1"))
        try talk.release()
        try talk.server(Wire.complete("UPDATE 1") + Wire.ready("T"))
        try talk.client(Wire.query("COMMIT"))
        #expect(talk.held?.shape.kind == .commit)
        try talk.release()
        try talk.server(Wire.complete("COMMIT") + Wire.ready("I"))
        talk.clear()
        try talk.client(Wire.query("COMMIT"))
        #expect(talk.held == nil)
    }

    /// The client sees one answer, and none of the BEGIN and COMMIT around its statement.
    @Test func aWriteOutsideOfATransactionIsSplit() throws {
        var talk = try Held()
        let insert = "INSERT INTO t SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM t)"
        try talk.client(Wire.query(insert))
        try talk.release()
        #expect(talk.toServer == Wire.query("BEGIN"))
        try talk.server(Wire.complete("BEGIN") + Wire.ready("T"))
        #expect(talk.toServer == Wire.query("BEGIN") + Wire.query(insert))
        talk.clear()
        try talk.server(Wire.complete("INSERT 0 1") + Wire.ready("T"))
        #expect(talk.toClient.isEmpty)
        #expect(talk.held?.part == .implicitCommit)
        try talk.release()
        #expect(talk.toServer == Wire.query("COMMIT"))
        try talk.server(Wire.complete("COMMIT") + Wire.ready("I"))
        #expect(talk.toClient == Wire.complete("INSERT 0 1") + Wire.ready("I"))
    }

    @Test func aSplitWriteThatFailsIsRolledBackAndItsErrorIsTold() throws {
        var talk = try Held()
        try talk.client(Wire.query("INSERT INTO t VALUES (1)"))
        try talk.release()
        try talk.server(Wire.complete("BEGIN") + Wire.ready("T"))
        try talk.server(Wire.error("23505") + Wire.ready("E"))
        #expect(talk.held == nil)
        try talk.server(Wire.complete("ROLLBACK") + Wire.ready("I"))
        #expect(talk.toClient == Wire.error("23505") + Wire.ready("I"))
    }

    @Test func aSplitWriteWhoseCommitFailsIsToldAsAnError() throws {
        var talk = try Held()
        try talk.client(Wire.query("INSERT INTO t VALUES (1)"))
        try talk.release()
        try talk.server(
            Wire.complete("BEGIN") + Wire.ready("T") + Wire.complete("INSERT 0 1") + Wire.ready("T"))
        try talk.release()
        try talk.server(Wire.error("40001") + Wire.ready("I"))
        #expect(talk.toClient == Wire.error("40001") + Wire.ready("I"))
    }

    @Test(arguments: ["VACUUM", "CREATE DATABASE x", "INSERT INTO t VALUES (1); COMMIT", "CALL p()"])
    func whatMayRefuseATransactionIsNotSplit(text: String) throws {
        var talk = try Held()
        try talk.client(Wire.query(text))
        #expect(talk.held?.isUncut == true)
        try talk.release()
        #expect(talk.toServer == Wire.query(text))
    }

    /// libpq and JDBC send Parse, Bind, Execute and Sync at once; the Sync commits.
    @Test func aBatchIsCutBehindEachExecute() throws {
        var talk = try Held()
        let first = Wire.parse("", "UPDATE t SET a = 1") + Wire.bind("", []) + Wire.execute()
        let second = Wire.bind("", []) + Wire.execute()
        try talk.client(first + second + Wire.sync)
        #expect(talk.toServer.isEmpty)
        try talk.release()
        #expect(talk.toServer == first + Wire.flush)
        talk.clear()
        try talk.server(Wire.parsed + Wire.bound)
        #expect(talk.held == nil)
        try talk.server(Wire.complete("UPDATE 1"))
        #expect(talk.held?.part == .whole)
        try talk.release()
        #expect(talk.toServer == second + Wire.flush)
        talk.clear()
        try talk.server(Wire.bound + Wire.complete("UPDATE 1"))
        #expect(talk.held?.part == .implicitCommit)
        try talk.release()
        #expect(talk.toServer == Wire.sync)
        try talk.server(Wire.ready("I"))
        #expect(talk.events.last == .ready(.idle))
    }

    @Test func theSyncBehindAReadIsNoDecision() throws {
        var talk = try Held()
        try talk.client(Wire.parse("", "SELECT a FROM t") + Wire.bind("", []) + Wire.execute() + Wire.sync)
        try talk.release()
        try talk.server(Wire.parsed + Wire.bound + Wire.complete("SELECT 0"))
        #expect(talk.held == nil)
        #expect(talk.toServer.suffix(5) == Wire.sync[...])
    }

    /// A query sees the database as it was when its values were bound.
    @Test func valuesThatAreBoundByThemselvesAreADecision() throws {
        var talk = try Held()
        try talk.client(Wire.parse("s", "SELECT a FROM t") + Wire.sync)
        try talk.server(Wire.parsed + Wire.ready("I"))
        talk.clear()
        try talk.client(Wire.bind("s", []) + Wire.flush)
        #expect(talk.held?.part == .bind)
        #expect(talk.toServer.isEmpty)
        try talk.release()
        try talk.server(Wire.bound)
        try talk.client(Wire.execute() + Wire.flush)
        #expect(talk.held?.part == .whole)
    }

    /// PostgreSQL takes the snapshot of such a transaction with the first Parse.
    @Test(arguments: [("REPEATABLE READ", true), ("SERIALIZABLE", true), ("READ COMMITTED", false)])
    func thePreparationThatFixesASnapshotIsADecision(level: String, isHeld: Bool) throws {
        var talk = try Held()
        try talk.client(Wire.query("BEGIN ISOLATION LEVEL \(level)"))
        try talk.server(Wire.complete("BEGIN") + Wire.ready("T"))
        try talk.client(Wire.parse("s", "SELECT a FROM t") + Wire.sync)
        #expect((talk.held?.part == .parse) == isHeld)
        try talk.release()
        try talk.server(Wire.parsed + Wire.ready("T"))
        // Its execution belongs to the same turn, and nothing that is only prepared later is one.
        try talk.client(Wire.bind("s", []) + Wire.execute() + Wire.sync)
        #expect((talk.held == nil) == isHeld)
        try talk.release()
        try talk.server(Wire.bound + Wire.complete("SELECT 1") + Wire.ready("T"))
        try talk.client(Wire.parse("u", "SELECT b FROM t") + Wire.sync)
        #expect(talk.held == nil)
    }

    @Test func aLevelThatTheDriverSetsForItsSessionFixesSnapshotsToo() throws {
        var talk = try Held(options: "-c default_transaction_isolation=serializable")
        try talk.client(Wire.query("BEGIN"))
        try talk.server(Wire.complete("BEGIN") + Wire.ready("T"))
        try talk.client(Wire.parse("s", "SELECT a FROM t") + Wire.sync)
        #expect(talk.held?.part == .parse)
        #expect(talk.held?.hasSingleView == true)
    }

    @Test func whatTheServerPassesOverIsNotHeld() throws {
        var talk = try Held()
        let batch = Wire.bind("", []) + Wire.execute()
        try talk.client(Wire.parse("", "UPDATE t SET a = 1") + batch + batch + Wire.sync)
        try talk.release()
        try talk.server(Wire.parsed + Wire.bound + Wire.error("23514"))
        #expect(talk.held == nil)
        #expect(talk.toServer.suffix(5) == Wire.sync[...])
        try talk.server(Wire.ready("I"))
        #expect(talk.toClient == Wire.parsed + Wire.bound + Wire.error("23514") + Wire.ready("I"))
    }

    @Test func rowsOfACopyAreNotHeld() throws {
        var talk = try Held()
        try talk.client(Wire.query("COPY t FROM STDIN"))
        #expect(talk.held?.isUncut == false)
        try talk.release()
        try talk.server(Wire.complete("BEGIN") + Wire.ready("T"))
        try talk.server(Wire.message("G", [0, 0, 0]))
        #expect(talk.toClient == Wire.message("G", [0, 0, 0]))
        talk.clear()
        let rows = Wire.message("d", [1, 2]) + Wire.message("c")
        try talk.client(rows)
        #expect(talk.toServer == rows)
        #expect(talk.held == nil)
        try talk.server(Wire.complete("COPY 1") + Wire.ready("T"))
        #expect(talk.held?.part == .implicitCommit)
        try talk.release()
        try talk.server(Wire.complete("COMMIT") + Wire.ready("I"))
        #expect(talk.toClient == Wire.complete("COPY 1") + Wire.ready("I"))
    }

    /// asyncpg sends query, rows and end without waiting for an answer.
    @Test(arguments: [0, 1, 2])
    func rowsThatComeBeforeTheServerAsksGoWithTheirCopy(before: Int) throws {
        var talk = try Held()
        let copy = Wire.query("COPY t FROM STDIN")
        let rows = [Wire.message("d", [1]), Wire.message("d", [2]), Wire.message("c")]
        try talk.client(copy + rows[..<before].joined())
        #expect(talk.toServer.isEmpty)
        try talk.release()
        try talk.client(Array(rows[before...].joined()))
        #expect(talk.toServer == Wire.query("BEGIN"))
        talk.clear()
        try talk.server(Wire.complete("BEGIN") + Wire.ready("T"))
        #expect(talk.toServer == copy + rows.joined())
        try talk.server(Wire.message("G", [0, 0, 0]) + Wire.complete("COPY 2") + Wire.ready("T"))
        #expect(talk.held?.part == .implicitCommit)
    }

    /// pg8000 sends Execute, Flush and Sync, and another Sync behind the rows; the server answers that one.
    @Test(arguments: [Wire.flush, []])
    func theCommitOfACopiedBatchIsADecision(flush: [UInt8]) throws {
        var talk = try Held()
        try talk.client(
            Wire.parse("", "COPY t FROM STDIN") + Wire.bind("", []) + Wire.execute() + flush + Wire.sync)
        try talk.release()
        try talk.server(Wire.parsed + Wire.bound + Wire.message("G", [0, 0, 0]))
        talk.clear()
        let rows = Wire.message("d", [1]) + Wire.message("c")
        try talk.client(rows + Wire.sync)
        #expect(talk.toServer == rows + Wire.flush)
        talk.held = nil
        try talk.server(Wire.complete("COPY 1"))
        #expect(talk.held?.part == .implicitCommit)
        talk.clear()
        try talk.release()
        #expect(talk.toServer == Wire.sync)
        try talk.server(Wire.ready("I"))
        #expect(talk.toClient == Wire.ready("I"))
        talk.clear()
        try talk.client(Wire.query("SELECT a FROM t"))
        #expect(talk.held?.statement.text == "SELECT a FROM t")
    }

    @Test func nothingWaitsOnceHoldingEnds() throws {
        var talk = try Held()
        try talk.client(Wire.query("DELETE FROM t"))
        let reaction = talk.session.hold(false)
        #expect(reaction.toServer.flatMap(\.readableBytesView) == Wire.query("DELETE FROM t"))
        try talk.server(Wire.complete("DELETE 0") + Wire.ready("I"))
        talk.clear()
        try talk.client(Wire.query("DELETE FROM u"))
        #expect(talk.toServer == Wire.query("DELETE FROM u"))
    }

    /// Whatever the pieces in which bytes arrive.
    @Test(arguments: 1...12) func everySplitOfTheBytesGivesTheSame(size: Int) throws {
        var talk = try Held()
        let bytes =
            Wire.parse("", "UPDATE t SET a = 1") + Wire.bind("", []) + Wire.execute() + Wire.sync
            + Wire.query("SELECT a FROM t")
        var rest = bytes[...]
        while !rest.isEmpty {
            try talk.client(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        try talk.release()
        try talk.server(Wire.parsed + Wire.bound + Wire.complete("UPDATE 1"))
        try talk.release()
        try talk.server(Wire.ready("I"))
        #expect(talk.held?.statement.text == "SELECT a FROM t")
        #expect(
            talk.toServer == bytes.dropLast(Wire.query("SELECT a FROM t").count + 5) + Wire.flush + Wire.sync)
    }
}
