// Statements are led back to operations where that is certain, and only there.

import Core
import Histories
import Testing

@testable import Checking

@Suite struct FindingStatementsTests {
    private static func statement(
        _ text: String, _ from: Double, _ to: Double, replica: Int = 0, backend: Int = 7
    ) -> StatementRecord {
        StatementRecord(
            replica: replica, backend: backend, statement: text, sent: RunBuilder.time(from),
            answered: RunBuilder.time(to))
    }

    /// Two operations on replica 0 that overlap from 20 to 30, and one on replica 1 beside both.
    private static func told(_ statements: [StatementRecord]) -> [String] {
        var run = RunBuilder()
        run.add("first", 10, 30, replica: 0)
        run.add("second", 20, 40, replica: 0)
        run.add("elsewhere", 0, 50, replica: 1)
        let found = FindingStatements(RunFacts(run.history, run.scenario), statements)
            .statements(of: Array(run.history.operations.filter { $0.name != "elsewhere" }))
        return found.map { "\($0.statement): \($0.operation.map(String.init) ?? "?")" }
    }

    @Test func aStatementBelongsToTheOnlyOperationThatWasOpenAllTheWhile() {
        #expect(
            Self.told([
                Self.statement("a", 11, 12), Self.statement("b", 31, 32), Self.statement("both", 21, 22),
                Self.statement("none", 1, 2), Self.statement("other", 11, 12, replica: 1),
                Self.statement("later", 35, 45),
            ]) == ["a: 0", "both: ?", "b: 1"])
    }

    /// What it began with, and what it ended with, tells whose all of it is.
    @Test func aTransactionBelongsToOneOperation() {
        #expect(
            Self.told([
                Self.statement("BEGIN", 21, 22), Self.statement("UPDATE", 25, 26),
                Self.statement("COMMIT", 33, 34), Self.statement("SELECT", 28, 29, backend: 8),
                Self.statement("SELECT", 33, 34, backend: 8),
            ]) == ["BEGIN: 1", "UPDATE: 1", "SELECT: ?", "COMMIT: 1", "SELECT: 1"])
    }

    @Test func aTraceIsCertain() {
        let trace = String(
            decoding: RequestTrace(seed: 1, operation: 1, request: 0).identifiers, as: UTF8.self)
        let foreign = String(
            decoding: RequestTrace(seed: 2, operation: 1, request: 0).identifiers, as: UTF8.self)
        let told = Self.told([
            Self.statement("x /*traceparent='00-\(trace)-01'*/", 21, 22),
            Self.statement("y /*traceparent='00-\(foreign)-01'*/", 21, 22),
        ])
        #expect(told.map { $0.suffix(2) } == [" 1", " ?"])
    }

    @Test func noMoreAreKeptThanAreShown() {
        let many = (0..<200).map { Self.statement("s", 11 + Double($0) * 0.01, 11.005 + Double($0) * 0.01) }
        #expect(Self.told(many).count == FindingStatements.limit)
        #expect(Self.told([]).isEmpty)
    }
}
