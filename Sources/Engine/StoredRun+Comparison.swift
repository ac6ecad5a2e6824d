// The sides of a comparison as users name them: a run, a folder of runs, or several of either.

import Core
import FoundationEssentials
public import Reporting
public import RunStore
import Scenarios

extension StoredRun {
    /// Runs of one side at most.
    static let comparedLimit = 1_000

    /// The runs that `names` mean: each is a folder with runs in it, however deep, or a run as
    /// `init(named:out:)` takes it; several stand with commas between.
    public static func side(_ names: [String], out: String) throws(RunError) -> [StoredRun] {
        var runs: [StoredRun] = []
        for name in names.flatMap({ $0.split(separator: ",").map(String.init) }) {
            let below = runsBelow(name)
            if below.isEmpty {
                do throws(RunError) {
                    runs.append(try StoredRun(named: name, out: out))
                } catch {
                    throw RunError(
                        .invalid,
                        "nothing to compare with: there is no run `\(name)`, nor a folder of that name with "
                            + "runs in it; `contend list runs` shows the runs below \(out)")
                }
            } else {
                runs += below
            }
        }
        guard runs.count <= comparedLimit else {
            throw RunError(
                .usage, "\(runs.count) runs on one side are more than \(comparedLimit): name fewer")
        }
        return runs
    }

    /// Both sides, which must be apart: a run that is held against itself shows nothing.
    public static func sides(
        base: [String], candidate: [String], out: String
    ) throws(RunError) -> (base: [StoredRun], candidate: [StoredRun]) {
        let sides = (try side(base, out: out), try side(candidate, out: out))
        let places = Set(sides.0.map(\.place))
        let shared = sides.1.first { run in
            places.contains(run.place) || contains(base, run.place)
        }
        let other = sides.0.first { contains(candidate, $0.place) }
        if let run = shared ?? other {
            throw RunError(
                .usage,
                "the run \(run.directory) is on both sides: name a base and a candidate that are apart")
        }
        return sides
    }

    /// Where it is, whatever links its name goes through.
    private var place: String { Self.place(of: directory) }

    private static func place(of path: String) -> String {
        URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }

    /// Whether one of the names is a folder that `place` lies in.
    private static func contains(_ names: [String], _ place: String) -> Bool {
        names.flatMap { $0.split(separator: ",").map(String.init) }
            .contains { place.hasPrefix(self.place(of: $0) + "/") }
    }

    /// The runs in a folder that is none itself, the oldest first; links such as `latest` are not followed.
    private static func runsBelow(_ folder: String) -> [StoredRun] {
        let files = FileManager.default
        func isRun(_ path: String) -> Bool {
            ["verdict.json", "run.json"].contains { files.fileExists(atPath: "\(path)/\($0)") }
        }
        func isLink(_ path: String) -> Bool { (try? files.destinationOfSymbolicLink(atPath: path)) != nil }
        var isFolder = false
        guard files.fileExists(atPath: folder, isDirectory: &isFolder), isFolder, !isRun(folder) else {
            return []
        }
        var found: [String] = []
        var pending = [folder]
        // Runs lie at most two folders below the root they were written to.
        for _ in 0..<2 {
            let children = pending.flatMap { parent in
                ((try? files.contentsOfDirectory(atPath: parent)) ?? []).map { "\(parent)/\($0)" }
            }.filter { !isLink($0) }
            found += children.filter(isRun)
            pending = children.filter { !isRun($0) }
        }
        return found.sorted().map { StoredRun(directory: $0, historyFile: nil) }
    }

    /// The run as a comparison takes it.
    public func compared() throws(RunError) -> ComparedRun {
        guard historyFile == nil else {
            throw RunError(
                .invalid,
                "\(historyFile ?? directory) is a history: name the run, or judge it with `contend check`")
        }
        let report: RunReport
        do throws(RunError) {
            report = try self.report()
        } catch {
            throw RunError(.invalid, error.message)
        }
        let scenario = try? ScenarioFile.load(file("scenario.yaml")).resolve([:], environment: [:])
        return ComparedRun(report: report, machine: try record()?.machine, scenario: scenario)
    }
}
