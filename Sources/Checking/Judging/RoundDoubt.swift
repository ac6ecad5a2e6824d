// Rounds that tested nothing: those that could not be prepared, and those that hardly anybody answered.

import Core
import Histories
import Scenarios

/// How many rounds of a burst tested nothing, and whether so many make the run doubtful.
struct RoundDoubt {
    /// Share of the rounds, from which on what the others show is no result.
    static let shareLimit = 0.5
    /// Share of the rounds that may be void although no fault explains it.
    static let unexplainedLimit = 0.05
    /// So many void rounds at the very end, which no fault explains, say that the service did not come back.
    static let lastLimit = 3

    let facts: RunFacts

    /// Rounds whose preparation was not all ok, or lacked what the load needs, so that nothing was sent; the
    /// last round may have been cut short.
    static func void(_ operations: [OperationRecord]) -> Set<Int> {
        var failed: Set<Int> = []
        var prepared: Set<Int> = []
        var sent: Set<Int> = []
        for index in operations.indices {
            guard let round = operations[index].round else { continue }
            if operations[index].phase == .load { sent.insert(round) }
            guard operations[index].phase == .before else { continue }
            prepared.insert(round)
            if operations[index].outcome != .ok { failed.insert(round) }
        }
        let last = prepared.union(sent).max()
        return failed.union(prepared.subtracting(sent).filter { $0 != last })
    }

    /// Rounds of which fewer than half of the load's operations were answered.
    static func unanswered(_ operations: [OperationRecord]) -> Set<Int> {
        var counts: [Int: (all: Int, answered: Int)] = [:]
        for index in operations.indices where operations[index].phase == .load {
            guard let round = operations[index].round else { continue }
            counts[round, default: (0, 0)].all += 1
            if operations[index].wasAnswered { counts[round]?.answered += 1 }
        }
        return Set(counts.filter { $0.value.answered * 2 < $0.value.all }.keys)
    }

    /// At most one reason, the gravest.
    var check: Check? {
        let void = facts.voidRounds.count
        let unanswered = facts.unansweredRounds.count
        let all = facts.rounds.count + void + unanswered
        guard void + unanswered > 0 else { return nil }
        if facts.rounds.isEmpty, unanswered == 0 {
            return Self.doubt(
                "none of \(Figures.count(void, "round")) could be prepared: see why the operations of "
                    + "`before` were not ok\(firstAnswer)")
        }
        if Double(void + unanswered) > Self.shareLimit * Double(all) {
            return Self.doubt(
                "only \(facts.rounds.count) of \(Figures.count(all, "round")) tested anything: "
                    + Figures.list(
                        [
                            void > 0 ? "\(void) could not be prepared" : "",
                            unanswered > 0 ? "\(unanswered) were answered by less than half" : "",
                        ].filter { !$0.isEmpty })
                    + "; make the faults shorter, or see why the replicas did not answer\(firstAnswer)")
        }
        let unexplained = unexplainedVoid
        let last = lastUnexplained(unexplained)
        if last >= Self.lastLimit {
            return Self.doubt(
                "the last \(last) rounds could not be prepared and no fault explains it: see in the replicas' "
                    + "logs what happened to the service\(firstAnswer)")
        }
        if Double(unexplained.count) > Self.unexplainedLimit * Double(all) {
            return Self.doubt(
                "\(unexplained.count) of \(Figures.count(all, "round")) could not be prepared and no fault "
                    + "explains it: see why the operations of `before` were not ok\(firstAnswer)")
        }
        return nil
    }

    private static func doubt(_ explanation: String) -> Check {
        Vacuity.missing("rounds", explanation)
    }

    /// Void rounds that are not put down to a fault: nothing that their preparation lacked met one.
    private var unexplainedVoid: Set<Int> {
        var explained: Set<Int> = []
        for operation in facts.operations
        where operation.phase == .before && operation.outcome != .ok && facts.metFault(operation) {
            if let round = operation.round { explained.insert(round) }
        }
        return facts.voidRounds.subtracting(explained)
    }

    private func lastUnexplained(_ unexplained: Set<Int>) -> Int {
        let order = facts.rounds.union(facts.voidRounds).union(facts.unansweredRounds).sorted(by: >)
        return order.prefix { unexplained.contains($0) }.count
    }

    /// As in `, for instance create: 500`.
    private var firstAnswer: String {
        let failed = facts.operations.first { $0.phase == .before && $0.outcome != .ok }
        guard let failed, let request = failed.requests.last else { return "" }
        return ", for instance \(failed.name): \(AnswerCount(request, of: failed).answer)"
    }
}
