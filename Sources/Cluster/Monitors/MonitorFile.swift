// `monitor.jsonl`, appended to as things are seen, so that it survives the end of contend.

import Glibc
import History
import Scenario

/// An append-only file of observations; a full disk is remembered and ends nothing.
final class MonitorFile: Sendable {
    private let descriptor: Int32
    private let redactor: Redactor
    private let failed = Locked(false)

    init(_ path: String, redactor: Redactor) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        self.redactor = redactor
        if descriptor < 0 { failed.withLock { $0 = true } }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    var hasFailed: Bool { failed.withLock { $0 } }

    func append(_ lines: [ObservationLine]) {
        guard !lines.isEmpty else { return }
        let bytes = Array(redactor.redact(lines.map(\.text).joined()).utf8)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if written != bytes.count { failed.withLock { $0 = true } }
    }
}
