// The races that stress seldom finds, each made to happen: other requests run just before one statement of a
// first one. The planted guard breaks its promise, the cure keeps it.

import Foundation
import Synchronization
import Testing

@testable import ImageService

@Suite struct PlantedRaceTests {
    @Test(arguments: Plant.allCases, [DatabaseKind.postgresql, .mariadb])
    fileprivate func thePlantedGuardBreaksItsPromise(_ plant: Plant, on database: DatabaseKind) async throws {
        #expect(try await !plant.isKept(by: plant.planted, on: database, interruptedAt: plant.place))
    }

    /// The cure of write skew by locks lets nobody in between on MariaDB: its test there is the scenario.
    @Test(arguments: Plant.allCases, [DatabaseKind.postgresql, .mariadb])
    fileprivate func theCureKeepsIt(_ plant: Plant, on database: DatabaseKind) async throws {
        if plant == .writeSkew, database == .mariadb { return }
        #expect(try await plant.isKept(by: plant.cure, on: database, interruptedAt: "UPDATE images"))
    }
}

/// A planted guard, the request that it does not protect, and those that come in between.
private enum Plant: CaseIterable, Sendable {
    case narrow, writeSkew, threeParty, singleStatement

    private static let limits = Limits(members: 1, uniqueNames: true)

    var planted: GuardName {
        switch self {
        case .narrow: .narrow
        case .writeSkew: .writeSkew
        case .threeParty: .threeParty
        case .singleStatement: .singleStatement
        }
    }

    var cure: GuardName {
        switch self {
        case .narrow, .threeParty: .versionColumn
        case .writeSkew: .serializable
        case .singleStatement: .compareAndSwap
        }
    }

    /// How the statement begins before which the others run.
    var place: String {
        switch self {
        case .narrow: "SELECT version"
        case .writeSkew, .threeParty: "UPDATE images"
        case .singleStatement: "COMMIT"
        }
    }

    private var first: ChangeRequest {
        switch self {
        case .narrow, .writeSkew: ChangeRequest(Self.rename, to: "a")
        case .threeParty: ChangeRequest(.deactivate, to: "a")
        case .singleStatement: ChangeRequest(.addMember("first"), to: "a")
        }
    }

    private var others: [ChangeRequest] {
        switch self {
        case .narrow: [ChangeRequest(.deactivate, to: "a")]
        case .writeSkew: [ChangeRequest(Self.rename, to: "b")]
        case .threeParty: [ChangeRequest(.deactivate, to: "a"), ChangeRequest(.reactivate, to: "a")]
        case .singleStatement: [ChangeRequest(.addMember("second"), to: "a")]
        }
    }

    private static let rename = Change.patch([.set(.name("wanted"), mustExist: true)])

    /// Whether the promise holds after the race under a guard.
    func isKept(
        by guardName: GuardName, on kind: DatabaseKind, interruptedAt place: String
    ) async throws -> Bool {
        let isMaria = kind == .mariadb
        let url = try await isMaria ? MariaServer.freshURL() : PostgresServer.freshURL()
        let replica = try await ImageRegistry(databaseURL: url, guard: guardName, limits: Self.limits)
        defer { replica.close() }
        for id in ["a", "b"] {
            var image = Image(id: id, project: Caller().project)
            image.name = id
            for change in [
                Change.create(image), .startUpload, .finishUpload(sizeBytes: 1, checksum: "x"),
            ] {
                _ = try await replica.apply(ChangeRequest(change, to: id))
            }
        }
        let database = try InterruptedDatabase(isMaria ? .mariadb : .postgresql, url, at: place) {
            for request in others { _ = try await replica.apply(request) }
        }
        defer { database.close() }
        do {
            _ = try await guardName.make(database, Self.limits).apply(first)
        } catch is Refusal {}
        #expect(database.wasInterrupted)
        return try await holds(in: replica)
    }

    private func holds(in replica: ImageRegistry) async throws -> Bool {
        let image = try await replica.image("a", for: Caller())
        switch self {
        case .narrow: return image.status == .deactivated
        case .writeSkew:
            let filter = ImageFilter(columns: [("name", "wanted")])
            return try await replica.images(filter, for: Caller()).count == 1
        // Created, uploaded in two steps, and three changes of the status.
        case .threeParty: return image.version == 6
        case .singleStatement: return image.members.count == 1
        }
    }
}

/// A server's database with one interruption, before the first statement that begins with a text.
///
/// A statement without a transaction gets one, so that it can be interrupted before its COMMIT.
private final class InterruptedDatabase: SQLDatabase {
    let dialect: SQLDialect
    private let base: ServerDatabase
    private let place: String
    private let meanwhile: @Sendable () async throws -> Void
    private let interrupted = Mutex(false)

    init(
        _ dialect: SQLDialect, _ url: String, at place: String,
        meanwhile: @escaping @Sendable () async throws -> Void
    ) throws {
        self.dialect = dialect
        self.base = try ServerDatabase(dialect, url: url, connections: 1)
        self.place = place
        self.meanwhile = meanwhile
    }

    var wasInterrupted: Bool { interrupted.withLock { $0 } }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        try await base.read { session in try body(self.interrupting(session)) }
    }

    func transaction<T: Sendable>(
        _ isolation: Isolation, _ body: @escaping @Sendable (any SQLSession) throws -> T
    ) async throws -> T {
        try await base.transaction(isolation == .autocommit ? .plain : isolation) { session in
            let result = try body(self.interrupting(session))
            self.interrupt("COMMIT")
            return result
        }
    }

    func readElsewhere<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) throws -> T {
        try base.readElsewhere(body)
    }

    func close() { base.close() }

    private func interrupting(_ session: any SQLSession) -> any SQLSession {
        InterruptedSession(base: session, interrupt: interrupt)
    }

    /// Blocks the thread of the connection, which waits for nothing else.
    private func interrupt(_ sql: String) {
        let isHere = interrupted.withLock { interrupted in
            defer { interrupted = interrupted || sql.hasPrefix(place) }
            return !interrupted && sql.hasPrefix(place)
        }
        guard isHere else { return }
        let done = DispatchSemaphore(value: 0)
        Task { [meanwhile] in
            do {
                try await meanwhile()
            } catch {
                Issue.record(error)
            }
            done.signal()
        }
        if done.wait(timeout: .now() + 10) == .timedOut {
            Issue.record("the others wait for the first request, which waits for them")
        }
    }
}

private struct InterruptedSession: SQLSession {
    let base: any SQLSession
    let interrupt: (String) -> Void
    var dialect: SQLDialect { base.dialect }

    func rows(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        interrupt(sql)
        return try base.rows(sql, parameters)
    }

    func change(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        interrupt(sql)
        return try base.change(sql, parameters)
    }
}
