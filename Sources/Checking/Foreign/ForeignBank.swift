// A bank whose accounts are read all at once, while money moves between them (Jepsen's bank).

import Core
import Histories

/// Every read shows the same total, and no balance below zero: a snapshot that no half-done transfer shows
/// in.
struct ForeignBank: ForeignReading {
    /// No balance is as large as this.
    static let limit = UInt(Int.max / 1_000_000)

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
            guard let total = Self.total(of: balances) else {
                throw ForeignError(operation, "its balances are too large to be added up")
            }
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
            if !options.allowsOverdraft, let account = balances.filter({ $0.value < 0 }).keys.min() {
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
            guard case .int(let balance) = value, balance.magnitude < limit else {
                throw ForeignError(operation, "account \(account) holds \(shown(value)), not a whole number")
            }
            balances[account] = balance
        }
        return balances
    }

    /// `nil` if it leaves the range of whole numbers.
    static func total(of balances: [String: Int]) -> Int? {
        balances.values.reduce(0) { total, balance in
            total.flatMap { sum in
                let (next, isTooLarge) = sum.addingReportingOverflow(balance)
                return isTooLarge ? nil : next
            }
        }
    }
}
