// What the words of a statement tell, and that what they do not tell is unknown.

import Testing

@testable import PostgresWire

@Suite struct StatementShapeTests {
    @Test(
        arguments: [
            ("SELECT a FROM t WHERE id = 1", .read), ("SELECT a FROM t FOR UPDATE", .lock),
            ("SELECT a FROM t FOR NO KEY UPDATE", .lock), ("TABLE t", .read),
            ("INSERT INTO t VALUES (1)", .write),
            ("WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x", .write),
            ("SELECT a INTO u FROM t", .unknown),
            ("SELECT pg_advisory_lock(1)", .unknown), ("SELECT nextval('s')", .unknown),
            ("SELECT 1", .harmless),
            ("SELECT pg_catalog.version()", .harmless), ("SELECT oid FROM pg_type", .harmless),
            ("SELECT oid FROM pg_type, t", .read), ("SHOW x", .harmless),
            ("ROLLBACK TO SAVEPOINT a", .harmless),
            ("ROLLBACK", .rollback), ("COMMIT PREPARED 'x'", .unknown), ("END", .commit),
            ("START TRANSACTION", .begin),
            ("", .harmless), ("-- ping", .harmless), ("UPDATE t SET a = 1; SELECT 1", .unknown),
            ("SELECT pg_advisory_unlock_all();\nCLOSE ALL;\nUNLISTEN *;\nRESET ALL;", .harmless),
            ("VACUUM", .unknown), ("EXECUTE p(1)", .unknown),
        ] as [(String, StatementShape.Kind)])
    func theKindOfAStatement(text: String, kind: StatementShape.Kind) {
        #expect(StatementShape(text).kind == kind)
    }

    @Test func tablesAreReadAndWritten() {
        let shape = StatementShape(
            "INSERT INTO a.b (x) SELECT y FROM \"C\" AS c, d e, f JOIN g ON true ON CONFLICT DO UPDATE SET x = 1"
        )
        #expect(shape.writes == ["a.b"])
        #expect(shape.reads == ["a.b", "C", "d", "f", "g"])
        #expect(StatementShape("DELETE FROM t USING u").writes == ["t"])
        #expect(StatementShape("SELECT 1 FROM t FOR UPDATE OF t").writes.isEmpty)
    }

    @Test func statementsWithOtherValuesHaveTheSameText() {
        let one = StatementShape("UPDATE t SET a = 'x''y' /* trace 1 */ WHERE id = 17 AND b = $1")
        let other = StatementShape("UPDATE t  SET a = E'z' WHERE id = 4 AND b = $1 -- trace 2")
        #expect(one.text == "UPDATE t SET a = ? WHERE id = ? AND b = $1")
        #expect(one.text == other.text)
        #expect(one.text != StatementShape("UPDATE t SET c = 'x' WHERE id = 1 AND b = $1").text)
    }
}
