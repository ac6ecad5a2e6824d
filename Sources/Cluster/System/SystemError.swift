// What the operating system said, and the monotonic clock that deadlines are counted on.

import CPlatform
import Foundation
import Glibc

/// The text of an errno.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }

/// Why a file could not be read, written or removed, in the system's words.
func systemReason(of error: any Error) -> String {
    let posix = (error as? CocoaError)?.underlying as? POSIXError ?? error as? POSIXError
    return posix.map { systemMessage($0.code.rawValue) } ?? "the system did not say why"
}

/// Milliseconds of the monotonic clock; only differences mean anything.
func monotonicMilliseconds() -> Int64 { Int64(contend_monotonic_milliseconds()) }

extension Duration {
    /// Whole milliseconds, never negative.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
