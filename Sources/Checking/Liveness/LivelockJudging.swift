// Livelocks and retry storms: much work, little progress. Evidence is throughput that falls while clients
// rise, or one operation that was attempted without end; a busy system that progresses is none.

import Core
import Histories
import Scenarios

struct LivelockJudging {
    static let check = "retries"
    /// One operation that took more attempts than this and than there are clients: where each attempt lets
    /// one of them through, the last one needs as many as there are.
    static let attemptLimit = 48
    /// Throughput below this share of what fewer clients reached.
    static let collapse = 0.5
    /// Share of attempts that were aborted, from which on a collapse is put down to them: unlike throughput,
    /// it hardly moves when the machine is busy with something else.
    static let wasteLimit = 0.8

    let facts: RunFacts

    /// One step of a ramp, or a whole load.
    struct Step: Hashable {
        var clients: Int
        /// Nanoseconds since the run's origin.
        var start: Int64
        var end: Int64
        var answered = 0
        var succeeded = 0
        var aborted = 0
        var deadlocks = 0

        var perSecond: Double { Double(answered) / max(Double(end - start) / 1e9, 1e-9) }
        /// Aborted attempts of all attempts.
        var waste: Double { Double(aborted) / Double(max(1, aborted + answered)) }
        var told: LoadStep {
            LoadStep(
                clients: clients, perSecond: perSecond, succeeded: succeeded, aborted: aborted,
                deadlocks: deadlocks)
        }
    }

    func judge() -> (violations: [Violation], check: Check?, steps: [LoadStep], aborted: Int) {
        let load = facts.operations.indices.filter { facts.operations[$0].phase == .load }
        let steps = steps(load)
        let told = steps.count > 1 ? steps.map(\.told) : []
        let aborted = steps.reduce(0) { $0 + $1.aborted }
        guard aborted > 0, let slowest = load.max(by: { attempts(of: $0) < attempts(of: $1) }) else {
            return ([], nil, told, 0)
        }
        let fallen = Self.collapsed(steps)
        let endless = endless(load)
        let most = endless ?? slowest
        let highest = attempts(of: most)
        let isLivelock = fallen != nil || endless != nil
        let succeeded = steps.reduce(0) { $0 + $1.succeeded }
        let perSuccess = Figures.decimal(Double(aborted) / Double(max(1, succeeded)), places: 2)
        let check = Check(
            kind: .liveness, name: Self.check, verdict: isLivelock ? .degraded : .pass,
            explanation: "\(perSuccess) attempts were aborted for each success, at most "
                + "\(attempts(of: slowest)) made for one operation")
        guard isLivelock else { return ([], check, told, aborted) }
        let violation = Violation(
            kind: .livelock, check: Self.check, key: facts.operations[most].name,
            title: title(fallen, most),
            names: Set(
                load.map { facts.operations[$0].name }.filter { facts.declaration($0)?.isRead == false }
            )
            .sorted(),
            example: highest > 1 ? [most] : [], account: account(steps, endless),
            closing: "Jittered pauses between attempts, and a bound on them, are the usual cure.", count: 1,
            judged: 0)
        return ([violation], check, told, aborted)
    }

    private func attempts(of operation: Int) -> Int {
        // Most were tried once, and need not be copied to see it.
        let isSingle = facts.operations[operation].requests.count < 2
        return isSingle && facts.operations[operation].captures["attempts"] == nil
            ? 1 : facts.operations[operation].attempts
    }

