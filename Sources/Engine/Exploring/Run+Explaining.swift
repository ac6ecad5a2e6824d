// `run --explain`: an exploration of each finding, after the run and on a cluster of its own.

import Checking
import Core
import FoundationEssentials
import Histories
import Reporting
import RunStore
import Scenarios

extension Run {
    /// Findings that are explored, the first ones.
    static let explainedLimit = 3
    /// How long each is explored at most.
    static let explainTime = Duration.seconds(60)

    /// The results, with a schedule for each new finding, or why there is none; verdicts stay as they are.
    func explaining(_ results: [RunResult]) async -> [RunResult] {
        var known: [String: ExplainedFinding] = [:]
        var explained: [RunResult] = []
        for var result in results {
            for index in result.report.judgement.findings.indices {
                let finding = result.report.judgement.findings[index]
                guard finding.schedule == nil, finding.acceptance == nil else { continue }
                let explanation: ExplainedFinding
                if let before = known[finding.classID] {
                    explanation = before
                } else if known.count >= Self.explainedLimit {
                    explanation = ExplainedFinding(
                        unexplained: "only the first \(Self.explainedLimit) findings are explored")
                } else {
                    explanation = await explain(finding, of: result)
                    known[finding.classID] = explanation
                }
                result.report.judgement.findings[index].explained = explanation
            }
            if result.report.judgement.findings.contains(where: { $0.explained != nil }) {
                store(&result)
            }
            explained.append(result)
        }
        return explained
    }

    private func explain(_ finding: Finding, of result: RunResult) async -> ExplainedFinding {
        guard interruption.count == 0 else { return ExplainedFinding(unexplained: "the run was interrupted") }
        do throws(RunError) {
            try scenario.requireSchedules(of: [])
            try scenario.requireStatements()
            let names = try StoredFinding(finding, of: result).racingOperations()
            var options = options
            options.exploration = ExploreOptions()
            options.exploration?.operations = names
            options.exploration?.within = Self.explainTime
            options.exploration?.sought = result.name(of: finding, below: options.out)
            options.explain = false
            options.sequential = false
            options.times = 1
            options.untilFinding = nil
            options.keep = false
            let events = events
            let runs = await Run(scenario, options: options, interruption: interruption) { event in
                // The result that counts is the run's own.
                switch event {
                case .finished, .page: break
                case .seed, .cluster, .phase, .progress, .kept, .warning: events.tell(event)
                }
            }.execute()
            guard let run = runs.first else { return ExplainedFinding(unexplained: "nothing was explored") }
            guard run.report.judgement.verdict != .notRun else {
                return ExplainedFinding(unexplained: run.report.reasonNotRun)
            }
            let classes = Set([finding.classID] + finding.sides.map(\.classID))
            let shown = run.report.judgement.findings.first { found in
                found.schedule != nil
                    && !classes.isDisjoint(with: [found.classID] + found.sides.map(\.classID))
            }
            let name = run.name(of: shown, below: options.out)
            guard let shown else {
                return ExplainedFinding(
                    unexplained: "no schedule of \(names.joined(separator: ", ")) showed it within "
                        + "\(Self.explainTime.inUnits), see `contend show \(name)`")
            }
            return ExplainedFinding(shown, named: name)
        } catch {
            return ExplainedFinding(unexplained: error.message)
        }
    }

    /// The verdict with what was added.
    private func store(_ result: inout RunResult) {
        let path = "\(result.directory)/verdict.json"
        do {
            try Data((JSON.text(result.report.document) + "\n").utf8).write(
                to: URL(filePath: path), options: .atomic)
        } catch {
            result.report.warnings.append("cannot write \(path): \(systemReason(of: error))")
        }
    }
}

extension RunResult {
    /// `RUN#ID`, or the run where there is no finding, as commands take it.
    fileprivate func name(of finding: Finding?, below out: String) -> String {
        let run = out == RunOptions().out ? report.identity.run : directory
        return run + (finding.map { "#\($0.number)" } ?? "")
    }
}
