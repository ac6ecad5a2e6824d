// A database that lets something else happen just before one statement.

import Foundation
import Synchronization
import Testing

@testable import ImageService

/// A database with one interruption, before the first statement that begins with a text; `BEGIN` and `COMMIT`
/// are such texts.
///
/// A statement without a transaction gets one, so that it can be interrupted before its COMMIT.
final class InterruptedDatabase: SQLDatabase {
    let dialect: SQLDialect
    private let base: any SQLDatabase
    private let place: String
    private let meanwhile: @Sendable () async throws -> Void
    private let interrupted = Mutex(false)

    init(
        _ base: any SQLDatabase, at place: String, meanwhile: @escaping @Sendable () async throws -> Void
    ) {
        self.dialect = base.dialect
        self.base = base
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
        if isHere("BEGIN") { try await meanwhile() }
        return try await base.transaction(isolation == .autocommit ? .plain : isolation) { session in
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

    /// Once.
    private func isHere(_ sql: String) -> Bool {
        interrupted.withLock { interrupted in
            defer { interrupted = interrupted || sql.hasPrefix(place) }
            return !interrupted && sql.hasPrefix(place)
        }
    }

    /// Blocks the thread of the connection, which waits for nothing else.
    private func interrupt(_ sql: String) {
        guard isHere(sql) else { return }
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
