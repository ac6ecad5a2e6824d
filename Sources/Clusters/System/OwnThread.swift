// Blocking calls and uncancellable waits, kept off the cooperative thread pool.

import Dispatch
import Foundation

/// Runs a blocking body on a thread of its own, so that libpq and plain sockets never starve the cooperative
/// pool.
func onOwnThread<Success: Sendable>(
    _ body: @escaping @Sendable () throws(ClusterError) -> Success
) async throws(ClusterError) -> Success {
    let result = await withCheckedContinuation {
        (continuation: CheckedContinuation<Result<Success, ClusterError>, Never>) in
        Thread.detachNewThread {
            do throws(ClusterError) {
                continuation.resume(returning: .success(try body()))
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
    }
    return try result.get()
}

/// Waits whether or not the task is cancelled: healing and clean-up happen in cancelled tasks, where
/// `Task.sleep` returns at once.
func rest(milliseconds: Int) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
            continuation.resume()
        }
    }
}
