// The thread that decides which statement goes on: it waits for events without the cost of a task, and asks
// the database about locks, which blocks.

import Clusters
import Core
import DatabaseProxy
import Dispatch
import Exploration
import Foundation

/// What happens in a trial, from any thread to the one that decides.
final class TrialMailbox: Sendable {
    private let events = Locked<[TrialScheduler.Event]>([])
    private let arrived = DispatchSemaphore(value: 0)
    private let footprints: (any FootprintReader)?
    private let redactor: Redactor

    init(_ footprints: (any FootprintReader)?, _ redactor: Redactor) {
        self.footprints = footprints
        self.redactor = redactor
    }

    func post(_ event: TrialScheduler.Event) {
        events.withLock { $0.append(event) }
        arrived.signal()
    }

    /// Of the proxy, whose replicas are the requests.
    func post(_ event: ControlEvent) {
        switch event {
        case .held(let statement):
            var turn = Turn(statement, footprints?.footprint(of: statement))
            // As it is recorded: a replay compares it with a record.
            turn.statement = redactor.redact(turn.statement)
            post(.held(turn, connection: statement.connection))
        case .lost(let connection, replica: _): post(.lost(connection: connection))
        }
    }

    var isEmpty: Bool { events.withLock(\.isEmpty) }

    /// The next event, or `nil` if none comes in time.
    func next(withinMicroseconds microseconds: Int) -> TrialScheduler.Event? {
        guard arrived.wait(timeout: .now() + .microseconds(microseconds)) == .success else { return nil }
        return events.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}

/// Runs one trial after the other on a thread of its own.
final class ScheduleThread: Sendable {
    /// A request that is silent for so long, and waits for no lock, is waited for no more.
    static let stuckNanoseconds: Int64 = 2_000_000_000
    /// A trial that takes longer is waited for no more.
    static let trialNanoseconds: Int64 = 20_000_000_000
    /// From the last event to the first look at the locks, and between two looks.
    static let firstLookMicroseconds = 300
    static let lookMicroseconds = 1_000

    private struct Job: Sendable {
        var scheduler: TrialScheduler
        var mailbox: TrialMailbox
        /// Told when a request has begun or ended to wait, at the next look.
        var wait: @Sendable (_ request: Int, _ waits: Bool) -> Void
        var done: CheckedContinuation<Result<TrialScheduler, ClusterError>, Never>
    }

    private let jobs = Locked<[Job?]>([])
    private let arrived = DispatchSemaphore(value: 0)

    /// `probe` is called on the thread, before the first trial.
    init(
        release: @escaping @Sendable (_ connection: Int) -> Void,
        now: @escaping @Sendable () -> Int64,
        probe: @escaping @Sendable () throws(ClusterError) -> any LockProbe
    ) {
        Thread.detachNewThread { [self] in
            let probe = Result { () throws(ClusterError) in try probe() }
            while let job = nextJob() {
                job.done.resume(
                    returning: Result { () throws(ClusterError) in
                        var scheduler = job.scheduler
                        try Self.run(&scheduler, job, try probe.get(), release, now)
                        return scheduler
                    })
            }
            try? probe.get().close()
        }
    }

    /// Follows a trial to its end.
    ///
    /// - Parameter wait: told at each look which requests have begun or ended to wait; in the end none does.
    func run(
        _ scheduler: TrialScheduler, _ mailbox: TrialMailbox,
        wait: @escaping @Sendable (_ request: Int, _ waits: Bool) -> Void
    ) async throws(ClusterError) -> TrialScheduler {
        let result = await withCheckedContinuation { done in
            put(Job(scheduler: scheduler, mailbox: mailbox, wait: wait, done: done))
        }
        return try result.get()
    }

    /// The thread ends after the trial that it is at.
    func end() { put(nil) }

    private func put(_ job: Job?) {
        jobs.withLock { $0.append(job) }
        arrived.signal()
    }

    private func nextJob() -> Job? {
        arrived.wait()
        return jobs.withLock { $0.removeFirst() }
    }

    private static func run(
        _ scheduler: inout TrialScheduler, _ job: Job, _ probe: any LockProbe,
        _ release: (Int) -> Void, _ now: () -> Int64
    ) throws(ClusterError) {
        let mailbox = job.mailbox
        var waiting: Set<Int> = []
        defer { for request in waiting { job.wait(request, false) } }
        let began = now()
        var lastEvent = began
        var patience = firstLookMicroseconds
        while scheduler.ending == nil {
            guard now() - began < trialNanoseconds else { return scheduler.giveUp() }
            var event = mailbox.next(withinMicroseconds: patience)
            if event == nil {
                guard now() - lastEvent < stuckNanoseconds else { return scheduler.giveUp() }
                patience = lookMicroseconds
                // Not at each event: waking the clients' loops costs more than the time that it is about.
                let wait = scheduler.waiting
                for request in wait.symmetricDifference(waiting) {
                    job.wait(request, wait.contains(request))
                }
                waiting = wait
                guard scheduler.wantsWaits else { continue }
                let waits = try probe.waits()
                // What has happened meanwhile is newer than what was seen.
                event = mailbox.isEmpty ? .waits(waits.holders, circle: waits.circle) : nil
            } else {
                lastEvent = now()
                patience = firstLookMicroseconds
            }
            guard let event else { continue }
            for case .release(let connection) in scheduler.receive(event) {
                lastEvent = now()
                patience = firstLookMicroseconds
                release(connection)
            }
        }
    }
}
