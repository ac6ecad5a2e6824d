// A bank whose accounts are read all at once, while money moves between them (Jepsen's bank).

import Core
import Histories

/// Every read shows the same total, and no balance below zero: a snapshot that no half-done transfer shows
/// in.
struct ForeignBank: ForeignReading {
    let options: ForeignOptions

    func judge(_ members: [Int], _ operations: [ForeignOperation]) throws(ForeignError) -> ForeignOutcome {
        var outcome = ForeignOutcome()
        var negative = ForeignOutcome()
        var expected = options.total.map { (total: $0, read: Int?.none) }
        for position in members {
            let operation = operations[position]
            guard operation.f == "read" else {
                if operation.f == "transfer" { continue }
                throw .unknown(operation, known: "transfer and read")
            }
            guard operation.outcome == .ok, operation.result != .null else { continue }
            let balances = try Self.balances(operation)
            outcome.explored += 1
            let total = try Self.total(of: balances, operation)
            let wanted = expected ?? (total, position)
            expected = wanted
            let process = operations.process(position)
            if total != wanted.total {
                outcome.tell(
                    ForeignViolation(
                        kind: "wrong-total",
                        title: "\(process) read balances of \(total) in all, not \(wanted.total): it saw "
                            + "money on its way.",
                        operations: [wanted.read, position].compactMap(\.self)))
            }
            if let account = balances.filter({ $0.value < 0 }).keys.min() {
                negative.tell(
                    ForeignViolation(
                        kind: "negative-balance",
                        title: "\(process) read \(balances[account] ?? 0) in \(account).",
                        operations: [position]))
            }
        }
        outcome.violations += negative.violations
        if outcome.explored == 0 { outcome.undecided = 0 }
        return outcome
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
