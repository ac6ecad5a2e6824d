// What the operating system said, and the monotonic clock that deadlines are counted on.

import CPlatform
import Glibc

/// The text of an errno.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }

/// Milliseconds of the monotonic clock; only differences mean anything.
func monotonicMilliseconds() -> Int64 { Int64(contend_monotonic_milliseconds()) }

extension Duration {
    /// Whole milliseconds, never negative.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
