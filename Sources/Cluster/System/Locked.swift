// State shared between a dedicated thread and asynchronous code, behind a pthread lock.

import Foundation

/// A value that is only touched while its lock is held.
///
/// `NSLock` instead of `Synchronization.Mutex`, which the thread sanitizer of this toolchain reports falsely.
/// `@unchecked`: every access goes through `withLock`.
final class Locked<State>: @unchecked Sendable {
    private let lock = NSLock()
    private var state: State

    init(_ state: sending State) { self.state = state }

    func withLock<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&state)
    }
}
