// SQLite's refusals told apart: a stale snapshot, an upgrade that deadlocks, and plain contention.

import Core
import History

/// One refusal of SQLite's, as an answer or a log shows it.
struct SQLiteConflict: Hashable {
    enum Kind: String, Hashable {
        /// 517: what was read has been overwritten meanwhile; only a rollback helps.
        case staleSnapshot
        /// 5 at once: a transaction that read wants to write while another one does; neither waits.
        case upgradeDeadlock
        /// 5 after the busy timeout.
        case contention
    }

    /// A refusal sooner than this did not wait for the lock.
    static let immediateMilliseconds = 50

    /// SQLite's extended result code and the time from the start of the transaction to the refusal.
    static func kind(code: Int, elapsedMilliseconds: Int?) -> Kind? {
        switch (code, elapsedMilliseconds) {
        case (517, _): .staleSnapshot
        case (_, let elapsed?) where code & 0xff == 5:
            elapsed < immediateMilliseconds ? .upgradeDeadlock : .contention
        default: nil
        }
    }

    /// What the body of an answer says; its time is at most the request's where the body has none.
    static func kind(of request: RequestRecord) -> Kind? {
        guard let body = request.excerpt, let code = code(in: body) else { return nil }
        let said = body.firstMatch(of: /"elapsed_ms"\s*:\s*(\d+)/).flatMap { Int($0.1) }
        let bound = request.received.map { Int(($0 - request.sent) / 1_000_000) }
        return kind(code: code, elapsedMilliseconds: said ?? bound)
    }

    private static func code(in body: String) -> Int? {
        if let match = body.firstMatch(of: /SQLite (\d+)/) { return Int(match.1) }
        if body.contains("SQLITE_BUSY_SNAPSHOT") { return 517 }
        return body.contains("SQLITE_BUSY") || body.contains("database is locked") ? 5 : nil
    }
}

struct SQLiteDeadlockJudging {
    let facts: RunFacts

    func violations() -> [Violation] {
        let hit = facts.operations.indices.filter { index in
            facts.operations[index].phase == .load
                && facts.operations[index].requests.indices.contains {
                    facts.operations[index].requests[$0].excerpt != nil
                        && SQLiteConflict.kind(of: facts.operations[index].requests[$0]) == .upgradeDeadlock
                }
        }
        let logged = facts.observations.conflicts.filter {
            SQLiteConflict.kind(code: $0.code, elapsedMilliseconds: $0.elapsedMilliseconds)
                == .upgradeDeadlock
        }.reduce(0) { $0 + $1.count }
        guard let first = hit.first ?? nil, max(hit.count, logged) > 0 else {
            return logged > 0 ? [violation(nil, [], logged)] : []
        }
        return [violation(first, hit, logged)]
    }

    private func violation(_ first: Int?, _ hit: [Int], _ logged: Int) -> Violation {
        let names = Set(hit.map { facts.operations[$0].name }).sorted()
        let count = max(hit.count, logged)
        var example: [Int] = []
        if let first { example = [first] + [facts.overlappingWrite(of: first)].compactMap(\.self) }
        var violation = Violation(
            kind: .deadlock, check: DeadlockJudging.check, key: "database",
            round: first.flatMap { facts.operations[$0].round },
            title:
                "\(Figures.count(count, "transaction")) "
                + (names.isEmpty ? "" : "of \(Figures.list(names)) ")
                + "ran into SQLite's upgrade deadlock: refused at once, not after waiting.",
            names: names.isEmpty ? ["log"] : names,
            example: example.sorted {
                (facts.operations[$0].invoked, $0) < (facts.operations[$1].invoked, $1)
            })
        violation.account = [
            "Each had read and wanted to write (SQLITE_BUSY, 5, after about 0 ms) while another transaction "
                + "wrote: that one waits for readers to end, so SQLite refuses at once.",
            "Answers show \(hit.count), the replicas' logs \(logged).",
        ]
        violation.closing = "BEGIN IMMEDIATE takes the write lock first and is the usual cure."
        violation.explains = Set(hit)
        violation.count = count
        violation.judged = 0
        return violation
    }
}