    /// The operation with most attempts among those whose attempts nobody gained from.
    ///
    /// Where clients compare and set, an attempt is lost to another that came through: that is progress, and
    /// a loser may need many. More lost attempts than there were successes to lose to are wasted.
    private func endless(_ load: [Int]) -> Int? {
        let limit = max(Self.attemptLimit, facts.scenario.load.clients)
        let suspects = load.filter { attempts(of: $0) > limit }
        guard !suspects.isEmpty else { return nil }
        let successes = load.filter {
            facts.isWrite(facts.operations[$0]) && facts.operations[$0].outcome != .fail
        }.map { (begin: facts.operations[$0].invoked, end: facts.operations[$0].returned ?? .max) }
        let begins = successes.map(\.begin).sorted()
        let ends = successes.map(\.end).sorted()
        return suspects.filter { suspect in
            let operation = facts.operations[suspect]
            // Those that had not ended before it began, less those that began after its end and itself.
            let begun = begins.prefixCount { $0 <= operation.returned ?? .max }
            let over = ends.prefixCount { $0 < operation.invoked }
            let others = begun - over - (facts.isWrite(operation) && operation.outcome != .fail ? 1 : 0)
            return attempts(of: suspect) - 1 > others
        }.max { attempts(of: $0) < attempts(of: $1) }
    }

    private func account(_ steps: [Step], _ endless: Int?) -> [String] {
        let figures = steps.map {
            "\(Figures.count($0.clients, "client")): \(Figures.decimal($0.perSecond, places: 0))/s, "
                + "\(Figures.decimal($0.told.abortedPerSuccess, places: 2)) attempts aborted for each success"
        }
        guard let endless else { return figures }
        return figures + [
            "One \(facts.operations[endless].name) took \(attempts(of: endless)) attempts, more than there were "
                + "writes of others to lose to."
        ]
    }

    private func title(_ fallen: (best: Step, step: Step)?, _ most: Int) -> String {
        guard let fallen else {
            return "One \(facts.operations[most].name) took \(attempts(of: most)) attempts."
        }
        return
            "With \(fallen.step.clients) clients \(Figures.decimal(fallen.step.perSecond, places: 0)) operations "
            + "a second came through, with \(fallen.best.clients) it was "
            + "\(Figures.decimal(fallen.best.perSecond, places: 0)): "
            + "\(Figures.percent(fallen.step.waste)) of the attempts were aborted."
    }

    /// The step that reaches less than half of what an earlier one did and wastes most of its attempts.
    static func collapsed(_ steps: [Step]) -> (best: Step, step: Step)? {
        var best: Step?
        var worst: (best: Step, step: Step)?
        for step in steps {
            if let best, step.perSecond < collapse * best.perSecond, step.waste >= wasteLimit,
                step.perSecond < worst?.step.perSecond ?? .infinity
            {
                worst = (best, step)
            }
            if step.perSecond > best?.perSecond ?? -1 { best = step }
        }
        return worst
    }

    private func steps(_ load: [Int]) -> [Step] {
        guard let start = load.map({ facts.operations[$0].invoked }).min(),
            let end = load.map({ facts.operations[$0].returned ?? facts.operations[$0].invoked }).max()
        else { return [] }
        var steps = [Step(clients: facts.scenario.load.clients, start: start, end: max(end, start + 1))]
        if case .ramp(let clients, let duration) = facts.scenario.load.shape {
            let length = max(1, duration.nanoseconds / Int64(clients.count))
            steps = clients.enumerated().map { position, clients in
                Step(
                    clients: clients, start: start + Int64(position) * length,
                    end: start + Int64(position + 1) * length)
            }
        }
        func step(at time: Int64) -> Int? { steps.firstIndex { $0.start <= time && time < $0.end } }
        for index in load {
            guard let returned = facts.operations[index].returned,
                let step = step(at: min(returned, end - 1))
            else { continue }
            switch facts.operations[index].outcome {
            case .ok:
                steps[step].answered += 1
                steps[step].succeeded += 1
            case .fail: steps[step].answered += 1
            case .unknown: break
            }
            steps[step].aborted += attempts(of: index) - 1
        }
        let told = steps.map(\.aborted)
        // The database may know of more attempts than the answers tell; never count one twice.
        var failed = told.map { _ in 0 }
        for error in facts.observations.errors {
            guard let step = step(at: error.time) else { continue }
            failed[step] += 1
            if error.reason == .deadlock { steps[step].deadlocks += 1 }
        }
        for position in steps.indices { steps[position].aborted = max(told[position], failed[position]) }
        return steps
    }
}
