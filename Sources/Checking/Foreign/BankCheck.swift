// A bank whose accounts are read all at once, while money moves between them (Jepsen's bank).

import Core
import History

/// Every read shows the same total, and no balance below zero: a snapshot that no half-done transfer shows
/// in.
struct BankCheck {
    let options: ForeignOptions

    func judge(_ operations: [ForeignOperation]) throws(ForeignError) -> ForeignJudgement {
        var judgement = ForeignJudgement(options)
        judgement.keys = 1
        var expected = options.total.map { (total: $0, read: Int?.none) }
        var wrong: [ForeignViolation] = []
        var negative: [ForeignViolation] = []
        for (position, operation) in operations.enumerated() {
            guard operation.f == "read" else {
                if operation.f == "transfer" { continue }
                throw .unknown(operation, known: "transfer and read")
            }
            guard operation.outcome == .ok, operation.result != .null else { continue }
            let balances = try Self.balances(operation)
            judgement.explored += 1
            let total = try Self.total(of: balances, operation)
            let wanted = expected ?? (total, position)
            expected = wanted
            if total != wanted.total {
                wrong.append(
                    ForeignViolation(
                        key: nil, kind: "wrong-total",
                        title: "process \(operation.process) read balances of \(total) in all, not "
                            + "\(wanted.total): it saw money on its way.",
                        operations: [wanted.read, position].compactMap { $0 }))
            }
            if let account = balances.filter({ $0.value < 0 }).keys.min() {
                negative.append(
                    ForeignViolation(
                        key: nil, kind: "negative-balance",
                        title:
                            "process \(operation.process) read \(balances[account] ?? 0) in \(account).",
                        operations: [position]))
            }
        }
        for alike in [wrong, negative] {
            guard var first = alike.first else { continue }
            first.count = alike.count
            judgement.violations.append(first)
        }
        if expected == nil || judgement.explored == 0 {
            judgement.undecided = [ForeignUndecided(key: nil, fraction: 0)]
        }
        judgement.conclude()
        return judgement
    }

    private static func balances(_ operation: ForeignOperation) throws(ForeignError) -> [String: Int] {
        guard case .object(let members) = operation.result else {
            throw ForeignError(
                operation, "a read gives the balance of each account, not \(shown(operation.result))")
        }
        var balances: [String: Int] = [:]
        for (account, value) in members {
            guard case .int(let balance) = value, balance.magnitude < Int.max / 1_000_000 else {
                throw ForeignError(operation, "account \(account) holds \(shown(value)), not a whole number")
            }
            balances[account] = balance
        }
        return balances
    }

    private static func total(
        of balances: [String: Int], _ operation: ForeignOperation
    ) throws(ForeignError) -> Int {
        var total = 0
        for balance in balances.values {
            let (sum, isTooLarge) = total.addingReportingOverflow(balance)
            if isTooLarge { throw ForeignError(operation, "its balances are too large to be added up") }
            total = sum
        }
        return total
    }
}
