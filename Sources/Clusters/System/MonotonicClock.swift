// The monotonic clock that deadlines are counted on.

import CPlatform

/// Milliseconds of the monotonic clock; only differences mean anything.
func monotonicMilliseconds() -> Int64 { Int64(contend_monotonic_milliseconds()) }
