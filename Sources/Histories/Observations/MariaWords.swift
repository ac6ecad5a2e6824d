// What MariaDB's own words mean: InnoDB's report of a deadlock, and the codes of refused transactions.

/// MariaDB's codes and reports, read.
public enum MariaWords {
    /// Of a transaction that was rolled back because of a deadlock.
    private static let deadlockCode = "1213"
    /// How a report of InnoDB's ends in the server's log.
    public static let reportEnd = "*** WE ROLL BACK TRANSACTION ("

    private struct Transaction {
        var id = ""
        var thread: Int?
        var statement: [Substring] = []
        var resource: String?
        /// Whose locks it conflicts with.
        var conflicts: [String] = []
    }

    /// Reads a report: the transactions of the circle, each with its statement, the lock that it waits for
    /// and who holds that; and which of them was rolled back.
    ///
    /// `nil` where the circle or its victim is missing; without parties where a part of one is.
    public static func deadlock(in report: String, at time: Int64) -> ServerError? {
        var transactions: [Transaction] = []
        var victim: Int?
        var isStatement = false
        var isConflict = false
        for line in report.split(separator: "\n", omittingEmptySubsequences: false) {
            // Regular expressions are slow, and statements long.
            let isSign = line.utf8.contains(UInt8(ascii: "*"))
            if isSign, line.firstMatch(of: /\*\*\* \(\d+\) TRANSACTION:/) != nil {
                transactions.append(Transaction())
                (isStatement, isConflict) = (false, false)
                continue
            }
            if isSign, let match = line.firstMatch(of: /\*\*\* WE ROLL BACK TRANSACTION \((\d+)\)/) {
                victim = Int(match.1)
                break
            }
            guard let last = transactions.indices.last else { continue }
            // Most lines are the bytes of a row.
            if !isStatement, line.utf8.first == UInt8(ascii: " ") || line.hasPrefix("Record lock") {
                continue
            }
            if isSign, line.contains("*** WAITING FOR THIS LOCK TO BE GRANTED") {
                isStatement = false
            } else if isSign, line.contains("*** CONFLICTING WITH") {
                isConflict = true
            } else if isStatement {
                transactions[last].statement.append(line)
            } else if let match = line.firstMatch(of: /MariaDB thread id (\d+),/) {
                transactions[last].thread = Int(match.1)
                isStatement = true
            } else if let match = line.prefixMatch(of: /TRANSACTION (\d+),/) {
                transactions[last].id = String(match.1)
            } else if let match = line.firstMatch(of: /LOCKS? .*trx id (\d+) lock.mode/) {
                if isConflict {
                    transactions[last].conflicts.append(String(match.1))
                } else {
                    transactions[last].resource = resource(in: line)
                }
            }
        }
        return error(transactions, victim, time)
    }

    /// A deadlock of which only the connection is known that was rolled back.
    public static func deadlock(of backend: Int, at time: Int64) -> ServerError {
        ServerError(time: time, backend: backend, reason: .deadlock, code: deadlockCode)
    }

    private static func error(_ transactions: [Transaction], _ victim: Int?, _ time: Int64) -> ServerError? {
        guard transactions.count > 1, let victim, transactions.indices.contains(victim - 1),
            let backend = transactions[victim - 1].thread
        else { return nil }
        var error = deadlock(of: backend, at: time)
        error.statement = text(transactions[victim - 1].statement)
        let parties = transactions.enumerated().compactMap { position, own -> DeadlockParty? in
            // Each waits for the next one, unless its conflicts name another of them.
            let next = transactions[(position + 1) % transactions.count]
            let holder =
                own.conflicts.contains(next.id)
                ? next : transactions.first { own.conflicts.contains($0.id) && $0.id != own.id } ?? next
            let statement = text(own.statement)
            guard let waiter = own.thread, let holding = holder.thread, let resource = own.resource,
                !statement.isEmpty
            else { return nil }
            return DeadlockParty(waiter: waiter, holder: holding, resource: resource, statement: statement)
        }
        if parties.count == transactions.count { error.parties = parties }
        error.place = transactions[victim - 1].resource.flatMap {
            $0.firstMatch(of: /of table (\S+)/).map { String($0.1) }
        }
        return error
    }

    private static func text(_ lines: [Substring]) -> String {
        lines.joined(separator: "\n").trimmingSuffix { $0.isWhitespace }
    }

    /// `row in index PRIMARY of table images` of `… index PRIMARY of table `d`.`images` trx id …`.
    static func resource(in line: Substring) -> String {
        let table = line.firstMatch(of: /table `[^`]*`\.`([^`]*)`/).map { String($0.1) } ?? "?"
        guard let index = line.firstMatch(of: /index (\S+) of table/) else {
            return "table of table \(table)"
        }
        return "row in index \(index.1) of table \(table)"
    }
}

extension String {
    fileprivate func trimmingSuffix(while isLeft: (Character) -> Bool) -> String {
        String(self[..<(lastIndex { !isLeft($0) }.map { index(after: $0) } ?? startIndex)])
    }
}
