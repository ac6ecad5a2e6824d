// Where a run keeps everything that is needed to understand it later without the machine.

import Core
import FoundationEssentials
import Glibc
public import Histories
import Scenarios

/// `reports/runs/<scenario>/<UTC time>-<seed>/`.
public struct RunDirectory: Sendable, Hashable {
    /// Absolute.
    public let path: String
    /// `<scenario>/<UTC time>-<seed>`, as `contend show` takes it.
    public let name: String
    /// RFC 3339, UTC.
    public let started: String
    private let root: String

    /// Why there is no such directory, where it could not be made.
    private let failure: String?

    public var isMade: Bool { failure == nil }

    /// Runs of one second with one seed at most.
    private static let candidateLimit = 10_000

    /// Makes the directory; a second run in the same second gets `-2`.
    ///
    /// Making it is what claims the name: no two processes ever have the same. `create` tells of a failure.
    public init(out: String, scenario: String, seed: UInt64) {
        let folder = Self.folderName(scenario)
        started = Date().formatted(.iso8601)
        let stamp = started.filter { $0 != "-" && $0 != ":" } + "-\(seed)"
        root = Self.absolute(out)
        try? FileManager.default.createDirectory(
            atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
        var candidate = stamp
        var code: Int32 = 0
        for number in 1...Self.candidateLimit {
            candidate = number == 1 ? stamp : "\(stamp)-\(number)"
            code = mkdir("\(root)/\(folder)/\(candidate)", 0o777) == 0 ? 0 : errno
            if code != EEXIST { break }
        }
        failure = code == 0 ? nil : systemMessage(code)
        name = "\(folder)/\(candidate)"
        path = "\(root)/\(name)"
    }

    public static let monitorFile = "monitor.jsonl"

    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Links `latest` to it, or says why it is not there.
    public func create() throws(RunError) {
        if let failure {
            throw RunError(
                .notRun, "cannot make the run directory \(path) (\(failure)): choose another with --out")
        }
        link(name, at: "\(root)/latest")
        if let last = name.split(separator: "/").last {
            link(String(last), at: "\(root)/\(name.prefix { $0 != "/" })/latest")
        }
    }

    /// Replaces a file of the run directory as a whole.
    public func write(_ text: String, to name: String) throws(RunError) {
        do {
            try Data(text.utf8).write(to: URL(filePath: file(name)), options: .atomic)
        } catch {
            throw RunError(.notRun, "cannot write \(file(name)): \(systemReason(of: error))")
        }
    }

    /// Whether a recording lies there that has not been merged.
    public static func hasSegments(in path: String) -> Bool {
        HistoryRecorder.holdsRecording("\(path)/segments")
    }

    /// Completes the history from the segments and removes their folder, also what a killed run left of it.
    public static func mergeHistory(in path: String) throws(HistoryError) {
        let segments = "\(path)/segments"
        guard FileManager.default.fileExists(atPath: segments) else { return }
        try HistoryRecorder.merge(directory: segments, into: "\(path)/history.jsonl")
        // Only an empty folder goes.
        rmdir(segments)
    }

    /// What the run recorded, complete on disk; where it cannot be completed there, from its segments alone
    /// and with a warning.
    public static func history(in path: String) throws(HistoryError) -> (history: History, warnings: [String])
    {
        do {
            try mergeHistory(in: path)
        } catch {
            guard error.code == .inputOutput,
                let history = try? HistoryRecorder.history(in: "\(path)/segments")
            else { throw error }
            let warning =
                "history.jsonl could not be written, so the run was judged from \(path)/segments; "
                + "`contend check` writes it once it can: \(error)"
            return (history, [warning])
        }
        return (try HistoryReader.read("\(path)/history.jsonl"), [])
    }

    /// A convenience only: where it cannot be made, nothing is lost.
    private func link(_ target: String, at place: String) {
        let fresh = "\(place).\(getpid())"
        unlink(fresh)
        guard symlink(target, fresh) == 0 else { return }
        if rename(fresh, place) != 0 { unlink(fresh) }
    }

    /// A scenario's name as a folder: everything but letters, digits, `.`, `_` and `-` becomes `-`.
    public static func folderName(_ scenario: String) -> String {
        let safe = scenario.map { character in
            character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
                ? character : "-"
        }
        let name = String(safe)
        return name.isEmpty || name == "latest" || name.allSatisfy({ $0 == "." }) ? "scenario" : name
    }

    public static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
