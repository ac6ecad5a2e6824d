// PostgreSQL's own words for a deadlock, read back: who waits for whom and for what, and each one's
// statement.

/// The DETAIL of an error 40P01.
public struct DeadlockDetail: Hashable, Sendable {
    public struct Party: Hashable, Sendable {
        public var backend: Int
        /// Such as `ShareLock on transaction 741`.
        public var lock: String
        public var holder: Int
        public var statement: String
    }

    public var parties: [Party]

    /// Reads `Process 1 waits for … on …; blocked by process 2.` and `Process 1: STATEMENT`, in
    /// any number; `nil` if a statement or a wait is missing.
    public init?(_ text: String) {
        var waits: [(backend: Int, lock: String, holder: Int)] = []
        var statements: [Int: String] = [:]
        var speaker: Int?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let match = line.wholeMatch(
                of: /Process (\d+) waits for (.+); blocked by process (\d+)\./),
                let backend = Int(match.1), let holder = Int(match.3)
            {
                waits.append((backend, String(match.2), holder))
            } else if let match = line.wholeMatch(of: /Process (\d+): (.*)/), let backend = Int(match.1),
                waits.contains(where: { $0.backend == backend })
            {
                speaker = backend
                statements[backend] = String(match.2)
            } else if let speaker {
                statements[speaker, default: ""] += "\n" + line
            }
        }
        parties = waits.compactMap { wait in
            statements[wait.backend].map {
                Party(backend: wait.backend, lock: wait.lock, holder: wait.holder, statement: $0)
            }
        }
        guard parties.count == waits.count, parties.count > 1 else { return nil }
    }
}
