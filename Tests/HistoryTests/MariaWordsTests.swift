// InnoDB's reports of deadlocks, as a server of version 10.11 logged them.

import Foundation
import Testing

@testable import Histories

@Suite struct MariaWordsTests {
    /// Each of so many transactions waits for the next one, the last for the first.
    private func report(_ count: Int, victim: Int) -> String {
        let stamp = "2026-11-30 17:25:27 7 [Note] InnoDB: "
        var text = stamp + "Transactions deadlock detected, dumping detailed information.\n"
        for number in 1...count {
            let next = number % count + 1
            func lock(_ owner: Int, _ row: Int) -> String {
                """

                RECORD LOCKS space id 6 page no 3 index u of table `c`.`t` trx id 3\(owner) lock_mode X
                Record lock, heap no \(row) PHYSICAL RECORD: n_fields 4; compact format; info bits 0
                 0: len 1; hex 61; asc a;;


                """
            }
            text += """
                \(stamp)
                *** (\(number)) TRANSACTION:

                TRANSACTION 3\(number), ACTIVE 0 sec starting index read
                mysql tables in use 1, locked 1
                LOCK WAIT 3 lock struct(s), heap size 1128, 2 row lock(s), undo log entries 1
                MariaDB thread id 1\(number), OS thread handle 140242000266944, query id 4 127.0.0.1 u
                update t
                  set v=\(number)
                \(stamp)*** WAITING FOR THIS LOCK TO BE GRANTED:

                """ + lock(number, next) + stamp + "*** CONFLICTING WITH:\n" + lock(next, next)
        }
        return text + stamp + "*** WE ROLL BACK TRANSACTION (\(victim))\n"
    }

    @Test(arguments: [2, 3]) func aReportIsReadWithAllItsParties(count: Int) throws {
        let error = try #require(MariaWords.deadlock(in: report(count, victim: 2), at: 9))
        #expect(error.reason == .deadlock && error.code == "1213" && error.time == 9 && error.backend == 12)
        #expect(error.parties.map(\.waiter) == (1...count).map { 10 + $0 })
        #expect(error.parties.map(\.holder) == (1...count).map { 10 + $0 % count + 1 })
        #expect(error.parties.map(\.statement) == (1...count).map { "update t\n  set v=\($0)" })
        #expect(error.parties.allSatisfy { $0.resource == "row in index u of table t" })
        #expect(error.place == "t" && error.statement == "update t\n  set v=2")
    }

    @Test func aReportWithoutItsVictimOrOfOneTransactionIsNone() {
        let whole = report(2, victim: 1)
        #expect(MariaWords.deadlock(in: String(whole.prefix(whole.count - 30)), at: 1) == nil)
        #expect(MariaWords.deadlock(in: report(1, victim: 1), at: 1) == nil)
        #expect(MariaWords.deadlock(in: report(2, victim: 3), at: 1) == nil)
    }

    /// Nothing is made up for a statement or a lock that is not there.
    @Test func aReportWithoutALockTellsNoParties() throws {
        let text = report(2, victim: 1).replacing("trx id 31 lock_mode", with: "")
        #expect(try #require(MariaWords.deadlock(in: text, at: 1)).parties.isEmpty)
    }
}
