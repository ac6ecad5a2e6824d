// Foreign histories of transactions.

import Histories

struct ForeignTransactions: ForeignReading {
    let options: ForeignOptions

    func judge(_ members: [Int], _ operations: [ForeignOperation]) throws(ForeignError) -> ForeignOutcome {
        var history = TransactionHistory(options.model == .listAppend ? .listAppend : .versionedRegister)
        if let first = members.first, operations[first].isOwn { history.tellAsOwn(options.initial) }
        for position in members { try history.add(operations[position]) }
        let judged = judgeTransactions(history, options.isolation)
        if let (first, second) = judged.repeated {
            throw ForeignError(
                operations[members[second]],
                "the value written here was written to the same key in line "
                    + "\(operations[members[first]].line); every write must have a value of its own")
        }
        return ForeignOutcome(
            keys: history.keys.count, explored: judged.edges,
            violations: judged.anomalies.map { anomaly in
                let transactions = anomaly.transactions.map { members[$0] }
                return ForeignViolation(
                    kind: anomaly.name, title: title(of: anomaly, transactions.map(operations.process)),
                    operations: transactions, reasons: reasons(of: anomaly), count: anomaly.count)
            })
    }

    private func title(of anomaly: TransactionAnomaly, _ processes: [String]) -> String {
        switch anomaly.kind {
        case .lostUpdate:
            return
                "\(processes.joined(separator: " and ")) both updated what they had read: one is lost."
        case .g0, .g1c, .gSingle, .gNonadjacent, .g2Item:
            return "\(anomaly.transactions.count) transactions each had to come before the next, in a circle."
        case .phantom, .internal, .duplicateElements:
            return "A transaction of \(processes.first ?? "") read what no order leaves there."
        case .incompatibleOrder: return "Two transactions read the elements of one list in different orders."
        case .g1a: return "A transaction read what an aborted one had written."
        case .g1b: return "A transaction read what another had only in between."
        }
    }

    private func reasons(of anomaly: TransactionAnomaly) -> [String] {
        guard !anomaly.edges.isEmpty else { return anomaly.reasons }
        let names = anomaly.transactions.indices.map { "T\($0 + 1)" }
        return anomaly.edges.indices.map {
            "\(names[$0]) before \(names[($0 + 1) % names.count]) (\(anomaly.edges[$0].rawName)): "
                + anomaly.reasons[$0]
        }
    }
}
