// What a guided replay says: the old order holds now, breaks still, or no longer fits.

import Core
import Histories

extension ExplorationJudging {
    /// One of the three, for a replay on code that may have changed; where the order no longer fits, what a
    /// regression explored instead decides.
    ///
    /// - Parameter isConfirmed: whether the whole run has a finding of this class.
    func guided(_ isConfirmed: (String) -> Bool) -> Check? {
        let all = exploration.schedules.filter { $0.strategy == ScheduleRecord.guided }
        guard !all.isEmpty else { return nil }
        let rounds = Figures.count(all.count, "round")
        let found = all.filter { $0.ending == .found }
        if !found.isEmpty {
            guard found.contains(where: { $0.classes.contains(where: isConfirmed) }) else {
                return check(.unknown, GroupJudging.unconfirmed(found[0]))
            }
            let shown = exploration.replays.map(\.reproduced).max() ?? 0
            return check(
                .pass,
                shown > 0
                    ? "breaks still: the finding shows again in \(shown) of \(rounds) in its order"
                    : "breaks: another finding shows in \(found.count) of \(rounds) in the old order")
        }
        let open = all.filter { $0.ending != .held }
        guard let first = open.first else {
            return check(.pass, "holds now: nothing broke in \(rounds) in the order of the finding")
        }
        let reason = "the order no longer fits: \(first.reason ?? "a request did not go on")"
        let instead = exploration.coverage.filter { $0.requests == first.requests }
        guard !instead.isEmpty else {
            return check(.unknown, reason + "; explore again to look for another order")
        }
        let isCovered = instead.allSatisfy(\.isComplete)
        let isFound = exploration.schedules.contains { $0.isExplored && $0.ending == .found }
        return check(
            isCovered || isFound ? .pass : .unknown,
            "\(reason); so all orders of its requests were explored instead"
                + (isCovered || isFound ? ", see below" : ", and not all could be tried, see below"))
    }

    private func check(_ verdict: Verdict, _ explanation: String) -> Check {
        Check(kind: .exploration, name: "guided replay", verdict: verdict, explanation: explanation)
    }
}
