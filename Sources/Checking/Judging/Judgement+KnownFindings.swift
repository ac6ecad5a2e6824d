// Findings that the scenario's known findings accept: told as ever, they no longer fail the run.

import Core
public import Scenarios

extension Judgement {
    /// The judgement with those findings accepted that the scenario knows, by the day on which the run began;
    /// entries that have expired, and those that were not found, become notices.
    ///
    /// A pure function of the run: judging it again later gives the same.
    public func accepting(_ known: [KnownFinding], of scenario: String, on day: CalendarDay?) -> Judgement {
        let own = known.filter { $0.scenario == scenario }
        guard !own.isEmpty else { return self }
        var judgement = self
        for entry in own {
            let found = findings.indices.filter { findings[$0].classID == entry.classID }
            let isExpired = day.map { entry.until < $0 } ?? true
            switch (found.isEmpty, isExpired) {
            case (false, false):
                for index in found {
                    judgement.findings[index].acceptance = Acceptance(
                        reason: entry.reason, until: entry.until.description)
                }
            case (false, true):
                judgement.notices.append(
                    "the known finding \(entry.classID) was accepted until \(entry.until) and counts again: "
                        + "\(entry.reason)")
            case (true, true):
                judgement.notices.append(
                    "the known finding \(entry.classID) was not found and expired on \(entry.until): take it "
                        + "out of the list")
            case (true, false):
                judgement.notices.append(
                    "the known finding \(entry.classID) was not found this time: take it out of the list if "
                        + "it stays away")
            }
        }
        judgement.verdict = Verdict(findings: judgement.findings, checks: checks)
        return judgement
    }
}
