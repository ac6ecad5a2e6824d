// Limits on what a run came to, measured from the history itself.

import Core
import Histories
import Scenarios

struct ThresholdJudging {
    let facts: RunFacts
    let tally: Tally
    let sequential: Bool

    /// What was measured, in the measure's unit and in words; no value where there was nothing to measure.
    private struct Reading {
        var value: Double?
        var words: String
    }

    /// Over the limit is `degraded`, and what cannot be measured `unknown`.
    ///
    /// Contention under an asked minimum is vacuity instead: the run raced too little to prove anything;
    /// running sequentially waives it.
    func check(_ threshold: Threshold) -> Check {
        let reading = read(threshold)
        let holds = reading.value.map(threshold.holds)
        var check = Check(
            kind: .threshold, name: threshold.name,
            verdict: holds.map { $0 ? .pass : .degraded } ?? .unknown,
            explanation: "\(reading.words); limit \(Self.limit(of: threshold))",
            position: threshold.position, measured: reading.value.map(threshold.shown),
            limit: threshold.shown(threshold.limit),
            unit: threshold.unit)
        guard threshold.measure == .contention, threshold.comparison.isMinimum, holds == false else {
            return check
        }
        if sequential {
            check.verdict = .pass
            check.explanation += ", not asked for in a sequential run"
        } else {
            check.kind = .vacuity
            check.verdict = .unknown
            check.explanation += ": too little to prove anything"
        }
        return check
    }

    private func read(_ threshold: Threshold) -> Reading {
        switch threshold.measure {
        case .latency(let percentile): return latency(percentile, threshold)
        case .throughput: return throughput(threshold)
        case .outcome(let outcome):
            return share(threshold, "were \(outcome.rawValue)") { $0.outcome == outcome }
        case .serverErrors:
            return share(threshold, "met a server error") { $0.hasServerError }
        case .contention:
            guard tally.operations > 0 else {
                return Reading(value: nil, words: "no operation of the load was recorded")
            }
            let share = Double(tally.contended) / Double(tally.operations)
            return Reading(
                value: share,
                words: "contention was \(Figures.percent(share)) of \(tally.operations) operations")
        case .attemptsPerSuccess: return attemptsPerSuccess(threshold)
        case .mostAttempts: return mostAttempts(threshold)
        case .deadlocks: return deadlocks()
        }
    }

    /// The operations that it measures.
    private func operations(_ threshold: Threshold) -> [OperationRecord] {
        facts.operations.filter {
            $0.phase == .load && (threshold.operation == nil || $0.name == threshold.operation)
        }
    }

    private func noun(_ threshold: Threshold) -> String { threshold.operation ?? "operation" }

    /// `500 operations`, `500 reserve`.
    private func counted(_ count: Int, _ threshold: Threshold, _ adjective: String = "") -> String {
        threshold.operation.map { "\(count) \(adjective)\($0)" }
            ?? Figures.count(count, adjective + "operation")
    }

    private func nothing(_ threshold: Threshold, _ verb: String) -> Reading {
        Reading(value: nil, words: "no \(noun(threshold)) of the load \(verb)")
    }

    // MARK: - Measures

    private func latency(_ percentile: Double, _ threshold: Threshold) -> Reading {
        let latencies = operations(threshold).compactMap(\.latencyNanoseconds).sorted()
        guard !latencies.isEmpty else { return nothing(threshold, "returned") }
        let nanoseconds = latencies[Threshold.nearestRank(percentile, of: latencies.count) - 1]
        let time = Figures.milliseconds(nanoseconds)
        let words =
            percentile == 100
            ? "the slowest of \(counted(latencies.count, threshold)) took \(time)"
            : "p(\(Self.percentile(percentile))) of \(counted(latencies.count, threshold)) was \(time)"
        return Reading(value: Double(nanoseconds) / 1e9, words: words)
    }

    private func throughput(_ threshold: Threshold) -> Reading {
        let load = facts.operations.filter { $0.phase == .load }
        guard let start = load.map({ $0.intended ?? $0.invoked }).min(),
            let end = load.map({ $0.returned ?? $0.invoked }).max()
        else { return nothing(threshold, "was sent") }
        let returned = operations(threshold).filter { $0.returned != nil }.count
        let perSecond = Double(returned) / max(Double(end - start) / 1e9, 1e-9)
        return Reading(
            value: perSecond,
            words: "\(counted(returned, threshold)) returned, "
                + "\(Figures.decimal(perSecond, places: 1)) a second")
    }

    private func share(
        _ threshold: Threshold, _ verb: String, _ counts: (OperationRecord) -> Bool
    ) -> Reading {
        let measured = operations(threshold)
        guard !measured.isEmpty else { return nothing(threshold, "was sent") }
        let share = Double(measured.filter(counts).count) / Double(measured.count)
        return Reading(
            value: share,
            words: "\(Figures.percent(share)) of \(counted(measured.count, threshold)) \(verb)")
    }

    private func attemptsPerSuccess(_ threshold: Threshold) -> Reading {
        let measured = operations(threshold)
        let succeeded = measured.filter { $0.outcome == .ok }.count
        guard succeeded > 0 else { return nothing(threshold, "was ok") }
        var attempts = measured.reduce(0) { $0 + $1.attempts }
        // The database may know of more attempts than the answers tell; never count one twice.
        if threshold.operation == nil {
            attempts = max(attempts, measured.count + facts.observations.errors.count)
        }
        let perSuccess = Double(attempts) / Double(succeeded)
        return Reading(
            value: perSuccess,
            words: "\(Figures.count(attempts, "attempt")) for \(counted(succeeded, threshold, "ok ")), "
                + "\(Figures.decimal(perSuccess, places: 2)) for each")
    }

    private func mostAttempts(_ threshold: Threshold) -> Reading {
        guard let most = operations(threshold).map(\.attempts).max() else {
            return nothing(threshold, "was sent")
        }
        return Reading(
            value: Double(most), words: "at most \(Figures.count(most, "attempt")) for one \(noun(threshold))"
        )
    }

    private func deadlocks() -> Reading {
        guard let counted = tally.deadlocks else {
            let able = DatabaseKind.allCases.filter(\.countsDeadlocks).map(\.displayName)
            return Reading(
                value: nil,
                words: "no deadlock can be counted: only a watched \(Figures.list(able)) counts them")
        }
        let logged = facts.observations.errors.filter { $0.reason == .deadlock }.count
        let most = max(counted, logged)
        return Reading(
            value: Double(most), words: "\(facts.databaseName) counted \(Figures.count(most, "deadlock"))")
    }

    // MARK: - Words

    /// `99`, `99.9`.
    private static func percentile(_ value: Double) -> String {
        value == value.rounded() ? Figures.decimal(value, places: 0) : "\(value)"
    }

    /// As in `at least 20 %`.
    private static func limit(of threshold: Threshold) -> String {
        let word =
            switch threshold.comparison {
            case .less: "below"
            case .lessOrEqual: "at most"
            case .equal: "exactly"
            case .notEqual: "anything but"
            case .greaterOrEqual: "at least"
            case .greater: "above"
            }
        return "\(word) \(Threshold.text(threshold.shown(threshold.limit), threshold.unit))"
    }
}
