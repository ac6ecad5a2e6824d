// Deadlocks that the database saw: counted by its statistics, explained by its log, some seen live.

import Core
import Histories

struct DeadlockJudging {
    static let check = "deadlocks"

    let facts: RunFacts
    let attribution: Attribution
    /// What the models say of the same run.
    let models: ModelWord

    private var observations: Observations { facts.observations }

    /// Deadlocks that the server counted while it was watched; `nil` without its counters.
    static func counted(_ observations: Observations) -> Int? {
        observations.countedSpan.map { max(0, $0.last.deadlocks - $0.first.deadlocks) }
    }

    func judge() -> (violations: [Violation], check: Check?) {
        let counted = Self.counted(observations)
        let logged = observations.errors.filter { $0.reason == .deadlock }
        let total = max(counted ?? 0, logged.count)
        guard total > 0 || !observations.cycles.isEmpty else { return ([], noneCounted(counted)) }
        let explained = logged.filter { !$0.parties.isEmpty }.map {
            seen($0.time, $0.parties, by: $0)
        }
        let sentence =
            (counted.map { "\(facts.databaseName) counted \(Figures.count($0, "deadlock")); " }
                ?? uncounted + "; ")
            + "its log explains \(explained.count) with all statements; "
            + "\(observations.cycles.count) \(observations.cycles.count == 1 ? "was" : "were") seen live"
        let check = Check(
            kind: .liveness, name: Self.check, verdict: .degraded, explanation: sentence)
        var victims = DeadlockVictims(facts, attribution)
        let all = victims.found(in: explained + (explained.isEmpty ? seenLive() : []))
        guard !all.isEmpty else { return ([unexplained(total, sentence)], check) }
        return (DeadlockCause.causes(of: all).map { violation($0, sentence: sentence) }, check)
    }

    /// No deadlock: a pass only where the database was watched to the end, and was the one that the replicas
    /// use.
    private func noneCounted(_ counted: Int?) -> Check? {
        func check(_ verdict: Verdict, _ explanation: String) -> Check {
            Check(kind: .liveness, name: Self.check, verdict: verdict, explanation: explanation)
        }
        if !observations.gaps.isEmpty, !observations.counters.isEmpty,
            counted == nil || !observations.isWatchedInTheEnd
        {
            return check(
                .unknown,
                "none was seen as long as the database was watched, which was not \(unwatched)")
        }
        guard counted != nil else { return nil }
        guard observations.isUsed else {
            return check(
                .unknown,
                "\(facts.databaseName) counted none, but nobody was connected to the run's database while clients were at "
                    + "work: give the replicas ${{ database.url }}, or run with --no-monitors")
        }
        return check(.pass, "\(facts.databaseName) counted none")
    }

    /// Why there is no count.
    private var uncounted: String {
        observations.gaps.isEmpty && observations.counters.isEmpty
            ? "\(facts.databaseName) has no count of this run's deadlocks alone"
            : "\(facts.databaseName) was not watched \(unwatched)"
    }

    /// How long it was not watched.
    private var unwatched: String { observations.isWatchedInTheEnd ? "all the time" : "to the end" }

    private func seen(
        _ time: Int64, _ parties: [DeadlockParty], by error: ServerError? = nil
    ) -> SeenDeadlock {
        SeenDeadlock(
            time: time, parties: parties, victim: error?.backend, place: error?.place,
            context: error?.context,
            culprits: parties.map { attribution.culprit(of: $0.statement, backend: $0.waiter, at: time) })
    }

    /// Where the log is out of reach: what each party was doing when the circle was seen.
    private func seenLive() -> [SeenDeadlock] {
        observations.cycles.map { cycle in
            let parties = cycle.members.enumerated().map { position, member in
                DeadlockParty(
                    waiter: member.backend,
                    holder: cycle.members[(position + 1) % cycle.members.count].backend,
                    resource: "a lock", statement: member.statement)
            }
            return seen(cycle.time, parties)
        }
    }

    private func unexplained(_ total: Int, _ sentence: String) -> Violation {
        Violation(
            kind: .deadlock, check: Self.check, key: "database",
            title: "\(Figures.count(total, "deadlock")) in the database; no statement is known.",
            names: ["unexplained"], example: [], opening: sentence + ".", account: observations.notices,
            count: total, judged: 0)
    }

