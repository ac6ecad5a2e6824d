// What watches a database while the clients are at work, whichever it is.

import Glibc
import Histories

/// The monitor of one run's database.
protocol DatabaseMonitor: Sendable {
    /// Whether completing the record may take some seconds.
    var asksServer: Bool { get }
    /// Records what it sees until `isOver`; blocking, on a thread of its own.
    func watch(until isOver: () -> Bool)
    /// Records what is only read when all is over; what is missing in it is returned, a sentence each.
    func complete() -> [String]
}

/// What a monitor needs of the run around it.
struct MonitorTarget: Sendable {
    var runDirectory: String
    var replicas: Int
    /// Process group of each replica, as it is now.
    var groups: @Sendable () -> [Int: Int32]
    var file: MonitorFile
    /// Nanoseconds since the run's origin.
    var now: @Sendable () -> Int64
    var warn: @Sendable (String) -> Void
    /// Called when the database no longer answers, on the monitor's thread.
    var lost: @Sendable () -> Void
}

extension MonitorTarget {
    /// So often in one load a monitor connects again after a loss, with a pause between.
    private static let reconnectLimit = 50
    private static let reconnectPauseMilliseconds = 200

    /// Watches in sessions, the next one after the loss of the one before; a loss is told and recorded once.
    ///
    /// `session` lasts until `isOver`, and sets what it is given to `false` once it watches again.
    func watch(until isOver: () -> Bool, session: (inout Bool) throws(ClusterError) -> Void) {
        var isLost = false
        for _ in 0...Self.reconnectLimit {
            do throws(ClusterError) {
                return try session(&isLost)
            } catch {
                if !isLost {
                    isLost = true
                    file.append([.lost(MonitorLoss(time: now(), message: error.message))])
                    lost()
                }
            }
            if isOver() { return }
            usleep(UInt32(Self.reconnectPauseMilliseconds * 1_000))
        }
    }
}
