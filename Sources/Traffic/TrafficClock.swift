// The time of a load, passed in: what its instants are measured by, and how an event loop waits for one.

import NIOCore

/// Nanoseconds since the run's origin, on the monotonic clock.
public struct TrafficClock: Sendable {
    /// Runs the task on the event loop once the instant has come; gives what cancels it.
    typealias Alarm =
        @Sendable (Int64, any EventLoop, @escaping @Sendable () -> Void) -> @Sendable () -> Void

    /// Called on every event loop.
    let now: @Sendable () -> Int64
    /// In place of the event loops' own timers, for tests that move the time.
    var alarm: Alarm?

    /// The run's origin on the wall clock, since 1970 in UTC: for `${{ now }}` only.
    let unixOriginNanoseconds: Int64

    public init(unixOriginNanoseconds: Int64 = 0, now: @escaping @Sendable () -> Int64) {
        self.unixOriginNanoseconds = unixOriginNanoseconds
        self.now = now
    }

    /// Runs the task on the event loop at the instant, or at once if it has passed.
    ///
    /// Generic as the event loop's own method is, so that the task is not wrapped once more.
    @discardableResult
    func schedule<Result: Sendable>(
        at instant: Int64, on eventLoop: any EventLoop, _ task: @escaping @Sendable () throws -> Result
    ) -> Scheduled<Result> {
        guard let alarm else {
            return eventLoop.scheduleTask(in: .nanoseconds(max(0, instant - now())), task)
        }
        let promise = eventLoop.makePromise(of: Result.self)
        let cancel = alarm(instant, eventLoop) { promise.completeWith(Swift.Result { try task() }) }
        return Scheduled(promise: promise, cancellationTask: cancel)
    }
}
