// What is asked of both sides of a comparison: that they are alike, and what each found, failed and measured.

import Checking
import Core
import RunStore
import Scenarios

extension RunComparison {
    /// Warnings about what may differ; an error about what may not.
    static func likeness(
        _ base: [ComparedRun], _ candidate: [ComparedRun], _ first: ComparedRun, _ options: ComparisonOptions
    ) throws(ComparisonError) -> [String] {
        for run in base + candidate where run.report.judgement.verdict == .notRun {
            throw ComparisonError(
                .notRun,
                "\(run.report.identity.run) did not happen and measured nothing: run it again, or leave it out"
            )
        }
        for run in base + candidate where run.scenario == nil {
            throw ComparisonError(
                .unlike,
                "\(run.report.identity.run) cannot be compared: its scenario.yaml is missing or cannot be read, so that "
                    + "nothing tells what it tested")
        }
        var warnings: [String] = []
        for (name, runs) in [("the base's own runs", base), ("base and candidate", candidate)] {
            for run in runs {
                let differences = run.differences(from: first)
                guard differences.isEmpty else {
                    throw ComparisonError(
                        .unlike,
                        "\(name) are no runs of one experiment: \(differences.joined(separator: "; ")) "
                            + "(\(first.report.identity.run), \(run.report.identity.run))")
                }
                guard let machine = run.machineDifference(from: first) else { continue }
                guard options.allowsUnlikeMachine else {
                    throw ComparisonError(
                        .unlike,
                        "\(name) ran on machines that differ: \(machine) (\(first.report.identity.run), "
                            + "\(run.report.identity.run)); --allow-unlike compares them all the same")
                }
                let warning = "\(name) ran on machines that differ: \(machine)"
                if !warnings.contains(warning) { warnings.append(warning) }
            }
        }
        return warnings
    }

    static func findings(_ base: [ComparedRun], _ candidate: [ComparedRun]) -> [FindingChange] {
        var changes: [String: FindingChange] = [:]
        for (runs, count) in [(base, \FindingChange.baseRuns), (candidate, \FindingChange.candidateRuns)] {
            for run in runs {
                for finding in run.report.judgement.findings {
                    changes[
                        finding.classID,
                        default: FindingChange(
                            classID: finding.classID, kind: finding.kind, title: finding.title, baseRuns: 0,
                            candidateRuns: 0)][keyPath: count] += 1
                }
            }
        }
        for id in changes.keys {
            let accepted = candidate.flatMap(\.report.judgement.findings).filter { $0.classID == id }
                .map { $0.acceptance != nil }
            changes[id]?.isAccepted = !accepted.isEmpty && accepted.allSatisfy { $0 }
        }
        let order: [FindingChange.Change] = [.new, .vanished, .known]
        func rank(_ change: FindingChange) -> (Int, Int, String) {
            (change.isSafety ? 0 : 1, order.firstIndex(of: change.change) ?? 0, change.classID)
        }
        return changes.values.sorted { rank($0) < rank($1) }
    }

    /// Thresholds that fail; one that fails in any run of the candidate and in none of the base is new.
    static func thresholds(_ base: [ComparedRun], _ candidate: [ComparedRun]) -> [ThresholdChange] {
        func failing(_ runs: [ComparedRun]) -> [Check] {
            runs.flatMap { run in
                run.report.judgement.checks.filter { $0.kind == .threshold && $0.verdict == .degraded }
            }
        }
        let (before, after) = (failing(base), failing(candidate))
        var changes: [ThresholdChange] = []
        for check in after + before where !changes.contains(where: { $0.name == check.name }) {
            changes.append(
                ThresholdChange(
                    name: check.name, baseRuns: before.filter { $0.name == check.name }.count,
                    candidateRuns: after.filter { $0.name == check.name }.count,
                    explanation: check.explanation))
        }
        let order: [FindingChange.Change] = [.new, .vanished, .known]
        return order.flatMap { change in changes.filter { $0.change == change } }
    }

    /// What may explain a difference and forbids no comparison, a sentence each.
    static func doubts(_ base: [ComparedRun], _ candidate: [ComparedRun]) -> [String] {
        var warnings: [String] = []
        if (base + candidate).allSatisfy({ $0.machine == nil }) {
            warnings.append("no run recorded its machine: nothing tells whether both sides had the same")
        }
        let watched = Set((base + candidate).map { $0.report.judgement.tally.deadlocks != nil })
        if watched.count > 1 {
            warnings.append(
                "deadlocks were counted in some runs only (--no-monitors?): what was not watched was not seen"
            )
        }
        if Set((base + candidate).map { $0.scenario?.comparable.thresholds }).count > 1 {
            warnings.append("the runs have other thresholds: one that is not there cannot fail")
        }
        for (name, runs) in [("base", base), ("candidate", candidate)] {
            let ended = runs.filter { $0.report.figures.load.abortedEarly != nil }
            guard let first = ended.first, let aborted = first.report.figures.load.abortedEarly else {
                continue
            }
            warnings.append(
                "\(ended.count) of \(Figures.grouped(runs.count, "run")) of the \(name) ended early: "
                    + "\(first.report.identity.run): \(aborted.sentence)")
        }
        for (name, runs) in [("base", base), ("candidate", candidate)] {
            let figures = runs.flatMap(\.report.figures.latency)
            guard figures.contains(where: { $0.histogram == nil }) else { continue }
            warnings.append(
                "runs of the \(name) kept no histograms of latencies: its percentiles are shown and not judged"
            )
        }
        return warnings
    }

    /// Why there is no pass although nothing is worse, a sentence each.
    static func unmeasured(_ base: [RunReport], _ candidate: [RunReport]) -> [String] {
        func measured(_ runs: [RunReport]) -> Set<String> {
            Set(runs.flatMap { $0.figures.latency.filter { $0.count > 0 }.map(\.operation) })
        }
        var sentences = measured(base).subtracting(measured(candidate)).sorted().map {
            "the candidate did not measure \($0), which the base did"
        }
        if base.allSatisfy({ $0.okPerSecond == 0 }) {
            sentences.append("the base acknowledged nothing: there is no throughput to compare with")
        }
        return sentences
    }
}
