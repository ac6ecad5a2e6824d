// Runs that are on disk: finding them by the names that users type, and reading what they hold.

public import Core
import FoundationEssentials
public import Histories

/// A run directory, or a history file alone.
public struct StoredRun: Sendable, Hashable {
    /// Absolute or as typed.
    public var directory: String
    /// The history, where a file was named instead of a run.
    public var historyFile: String?

    /// A path, `scenario/time-seed`, `scenario/latest` or `latest`, below `out`.
    public init(named name: String, out: String) throws(RunError) {
        let candidates = [name, "\(out)/\(name)", "\(out)/\(name)/latest"]
        for candidate in candidates {
            var isFolder = false
            guard FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder) else { continue }
            if !isFolder {
                let folder = candidate.lastIndex(of: "/").map { String(candidate[..<$0]) } ?? "."
                self.init(directory: folder, historyFile: candidate)
                return
            }
            let run = StoredRun(directory: candidate, historyFile: nil)
            if run.isRun {
                self = run
                return
            }
        }
        throw RunError(.usage, "there is no run `\(name)`: `contend list runs` shows the runs below \(out)")
    }

    public init(directory: String, historyFile: String?) {
        self.directory = directory
        self.historyFile = historyFile
    }

    public func file(_ name: String) -> String { "\(directory)/\(name)" }

    private var isRun: Bool {
        ["run.json", "verdict.json", "history.jsonl"].contains {
            FileManager.default.fileExists(atPath: file($0))
        }
    }

    /// The stored verdict.
    public func report() throws(RunError) -> RunReport {
        let remedy = "; `contend check \(directory)` makes it anew"
        let document: Value?
        do throws(RunError) {
            document = try read("verdict.json")
        } catch {
            throw RunError(.invalid, error.message + remedy)
        }
        guard let document else {
            throw RunError(
                .usage,
                "\(directory) has no verdict: the run was cut off; judge it with `contend check \(directory)`"
            )
        }
        do {
            return try RunReport(document: document)
        } catch {
            throw RunError(.invalid, "\(file("verdict.json")): \(error.message)" + remedy)
        }
    }

    /// What was known before the run began; `nil` where there is no record of it.
    public func record() throws(RunError) -> RunRecord? {
        guard let document = try read("run.json") else { return nil }
        do {
            return try RunRecord(document: document)
        } catch {
            throw RunError(.invalid, "\(file("run.json")): \(error.message)")
        }
    }

    /// A JSON file of the run; `nil` where there is none.
    public func read(_ name: String) throws(RunError) -> Value? {
        guard let text = text(name) else { return nil }
        do {
            return try JSON.parse(text.utf8)
        } catch {
            throw RunError(.invalid, "\(file(name)): \(error)")
        }
    }

    /// What the monitors saw, and what of it cannot be used; a damaged record never ends a judgement.
    public static func observations(in file: String) -> (observations: Observations, notices: [String]) {
        let observations = Observations.read(file)
        return (observations, observations.damage)
    }

    /// The same of this run; of a history file alone nothing.
    public func observed() -> (observations: Observations, notices: [String]) {
        historyFile == nil ? Self.observations(in: file(RunDirectory.monitorFile)) : (Observations(), [])
    }

    public func text(_ name: String) -> String? { try? String(contentsOfFile: file(name), encoding: .utf8) }

    /// All runs below `out`, the newest first.
    public static func all(out: String) -> [StoredRun] {
        let files = FileManager.default
        let scenarios = (try? files.contentsOfDirectory(atPath: out)) ?? []
        return scenarios.filter { $0 != "latest" }
            .flatMap { scenario in
                ((try? files.contentsOfDirectory(atPath: "\(out)/\(scenario)")) ?? [])
                    .filter { $0 != "latest" }
                    .map {
                        (stamp: $0, run: StoredRun(directory: "\(out)/\(scenario)/\($0)", historyFile: nil))
                    }
            }
            .filter { $0.run.isRun }
            .sorted { ($1.stamp, $1.run.directory) < ($0.stamp, $0.run.directory) }
            .map(\.run)
    }
}
