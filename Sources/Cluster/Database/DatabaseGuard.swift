// Knows whether the run's database is still there, and tells once when it is not: from the end of a server
// that contend started, from a monitor that lost its connection, and from a look at the end of the load.

import CLibpq
import Core
import Foundation
import Glibc
import History

/// The database of one run while the run lasts.
final class DatabaseGuard: Sendable {
    private struct State {
        var database: RunDatabase?
        /// When the server started, in its own words: another answer later is another server.
        var startTime: String?
        var isOver = false
    }

    private let state = Locked(State())
    private let onEvent: @Sendable (ClusterEvent) -> Void

    /// So often a server is asked that does not answer, with a pause between.
    static let askLimit = 4
    static let askPauseMilliseconds: Int64 = 400

    init(onEvent: @escaping @Sendable (ClusterEvent) -> Void) { self.onEvent = onEvent }

    /// From now on the database should be there.
    func begin(_ database: RunDatabase) async {
        let url = database.watched?.url
        let time = try? await onOwnThread { url.flatMap(Self.startTime) }
        state.withLock { state in
            state.database = database
            state.startTime = time ?? nil
        }
    }

    /// Whatever ends from now on, contend ends it.
    func end() { state.withLock { $0.isOver = true } }

    /// Whether this process is the server of the run.
    func watches(key: Int) -> Bool { state.withLock { $0.database?.process?.key == key } }

    /// A process of the supervisor ended; called on its reading thread.
    func ended(key: Int, _ end: ProcessEnd) {
        guard state.withLock({ $0.database?.process?.key == key }) else { return }
        tell("the PostgreSQL server of this run \(end)")
    }

    /// What SQLite's files hold together; `nil` without any.
    var fileBytes: Int? {
        guard let path = state.withLock({ $0.database?.path }) else { return nil }
        let sizes = ["", "-wal", "-journal"].compactMap { suffix -> Int? in
            var details = stat()
            return stat(path + suffix, &details) == 0 ? Int(details.st_size) : nil
        }
        return sizes.isEmpty ? nil : sizes.reduce(0, +)
    }

    /// Looks whether the database is there; returns when that is known.
    func check() async {
        guard let database = state.withLock({ $0.isOver ? nil : $0.database }) else { return }
        if let path = database.path, access(path, F_OK) != 0, errno == ENOENT {
            return tell("the SQLite file \(path) was removed during the load")
        }
        guard let watched = database.watched else { return }
        _ = try? await onOwnThread { self.ask(watched) }
    }

    /// Blocking, on a thread of its own.
    func ask(_ watched: WatchedServer) {
        for attempt in 1...Self.askLimit {
            switch PostgresConnection.ping(watched.url) {
            case PQPING_OK:
                let before = state.withLock { $0.startTime }
                guard let before, let now = Self.startTime(watched.url), now != before else { return }
                return tell("the database server was started anew during the load, at \(now)")
            case PQPING_NO_ATTEMPT: return
            // Refused, or it is starting or stopping.
            default: if attempt < Self.askLimit { usleep(UInt32(Self.askPauseMilliseconds * 1_000)) }
            }
        }
        tell("the database server cannot be reached any more")
    }

    private static func startTime(_ url: String) -> String? {
        guard let connection = try? PostgresConnection(url, connectTimeoutSeconds: 2) else { return nil }
        defer { connection.close() }
        return (try? connection.run("SELECT pg_postmaster_start_time()::text"))?.first?.first ?? nil
    }

    private func tell(_ text: String) {
        let since = state.withLock { state -> Int64?? in
            guard !state.isOver else { return .none }
            state.isOver = true
            return .some(state.database?.watched?.lastAnswer.withLock { $0 })
        }
        guard let since else { return }
        onEvent(.trouble(ClusterTrouble(.databaseDied, since: since, text)))
    }
}
