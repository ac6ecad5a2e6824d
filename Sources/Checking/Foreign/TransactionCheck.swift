// Foreign histories of transactions.

import History

struct TransactionCheck {
    let options: ForeignOptions

    func judge(_ operations: [ForeignOperation]) throws(ForeignError) -> ForeignJudgement {
        var history = TransactionHistory(options.model == .listAppend ? .listAppend : .versionedRegister)
        for operation in operations { try history.add(operation) }
        let judged = judgeTransactions(history)
        if let (first, second) = judged.repeated {
            throw ForeignError(
                operations[second],
                "the value written here was written to the same key in line \(operations[first].line); every "
                    + "write must have a value of its own")
        }
        var judgement = ForeignJudgement(options)
        judgement.keys = history.keys.count
        judgement.explored = judged.edges
        judgement.violations = judged.anomalies.map { anomaly in
            ForeignViolation(
                key: nil, kind: anomaly.name, title: title(of: anomaly, operations),
                operations: anomaly.transactions, reasons: reasons(of: anomaly), count: anomaly.count)
        }
        judgement.conclude()
        return judgement
    }

    private func title(of anomaly: TransactionAnomaly, _ operations: [ForeignOperation]) -> String {
        let processes = anomaly.transactions.map { "process \(operations[$0].process)" }
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
