// Deadlocks that PostgreSQL saw: counted by its statistics, explained by its log, some seen live.

import History

struct DeadlockJudging {
    static let check = "deadlocks"

    let facts: RunFacts
    let attribution: Attribution
    /// Whether a safety violation was found in the run.
    let isSafetyBroken: Bool

    private var observations: Observations { facts.observations }

    /// One deadlock of which all parties are known.
    private struct Deadlock {
        var time: Int64
        var parties: [DeadlockDetail.Party]
        var victim: Int?
        var context: String?
    }

    /// Deadlocks that the server counted while it was watched; `nil` without its counters.
    static func counted(_ observations: Observations) -> Int? {
        guard let first = observations.counters.first, let last = observations.counters.last,
            observations.counters.count > 1
        else { return nil }
        return max(0, last.deadlocks - first.deadlocks)
    }

    func judge() -> (violations: [Violation], check: Check?) {
        guard let counted = Self.counted(observations) else { return ([], nil) }
        let logged = observations.errors.filter { $0.code == "40P01" }
        let explained = logged.compactMap { error in
            error.detail.flatMap { DeadlockDetail($0) }.map {
                Deadlock(time: error.time, parties: $0.parties, victim: error.backend, context: error.context)
            }
        }
        let total = max(counted, logged.count)
        let all = explained + (explained.isEmpty ? seenLive() : [])
        let sentence =
            "PostgreSQL counted \(counted), its log explains \(explained.count) with the statements of all, "
            + "\(observations.cycles.count) were seen live"
        let isClean = total == 0 && observations.cycles.isEmpty
        let check = Check(
            kind: .liveness, name: Self.check, verdict: isClean ? .pass : .degraded,
            explanation: isClean ? "PostgreSQL counted none" : sentence)
        guard !isClean else { return ([], check) }
        guard !all.isEmpty else { return ([unexplained(total, sentence)], check) }
        let groups = Dictionary(grouping: all) { deadlock in
            Set(deadlock.parties.map { statementShape($0.statement) }).sorted()
        }
        let violations = groups.sorted {
            ($1.value.count, $0.key.joined()) < ($0.value.count, $1.key.joined())
        }
        .map { shapes, alike in violation(alike, of: total, shapes: shapes, sentence: sentence) }
        return (violations, check)
    }

    /// Where the log is out of reach: what each party was doing when the circle was seen.
    private func seenLive() -> [Deadlock] {
        observations.cycles.map { cycle in
            let parties = cycle.members.enumerated().map { position, member in
                DeadlockDetail.Party(
                    backend: member.backend, lock: "a lock",
                    holder: cycle.members[(position + 1) % cycle.members.count].backend,
                    statement: member.statement)
            }
            return Deadlock(time: cycle.time, parties: parties, victim: nil, context: nil)
        }
    }

    private func unexplained(_ total: Int, _ sentence: String) -> Violation {
        var violation = Violation(
            kind: .deadlock, check: Self.check, key: "database",
            title: "\(Figures.count(total, "deadlock")) in the database, of which no statement is known.",
            names: ["unexplained"], example: [], opening: sentence + ".")
        violation.account = observations.notices
        violation.count = total
        violation.judged = total
        return violation
    }

    private func violation(
        _ alike: [Deadlock], of total: Int, shapes: [String], sentence: String
    ) -> Violation {
        let culprits = alike.map { deadlock in
            deadlock.parties.map {
                attribution.culprit(of: $0.statement, backend: $0.backend, at: deadlock.time)
            }
        }
        let best =
            alike.indices.min {
                rank(alike[$0], culprits[$0]).lexicographicallyPrecedes(rank(alike[$1], culprits[$1]))
            } ?? 0
        let known = culprits[best].compactMap(\.self)
        let names = Set(known.map { facts.operations[$0.operation].name }).sorted()
        let who = names.isEmpty ? "transactions" : Figures.list(names)
        var violation = Violation(
            kind: .deadlock, check: Self.check, key: place(alike[best]),
            round: known.first.flatMap { facts.operations[$0.operation].round },
            title: "\(Figures.count(alike.count, "deadlock")): \(who) waited for each other in a circle.",
            names: shapes,
            example: Set(known.map(\.operation)).sorted {
                (facts.operations[$0].invoked, $0) < (facts.operations[$1].invoked, $1)
            }, opening: sentence + ".")
        violation.account = account(alike[best], culprits[best])
        violation.closing =
            isSafetyBroken
            ? "The run has safety findings as well: see them for what was lost."
            : "Nothing acknowledged was lost: every model held."
        violation.count = alike.count
        violation.judged = total
        return violation
    }

    /// The one of which all operations are known comes first, then the one with the fewest parties.
    private func rank(_ deadlock: Deadlock, _ culprits: [Attribution.Culprit?]) -> [Int] {
        [culprits.filter { $0 == nil }.count, deadlock.parties.count]
    }

    /// The row or relation, in the server's words.
    private func place(_ deadlock: Deadlock) -> String {
        guard let context = deadlock.context,
            let match = context.firstMatch(of: /tuple (\([0-9,]+\)) in relation "([^"]+)"/)
        else { return "database" }
        return "\(match.2) \(match.1)"
    }

    private func account(_ deadlock: Deadlock, _ culprits: [Attribution.Culprit?]) -> [String] {
        var lines: [String] = []
        for (party, culprit) in zip(deadlock.parties, culprits) {
            var line = "backend \(party.backend)"
            if let replica = attribution.replica(of: party.backend, at: deadlock.time) {
                line += " of replica \(replica)"
            }
            if let culprit {
                let operation = facts.operations[culprit.operation]
                line +=
                    " (\(culprit.isCertain ? "" : "probably ")\(operation.name) of client \(operation.client))"
            }
            lines.append(line + " waits for \(party.lock), held by backend \(party.holder):")
            lines.append("  " + Self.shortened(plainStatement(party.statement)))
        }
        if let context = deadlock.context { lines.append("It happened \(plainStatement(context)).") }
        if let victim = deadlock.victim { lines.append(fate(of: victim, deadlock, culprits)) }
        return lines
    }

    private func fate(
        of victim: Int, _ deadlock: Deadlock, _ culprits: [Attribution.Culprit?]
    ) -> String {
        let start = "PostgreSQL rolled backend \(victim) back"
        guard let position = deadlock.parties.firstIndex(where: { $0.backend == victim }),
            let culprit = culprits[position]
        else { return start + "." }
        let operation = facts.operations[culprit.operation]
        guard let status = operation.requests.last?.status else {
            return start + "; its client got no answer."
        }
        let isHidden = operation.outcome == .ok
        return start + "; its client was answered \(status)"
            + (isHidden ? ", because the service tried again: HTTP shows nothing of it." : ".")
    }

    private static func shortened(_ statement: String) -> String {
        statement.count <= 200 ? statement : statement.prefix(140) + " … " + statement.suffix(56)
    }
}
