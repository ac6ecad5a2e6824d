// A file to which lines are appended as things happen, so that they survive the end of contend.

import Core
import Glibc

/// An append-only file of lines; a disk that is full is remembered, and ends nothing.
///
/// Nothing is appended behind a line that could not be completed: a torn line is always the last.
public final class AppendedFile: Sendable {
    private let path: String
    private let calls: SystemCalls
    private let descriptor: CInt?
    private let failure = Locked<String?>(nil)

    public convenience init(_ path: String) { self.init(path, calls: SystemCalls()) }

    init(_ path: String, calls: SystemCalls) {
        self.path = path
        self.calls = calls
        do throws(HistoryError) {
            descriptor = try calls.open(path, O_WRONLY | O_CREAT | O_APPEND)
        } catch {
            descriptor = nil
            failure.withLock { $0 = error.message }
        }
    }

    deinit { if let descriptor { calls.close(descriptor) } }

    /// Why something is missing in it, if something is.
    public var failureReason: String? { failure.withLock { $0 } }

    /// Appends all of `text`, which ends with a newline, or remembers that it could not.
    public func append(_ text: String) {
        guard let descriptor else { return }
        let bytes = Array(text.utf8)
        failure.withLock { failure in
            guard failure == nil else { return }
            do {
                try bytes.withUnsafeBytes { try calls.write(descriptor, path, $0) }
            } catch {
                failure = (error as? HistoryError)?.message ?? "\(error)"
            }
        }
    }
}
