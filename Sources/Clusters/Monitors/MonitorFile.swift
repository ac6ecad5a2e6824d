// `monitor.jsonl`, appended to as things are seen, so that it survives the end of contend.

import Core
import Histories

/// An append-only file of observations; a full disk is remembered and ends nothing.
final class MonitorFile: Sendable {
    private let file: AppendedFile
    private let redactor: Redactor

    init(_ path: String, redactor: Redactor) {
        file = AppendedFile(path)
        self.redactor = redactor
    }

    /// Why something is missing in it, if something is.
    var failureReason: String? { file.failureReason }

    func append(_ lines: [ObservationLine]) {
        guard !lines.isEmpty else { return }
        file.append(redactor.redact(lines.map(\.text).joined()))
    }
}
