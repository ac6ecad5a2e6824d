// The trace of a run, read back as a viewer does.

import Core
import Histories
import TestSupport
import Testing

@testable import Reporting

@Suite struct TraceTests {
    private static func request(_ sent: Int64, _ received: Int64?, attempt: Int = 0) -> RequestRecord {
        RequestRecord(
            step: 0, attempt: attempt, replica: 1, method: "PATCH", target: "/x", sent: sent,
            received: received,
            status: received == nil ? nil : 200, failure: received == nil ? .timeout : nil,
            outcome: received == nil ? .unknown : .ok)
    }

    private static func operation(
        _ id: Int, client: Int, from begin: Int64, to end: Int64?, _ requests: [RequestRecord]
    ) -> OperationRecord {
        OperationRecord(
            id: id, client: client, name: "rename", phase: .load, values: ["image": "17"], invoked: begin,
            returned: end, outcome: end == nil ? .unknown : .ok, requests: requests)
    }

    private static func trace(
        _ operations: [OperationRecord], statements: [StatementRecord] = [], limit: Int = 100,
        change: (inout RunMaterial) -> Void = { _ in }
    ) throws -> TraceReading {
        let header = HistoryHeader(scenario: "s", seed: 1, replicas: 2, clients: 4, started: "")
        var history = History(header: header, operations: operations)
        history.statements = statements
        var material = RunMaterial(report: Fixtures.report, history: history)
        change(&material)
        return try TraceReading(TraceReport(material, operationLimit: limit).text)
    }

    @Test func clientsConnectionsWaitsFaultsAndTroublesAreOnTracksOfTheirNames() throws {
        let operation = Self.operation(7, client: 3, from: 1_000, to: 9_001, [Self.request(1_500, 9_000)])
        let statements = [
            StatementRecord(
                replica: 1, backend: 41, operation: 7, statement: "UPDATE\n images", sent: 2_000,
                answered: 4_000, rows: 1),
            StatementRecord(replica: 0, backend: 42, statement: "SELECT 1", sent: 2_500, answered: 3_000),
        ]
        let read = try Self.trace([operation], statements: statements) { material in
            material.history?.faults = [FaultRecord(kind: .pause, target: .replica(1), start: 3_000)]
            material.history?.troubles = [Trouble(.replicaDied, time: 5_000, replica: 1, message: "it ended")]
            let state = BackendState(backend: 41, state: "active", statement: "UPDATE images")
            material.observations.waits = [
                LockWait(time: 2_100, end: 3_900, waiter: state, holders: [state], lock: "row of images")
            ]
            material.observations.errors = [
                ServerError(
                    time: 3_950, backend: 41, code: "40P01")
            ]
        }
        #expect(read.problems.isEmpty, "\(read.problems)")
        #expect(
            Set(read.slices) == [
                .init(track: "clients/client 3", name: "rename #1", begin: 1000, end: 9001),
                .init(track: "clients/client 3", name: "PATCH /x", begin: 1500, end: 9000),
                .init(track: "replica 1/connection 41", name: "UPDATE images", begin: 2000, end: 4000),
                .init(track: "replica 0/connection 42", name: "SELECT 1", begin: 2500, end: 3000),
                .init(
                    track: "database/lock waits of connection 41", name: "waits for row of images",
                    begin: 2100,
                    end: 3900),
                .init(
                    track: "faults and troubles/replica 1", name: "pause replica 1", begin: 3000, end: 9001),
            ])
        #expect(
            read.moments.map(\.track) == ["database/errors", "faults and troubles/troubles"]
                && read.moments.map(\.name) == ["deadlock", "replica-died"])
        // The statement that is certain to be the operation's is led to from its request.
        #expect(read.arrows.count == 1)
        #expect(read.arrows.first?.from.name == "PATCH /x" && read.arrows.first?.to.name == "UPDATE images")
    }

    /// A request without an answer ends where the next attempt begins, an operation without an end where the
    /// run does.
    @Test func whatHasNoKnownEndIsCutWhereTheTrackGoesOn() throws {
        let lost = Self.operation(
            1, client: 0, from: 0, to: nil, [Self.request(0, nil), Self.request(4_000, nil, attempt: 1)])
        let next = Self.operation(2, client: 0, from: 5_000, to: 8_000, [Self.request(5_000, 8_000)])
        let read = try Self.trace([lost, next])
        #expect(read.problems.isEmpty, "\(read.problems)")
        #expect(
            Set(read.slices) == [
                .init(track: "clients/client 0", name: "rename", begin: 0, end: 8000),
                .init(track: "clients/client 0", name: "PATCH /x", begin: 0, end: 4000),
                .init(track: "clients/client 0", name: "PATCH /x", begin: 4000, end: 8000),
                .init(track: "clients/client 0 (2)", name: "rename", begin: 5000, end: 8000),
                .init(track: "clients/client 0 (2)", name: "PATCH /x", begin: 5000, end: 8000),
            ])
    }

    /// Statements of one connection may overlap, as in a pipeline; a viewer would nest them.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func whatOverlapsNeverSharesATrackAndEverythingIsInOrder(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        func moment() -> Int64 { Int64.random(in: 0...40, using: &generator) }
        func span() -> (Int64, Int64?) {
            let (one, two) = (moment(), moment())
            return (min(one, two), Bool.random(using: &generator) ? max(one, two) : nil)
        }
        let operations = (0..<12).map { id in
            let (begin, end) = span()
            return Self.operation(id, client: id % 4, from: begin, to: end, [Self.request(begin, end)])
        }.sorted { $0.invoked < $1.invoked }
        let statements = (0..<30).map { index in
            let (begin, end) = span()
            return StatementRecord(
                replica: 1, backend: index % 3, operation: index % 12, statement: "S", sent: begin,
                answered: end)
        }
        let read = try Self.trace(operations, statements: statements)
        #expect(read.problems.isEmpty, "seed \(seed): \(read.problems)")
        #expect(read.slices.count == 2 * operations.count + statements.count)
    }

    @Test func aLongRunIsCutAndSaysSo() throws {
        let operations = (0..<10).map { index in
            let begin = Int64(index) * 1_000
            return Self.operation(index, client: 0, from: begin, to: begin + 500, [])
        }
        let late = StatementRecord(replica: 0, backend: 1000, statement: "LATE", sent: 9_000, answered: 9_100)
        let read = try Self.trace(operations, statements: [late], limit: 4)
        #expect(read.slices.count == 4 && !read.slices.contains { $0.name == "LATE" })
        let about = TraceReading.member("otherData", of: read.document) ?? .null
        #expect(TraceReading.member("left_out", of: about) == "the last 6 operations")
    }

    @Test func aRunWithoutAHistoryIsAnEmptyTrace() throws {
        let read = try TraceReading(TraceReport(RunMaterial(report: Fixtures.report, history: nil)).text)
        #expect(read.problems.isEmpty && read.slices.isEmpty)
    }
}