    private func violation(_ cause: DeadlockCause, sentence: String) -> Violation {
        let shown = cause.clearest
        let known = shown.culprits.compactMap { $0?.operation }
        var violation = Violation(
            kind: .deadlock, check: Self.check, key: shown.place ?? "database",
            round: known.first.flatMap { facts.operations[$0].round },
            title: "\(Figures.count(cause.deadlocks.count, "deadlock")): \(who(shown)) waited for each other "
                + "in a circle.",
            names: cause.shapes,
            example: facts.inOrder(known), opening: sentence + ".", account: account(shown),
            closing: models.sentence, explains: Set(cause.deadlocks.flatMap { answeredVictims($0) }),
            count: cause.deadlocks.count, judged: 0)
        if cause.deadlocks.count > 1, !violation.explains.isEmpty {
            let count = violation.explains.count
            violation.account.append(
                "In all, \(Figures.count(count, "operation")) that \(count == 1 ? "was" : "were") rolled back got "
                    + "a server error as answer.")
        }
        if cause.others > 0 {
            violation.account.append(
                "\(Figures.count(cause.others, "circle")) of these \(cause.others == 1 ? "was" : "were") made "
                    + "of other statements as well.")
        }
        return violation
    }

    /// The operations of the parties: `put and rename`, `2 put`, `put and another transaction`.
    private func who(_ deadlock: SeenDeadlock) -> String {
        let names = deadlock.culprits.map { culprit in culprit.map { name(of: $0) } }
        let known = Set(names.compactMap(\.self)).sorted()
        let unknown = names.filter { $0 == nil }.count
        if known.isEmpty { return "transactions" }
        if unknown > 0 {
            return Figures.list(
                known + [unknown == 1 ? "another transaction" : "\(unknown) other transactions"])
        }
        return known.count == 1 ? "\(names.count) \(known[0])" : Figures.list(known)
    }

    private func name(of culprit: Attribution.Culprit) -> String {
        switch culprit {
        case .certain(let index), .probable(let index): facts.operations[index].name
        case .oneOf(let name, _): name
        }
    }

    /// The victim's operation, or of an unknown victim those of all parties, if answered with a server error.
    private func answeredVictims(_ deadlock: SeenDeadlock) -> [Int] {
        zip(deadlock.parties, deadlock.culprits).compactMap { party, culprit in
            guard deadlock.victim == nil || party.waiter == deadlock.victim, let index = culprit?.operation,
                facts.operations[index].hasServerError
            else { return nil }
            return index
        }
    }

    private func account(_ deadlock: SeenDeadlock) -> [String] {
        var lines: [String] = []
        for (party, culprit) in zip(deadlock.parties, deadlock.culprits) {
            var line = "backend \(party.waiter)"
            if let replica = attribution.replica(of: party.waiter, at: deadlock.time) {
                line += " of replica \(replica)"
            }
            if let culprit { line += " (\(words(for: culprit)))" }
            lines.append(line + " waits for \(party.resource), held by backend \(party.holder):")
            lines.append("  " + Self.shortened(plainStatement(party.statement)))
        }
        if let context = deadlock.context { lines.append("It happened \(plainStatement(context)).") }
        if let victim = deadlock.victim { lines.append(fate(of: victim, deadlock)) }
        return lines
    }

    private func words(for culprit: Attribution.Culprit) -> String {
        switch culprit {
        case .certain(let index):
            "\(facts.operations[index].name) of client \(facts.operations[index].client)"
        case .probable(let index):
            "probably \(facts.operations[index].name) of client \(facts.operations[index].client)"
        case .oneOf(let name, let count): "one of \(count) \(name)"
        }
    }

    private func fate(of victim: Int, _ deadlock: SeenDeadlock) -> String {
        let start = "\(facts.databaseName) rolled backend \(victim) back"
        guard let position = deadlock.parties.firstIndex(where: { $0.waiter == victim }),
            let culprit = deadlock.culprits[position], let index = culprit.operation
        else { return start + "; which client that was is not known." }
        let operation = facts.operations[index]
        let probably: String
        switch culprit {
        case .certain: probably = ""
        case .probable, .oneOf: probably = "probably "
        }
        // The error itself, where the client tried again after it.
        let failed = operation.requests.first { (500...599).contains($0.status ?? 0) }
        guard let status = (failed ?? operation.requests.last)?.status else {
            return start + "; its client \(probably)got no answer."
        }
        let isHidden = failed == nil && operation.outcome == .ok
        return start + "; its client was \(probably)answered \(status)"
            + (isHidden ? ", because the service tried again: HTTP shows nothing of it." : ".")
    }

    private static func shortened(_ statement: String) -> String {
        statement.count <= 200 ? statement : statement.prefix(140) + " … " + statement.suffix(56)
    }
}
