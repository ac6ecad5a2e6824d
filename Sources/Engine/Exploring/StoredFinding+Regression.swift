// `contend keep`: the schedule of a finding as a file beside the scenario, which every run plays again.

import Checking
import Core
import Exploration
import FoundationEssentials
import Histories
import RunStore
import Scenarios

extension StoredFinding {
    /// The folder of regressions, beside the scenario.
    static let regressionFolder = "regressions"

    /// Writes the regression and gives its path.
    public func keep(as name: String) throws -> String {
        let isName =
            name.first.map { $0.isLetter || $0.isNumber } == true
            && name.allSatisfy { $0.isLetter || $0.isNumber || "._-".contains($0) }
        guard isName else {
            throw RunError(
                .usage,
                "`\(name)` is no name of a regression: take letters, digits, `.`, `_` and `-`; it also names a file"
            )
        }
        let schedule = try schedule()
        if let replay = finding.replay ?? finding.explained?.replay, replay.reproduced == 0 {
            throw RunError(
                .usage,
                "the schedule of \(self.name) did not show it again in \(Figures.count(replay.times, "replay")): "
                    + "explore again, and keep a finding that is repeated")
        }
        let file = try ScenarioFile.load(scenarioFile)
        let base = file.base ?? file.path
        let folder = base.lastIndex(of: "/").map { String(base[...$0]) } ?? ""
        let path = "\(folder)\(Self.regressionFolder)/\(name).yaml"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw RunError(
                .usage, "\(path) is there already: choose another name, or remove the file first")
        }
        let text = text(named: name, schedule, of: file, extending: "../\(base.dropFirst(folder.count))")
        // What cannot be run again is not written.
        _ = try ScenarioFile(text: text, path: path) { try TextFile.read($0) }
        do {
            try FileManager.default.createDirectory(
                atPath: "\(folder)\(Self.regressionFolder)", withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: path), options: .withoutOverwriting)
        } catch {
            throw RunError(.usage, "cannot write \(path): \(systemReason(of: error))")
        }
        return path
    }

    private func text(
        named name: String, _ schedule: ScheduleRecord, of file: ScenarioFile, extending base: String
    ) -> String {
        let regression = Regression(
            scenario: file.classScope, requests: schedule.requests,
            schedule: schedule.steps.enumerated().map { index, step in
                let later = Set(schedule.steps[index...].map(\.request))
                return Regression.Step(
                    request: step.request, statement: step.statement,
                    waiting: later.subtracting(step.enabled).sorted())
            },
            expected: Regression.Expected(
                check: finding.check, kind: finding.kind, classID: finding.classID))
        let defaults = Dictionary(file.parameters.map { ($0.name, $0.value) }) { first, _ in first }
        let chosen = parameters.filter { defaults[$0.name].map($0.value.isEquivalent) != true }
        return regression.text(
            named: "\(file.classScope).\(name)", extending: base, of: file, parameters: chosen)
    }
}

extension ExploreOptions {
    /// A regression's rounds in the old order.
    static let regressionTimes = 3

    /// What a regression asks for: its order, and where that no longer fits, all orders of its requests.
    init(_ regression: Regression) {
        self.init()
        let steps = regression.schedule.enumerated().map { index, step in
            let later = Set(regression.schedule[index...].map(\.request))
            return ScheduleRecord.Step(
                request: step.request, statement: step.statement,
                enabled: later.subtracting(step.waiting).sorted())
        }
        let isDeadlock = regression.expected.kind == .deadlock
        let schedule = ScheduleRecord(
            time: 0, round: 0, requests: regression.requests, strategy: ScheduleRecord.guided, steps: steps,
            ending: .found,
            // A round's own judgement knows a deadlock by its circle.
            classes: [isDeadlock ? ScheduleRecord.circleClass : regression.expected.classID])
        replay = Replay(
            name: nil, schedule: schedule, times: Self.regressionTimes, isGuided: true, explores: true)
        operations = regression.requests
        within = regression.exploreFor
        untilFinding = true
        var trace = Trace()
        trace.steps = steps.map {
            Trace.Step(
                Turn(request: $0.request, statement: $0.statement),
                pending: $0.enabled.map { Turn(request: $0, statement: "") })
        }
        // The old order itself is among those that are tried.
        preemptions = max(preemptions, trace.preemptions())
    }
}
