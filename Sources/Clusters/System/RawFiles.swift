// What stands in a run directory as programs wrote it: redacted once they have ended, and marked until then.

import Core
import Foundation
import Glibc
import Scenarios

/// The logs and rendered files of one run that has secrets.
struct RawFiles: Sendable {
    let directory: String
    private let redactor: Redactor
    /// Files rendered for replicas.
    private let rendered = Locked<Set<String>>([])

    /// Stands in the run directory as long as something in it may hold secrets.
    static let marker = "UNREDACTED.txt"
    /// Each process that contend starts has a folder in one of these.
    private static let foldersOfProcesses = ["replicas", "companions"]
    /// A longer file is not redacted, but named.
    static let limitBytes = 1 << 30

    init(in directory: String, _ redactor: Redactor) {
        self.directory = directory
        self.redactor = redactor
    }

    /// A file with secrets filled in is about to be written.
    func add(_ path: String) { rendered.withLock { _ = $0.insert(path) } }

    /// Marks the directory, before anything raw is in it.
    func begin() throws(ClusterError) {
        try RunContext.write(
            """
            Do not publish this folder. The logs of this run, and the files that were written for its
            replicas, may hold secrets: they are redacted when the run ends, and this run has not ended,
            or was killed. verdict.json, history.jsonl, monitor.jsonl, events.log, scenario.yaml, run.json
            and report.html hold none: they are redacted as they are written.

            """, to: directory + "/" + Self.marker)
    }

    /// Redacts all that contend had written raw, after every process has ended; what could not be, a
    /// sentence each.
    func redact() -> [String] {
        var problems: [String] = []
        for path in paths() {
            if let problem = redact(path) { problems.append(problem) }
        }
        do throws(ClusterError) {
            try mark(problems)
        } catch {
            problems.append(error.message)
        }
        return problems
    }

    private func paths() -> [String] {
        let below = directory + "/"
        var paths = rendered.withLock { $0.filter { $0.hasPrefix(below) } }
        for name in names(in: directory) where name.hasSuffix(".log") && name != "events.log" {
            paths.insert(below + name)
        }
        // Those of a cluster's servers are in folders of their own.
        for name in (try? FileManager.default.subpathsOfDirectory(atPath: below + "database")) ?? []
        where [".log", ".json", ".csv"].contains(where: name.hasSuffix) {
            paths.insert(below + "database/" + name)
        }
        for folder in Self.foldersOfProcesses {
            for name in names(in: below + folder) { paths.insert(below + "\(folder)/\(name)/output.log") }
        }
        return paths.sorted()
    }

    private func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    /// Says what is left: files that services or the database wrote themselves.
    private func mark(_ problems: [String]) throws(ClusterError) {
        let known = Set(paths())
        let below = directory + "/"
        var left: [String] = []
        for folder in Self.foldersOfProcesses + ["database"] {
            for name in (try? FileManager.default.subpathsOfDirectory(atPath: below + folder)) ?? [] {
                let path = below + folder + "/" + name
                var details = stat()
                guard lstat(path, &details) == 0, details.st_mode & S_IFMT == S_IFREG else { continue }
                if !known.contains(path) { left.append(folder + "/" + name) }
            }
        }
        guard !left.isEmpty || !problems.isEmpty else {
            unlink(below + Self.marker)
            return
        }
        let shown = left.sorted().prefix(100).map { "  " + $0 }
        try RunContext.write(
            ([
                "Do not publish these files of the run: the service or its database wrote them, and they may hold",
                "secrets. All that contend wrote is redacted.",
            ] + shown + problems).joined(separator: "\n") + "\n",
            to: below + Self.marker)
    }

    // MARK: - One file

    private func redact(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            return errno == ENOENT ? nil : "\(path) is not redacted: \(systemMessage(errno))"
        }
        defer { close(descriptor) }
        var details = stat()
        guard fstat(descriptor, &details) == 0, details.st_mode & S_IFMT == S_IFREG else { return nil }
        guard details.st_size <= Self.limitBytes else {
            return "\(path) is not redacted: it is longer than \(Self.limitBytes >> 30) GiB"
        }
        // Most files hold nothing: they are read once and stay as they are.
        guard copy(descriptor, nil) != .unchanged else { return nil }
        let fresh = path + ".redacted"
        let target = open(
            fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, details.st_mode & 0o777)
        guard target >= 0 else { return "\(path) is not redacted: \(systemMessage(errno))" }
        let outcome = copy(descriptor, target)
        let code = errno
        close(target)
        guard outcome == .changed, rename(fresh, path) == 0 else {
            unlink(fresh)
            return "\(path) is not redacted: \(systemMessage(code))"
        }
        return nil
    }

    private enum Outcome { case unchanged, changed, failed }

    /// Passes the file through the redactor, piece by piece.
    private func copy(_ source: Int32, _ target: Int32?) -> Outcome {
        guard lseek(source, 0, SEEK_SET) == 0 else { return .failed }
        var pending: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        var outcome = Outcome.unchanged
        while true {
            let count = read(source, &bytes, bytes.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return .failed }
            pending += bytes[..<count]
            let (text, consumed) = redactor.redact(pending, isLast: count == 0)
            if text != nil { outcome = .changed }
            if let target {
                let code = writeWhole(text ?? Array(pending[..<consumed]), to: target)
                guard code == 0 else {
                    errno = code
                    return .failed
                }
            } else if outcome == .changed {
                return .changed
            }
            pending.removeFirst(consumed)
            if count == 0 { return outcome }
        }
    }
}
