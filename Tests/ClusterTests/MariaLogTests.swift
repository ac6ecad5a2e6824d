// A log of MariaDB with more deadlocks than are read whole, written while it is read.

import Foundation
import Histories
import Testing

@testable import Clusters

@Suite struct MariaLogTests {
    private func report(victim: Int) -> String {
        let parties = (1...2).map { number in
            """
            *** (\(number)) TRANSACTION:
            TRANSACTION 3\(number), ACTIVE 0 sec
            MariaDB thread id 1\(number), OS thread handle 14, query id 4 127.0.0.1 u
            UPDATE t SET v=\(number)
            InnoDB: *** WAITING FOR THIS LOCK TO BE GRANTED:
            RECORD LOCKS space id 6 page no 3 n bits 8 index u of table `c`.`t` trx id 3\(number) lock_mode X

            """
        }
        return parties.joined() + "InnoDB: *** WE ROLL BACK TRANSACTION (\(victim))\n"
    }

    @Test func everyDeadlockHasItsVictimAndTheFirstOnesTheirStatements() throws {
        let place = try Workplace()
        defer { place.remove() }
        let file = place.directory + "/mariadb.log"
        try report(victim: 1).write(toFile: file, atomically: false, encoding: .utf8)
        let log = MariaLog(file, at: 5)
        let writer = try #require(FileHandle(forWritingAtPath: file))
        defer { try? writer.close() }
        try writer.seekToEnd()
        let victims = (0..<MariaLog.readLimit + 3).map { $0 % 2 + 1 }
        let bytes = Data(victims.map { report(victim: $0) }.joined().utf8)
        // The first piece ends within a report.
        try writer.write(contentsOf: bytes.prefix(bytes.count - 40))
        let first = log.read(at: 6)
        try writer.write(contentsOf: bytes.suffix(40))
        let second = log.read(at: 7)
        #expect(log.count == victims.count && second.count == 1)
        #expect(first.allSatisfy { $0.time == 5 } && second.allSatisfy { $0.time == 6 })
        let errors = first + second
        #expect(errors.map(\.backend) == victims.map { 10 + $0 })
        #expect(errors.allSatisfy { $0.reason == .deadlock && $0.code == "1213" })
        #expect(errors.map { $0.parties.count } == victims.indices.map { $0 < MariaLog.readLimit ? 2 : 0 })
    }
}
