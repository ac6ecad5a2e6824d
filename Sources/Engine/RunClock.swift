// The one monotonic clock of a run: nanoseconds since its origin.

import Glibc

struct RunClock: Sendable {
    private let origin: Int64
    /// When it was made on the wall clock, since 1970 in UTC: to place what others log, never for order.
    let originUnixNanoseconds: Int64

    init() {
        origin = Self.reading()
        originUnixNanoseconds = Self.reading(CLOCK_REALTIME)
    }

    /// Nanoseconds since the clock was made.
    func now() -> Int64 { Self.reading() - origin }

    /// `clock_gettime` itself: it is read twice for each request, and stays in the vDSO.
    private static func reading(_ clock: clockid_t = CLOCK_MONOTONIC) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
