// What the servers of a cluster refused because another one's transaction came first, and how long writing
// stood still: told, and no fault. Each refused transaction has a winner, and its client heard of it.

import Core
public import Histories

/// The clusters' own counts between the begin of a run and its end, as one check that never fails.
public struct CertificationFigures {
    static let check = "certification"

    let observations: Observations
    let databaseName: String

    /// What each server counted while it was watched; empty of a server that is alone.
    public static func counted(_ observations: Observations) -> [MemberCounters] {
        guard let (first, last) = observations.countedSpan else { return [] }
        return last.members.compactMap { last in
            guard let first = first.members.first(where: { $0.member == last.member }) else { return nil }
            return MemberCounters(
                member: last.member,
                certificationFailures: max(0, last.certificationFailures - first.certificationFailures),
                aborts: max(0, last.aborts - first.aborts),
                pausedNanoseconds: max(0, last.pausedNanoseconds - first.pausedNanoseconds),
                pauses: max(0, last.pauses - first.pauses))
        }
    }

    /// `nil` of a server that is alone, and where the counts do not cover the run.
    var told: Check? {
        let members = Self.counted(observations)
        guard !members.isEmpty else { return nil }
        let failures = members.reduce(0) { $0 + $1.certificationFailures }
        let aborts = members.reduce(0) { $0 + $1.aborts }
        var sentences = [
            failures + aborts == 0
                ? "\(databaseName) refused no transaction for one of another node"
                : "\(databaseName) refused \(Figures.count(failures + aborts, "transaction")) because one of "
                    + "another node came first: \(Figures.count(failures, "certification failure")) at COMMIT, "
                    + "\(Figures.grouped(aborts)) ended before it; no deadlock"
        ]
        let pauses = members.reduce(0) { $0 + $1.pauses }
        if pauses > 0 {
            let longest = members.map(\.pausedNanoseconds).max() ?? 0
            sentences.append(
                "flow control stopped writing \(Figures.count(pauses, "time")), for "
                    + "\(Figures.milliseconds(Int64(longest))) in all")
        }
        return Check(
            kind: .liveness, name: Self.check, verdict: .pass, explanation: sentences.joined(separator: "; "))
    }
}
