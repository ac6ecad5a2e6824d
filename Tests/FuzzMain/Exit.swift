// What happens when the fuzzer ends by itself.

import Foundation

/// Set once, before the process can end.
nonisolated(unsafe) private var scratchPath: String?

/// Removes the folder when the process exits; one that crashes leaves it for the next clean-up of memory.
func atexitRemoving(_ path: String) {
    scratchPath = path
    atexit {
        if let scratchPath { try? FileManager.default.removeItem(atPath: scratchPath) }
    }
}
