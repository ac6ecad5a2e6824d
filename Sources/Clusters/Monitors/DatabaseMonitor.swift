// What watches a database while the clients are at work, whichever it is.

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
