// The supervisors of this process, by their numbers: what else it is the parent of came to it as an orphan.

import Core
import Glibc

/// Children belong to the process as a whole, and so does this record of them.
enum LivingSupervisors {
    private static let pids = Locked<Set<Int32>>([])

    static func start(_ spawn: ProcessSpawn) -> Result<Int32, SpawnError> {
        // Under the lock, so that nobody takes the new child for an orphan.
        pids.withLock { pids in
            let result = spawn.start()
            if case .success(let pid) = result { pids.insert(pid) }
            return result
        }
    }

    static func contains(_ pid: Int32) -> Bool { pids.withLock { $0.contains(pid) } }

    /// Only while it has not been collected, so that its number is surely its own.
    static func kill(_ pid: Int32) {
        pids.withLock { if $0.contains(pid) { _ = Glibc.kill(pid, Signal.kill) } }
    }

    /// Waits for its end.
    ///
    /// It has closed its replies; one that goes on all the same after some seconds is ended.
    static func collect(_ pid: Int32) {
        let deadline = monotonicMilliseconds() + 5_000
        var status: Int32 = 0
        while true {
            let found = waitpid(pid, &status, WNOHANG)
            if found == pid || (found < 0 && errno != EINTR) { break }
            if monotonicMilliseconds() > deadline { kill(pid) }
            usleep(1_000)
        }
        pids.withLock { _ = $0.remove(pid) }
    }
}
