// Knows whether the run's database is still there, and tells once when it is not: from the end of a server
// that contend started, from a monitor that lost its connection, and from a look at the end of the load.

import Core
import Histories

/// The database of one run while the run lasts.
final class DatabaseGuard: Sendable {
    private struct State {
        var database: (any DatabaseEngine)?
        /// What the server said of itself at the begin: another answer later is another server.
        var identity: String?
        var isOver = false
    }

    private let state = Locked(State())
    /// As people call the database.
    private let name: String
    private let onEvent: @Sendable (ClusterEvent) -> Void

    init(name: String, onEvent: @escaping @Sendable (ClusterEvent) -> Void) {
        self.name = name
        self.onEvent = onEvent
    }

    /// From now on the database should be there.
    func begin(_ database: any DatabaseEngine) async {
        let identity = try? await onOwnThread { database.identity() }
        state.withLock { state in
            state.database = database
            state.identity = identity ?? nil
        }
    }

    /// Whatever ends from now on, contend ends it.
    func end() { state.withLock { $0.isOver = true } }

    /// Whether this process is the server of the run.
    func watches(key: Int) -> Bool {
        state.withLock { $0.database?.processes.contains { $0.key == key } ?? false }
    }

    /// A process of the supervisor ended; called on its reading thread.
    func ended(key: Int, _ end: ProcessEnd) {
        if watches(key: key) { tell("the \(name) server of this run \(end)") }
    }

    /// Looks whether the database is there; blocking, on a thread of its own.
    func look() {
        let (database, identity) = state.withLock { ($0.isOver ? nil : $0.database, $0.identity) }
        if let sentence = database?.absence(since: identity) { tell(sentence) }
    }

    private func tell(_ text: String) {
        let since = state.withLock { state -> Int64?? in
            guard !state.isOver else { return .none }
            state.isOver = true
            return .some(state.database?.lastAnswer)
        }
        guard let since else { return }
        onEvent(.trouble(ClusterTrouble(.databaseDied, since: since, text)))
    }
}
