// Processor time of a cluster's processes, read from /proc: two readings make what was used between them.

import Glibc

/// Processor seconds, user and system.
public struct CPUUse: Sendable, Hashable {
    /// Of all replicas; `nil` where contend started none, or one is not the process it was.
    public var service: Double?
    /// Of the database servers and all their processes but the monitor's; `nil` where contend started none.
    public var database: Double?

    public init(service: Double? = nil, database: Double? = nil) {
        self.service = service
        self.database = database
    }
}

/// How much processor time service and database have used since they began.
///
/// A process that has ended counts in the children's time of the one that waited for it: a backend of the
/// database in its server's, a worker in its replica's. Nothing is lost between two readings but what a
/// replica leaves behind that nobody in its process group waits for.
public struct CPUClock: Sendable, Hashable {
    struct Reading: Sendable, Hashable {
        /// The first process of a replica or server.
        var process: ProcessIdentity
        var ticks: UInt64
    }

    /// By index; nothing for one that contend did not start, or that is down.
    var replicas: [Reading?]
    /// Of each server that contend started.
    var database: [Reading?]

    /// What was used since an earlier reading.
    public func seconds(since earlier: CPUClock) -> CPUUse {
        CPUUse(
            service: Self.seconds(from: earlier.replicas, to: replicas),
            database: Self.seconds(from: earlier.database, to: database))
    }

    /// `nil` of none, and where one is not the process that it was.
    private static func seconds(from then: [Reading?], to now: [Reading?]) -> Double? {
        var sum: Double? = now.isEmpty ? nil : 0
        for (index, now) in now.enumerated() {
            let used = seconds(from: then.indices.contains(index) ? then[index] : nil, to: now)
            sum = used.flatMap { used in sum.map { $0 + used } }
        }
        return sum
    }

    private static func seconds(from then: Reading?, to now: Reading?) -> Double? {
        guard let then, let now, then.process == now.process, now.ticks >= then.ticks else { return nil }
        return Double(now.ticks - then.ticks) / ticksPerSecond
    }

    private static let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
}
