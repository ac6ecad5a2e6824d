// The one monotonic clock of a run: nanoseconds since its origin.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct RunClock: Sendable {
    private let origin: Int64

    init() { origin = Self.reading() }

    /// Nanoseconds since the clock was made.
    func now() -> Int64 { Self.reading() - origin }

    /// `clock_gettime` itself: it is read twice for each request, and stays in the vDSO.
    private static func reading() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
