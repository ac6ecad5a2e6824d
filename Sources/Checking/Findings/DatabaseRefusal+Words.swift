// The sentences that name the engine whose refusals they explain; judging itself knows none.

import Histories

extension DatabaseRefusal {
    /// What it means for an answer, without its full stop.
    var remark: String {
        switch self {
        case .staleSnapshot: "SQLite's snapshot was stale (517): only a rollback and a new start help"
        case .upgradeDeadlock: "SQLite refused an upgrade to writing at once (5 after about 0 ms)"
        case .contention: "SQLite's lock was not free within the busy timeout (5)"
        }
    }
}

enum UpgradeDeadlockWords {
    static let name = "SQLite's upgrade deadlock"
    static let reason =
        "Each had read and wanted to write (SQLITE_BUSY, 5, after about 0 ms) while another transaction "
        + "wrote: that one waits for readers to end, so SQLite refuses at once."
    static let cure = "BEGIN IMMEDIATE takes the write lock first and is the usual cure."
}
