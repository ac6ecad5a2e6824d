// The COMMIT of an operation whose answer was lost is told, and changes nothing else.

import Core
import Histories
import Testing

@testable import Checking

@Suite struct CommitEvidenceTests {
    private static func operation(answered: Bool) -> OperationRecord {
        let request = RequestRecord(
            step: 0, attempt: 0, replica: 1, method: "PATCH", target: "/images/7", sent: 0,
            received: 5_000_000, status: answered ? 200 : nil, failure: answered ? nil : .timeout,
            outcome: answered ? .ok : .unknown)
        return OperationRecord(
            id: 3, client: 4, name: "rename", phase: .load, invoked: 0, returned: answered ? 5_000_000 : nil,
            outcome: answered ? .ok : .unknown, requests: [request])
    }

    private static func told(
        _ statements: [(text: String, rows: Int?, code: String?)], answered: Bool = false, operation: Int? = 3
    ) -> [String] {
        var finding = Finding(
            classID: "c", number: 1, kind: .lostUpdate, check: "name", key: "7", title: "t", story: [],
            example: [Self.operation(answered: answered)], count: 1, judged: 1)
        finding.statements = statements.enumerated().map { index, statement in
            StatementRecord(
                replica: 1, backend: 9, operation: operation, statement: statement.text,
                sent: Int64(index) * 1_000_000, answered: Int64(index) * 1_000_000 + 500_000,
                rows: statement.rows, code: statement.code)
        }
        return CommitEvidence(finding: finding).sentences
    }

    private static let whole: [(text: String, rows: Int?, code: String?)] = [
        ("BEGIN", nil, nil), ("UPDATE images SET name = 'a'", 1, nil), ("COMMIT", nil, nil),
    ]

    @Test func aCommittedChangeIsTold() {
        #expect(
            Self.told(Self.whole) == [
                "The answer to rename of client 4 was lost. Of the statements that are taken for its, the server "
                    + "answered COMMIT after `UPDATE images SET name = 'a'` on replica 1 at +2.500 ms."
            ])
        // In autocommit the statement is its own COMMIT.
        #expect(Self.told([Self.whole[1]])[0].contains("at +0.500 ms"))
    }

    @Test(
        arguments: [
            [("BEGIN", nil, nil), ("UPDATE images SET name = 'a'", 1, nil), ("ROLLBACK", nil, nil)],
            [("BEGIN", nil, nil), ("UPDATE images SET name = 'a'", 1, nil), ("COMMIT", nil, "40001")],
            [("BEGIN", nil, nil), ("UPDATE images SET name = 'a'", 0, nil), ("COMMIT", nil, nil)],
            [("BEGIN", nil, nil), ("SELECT 1 FROM images", 1, nil), ("COMMIT", nil, nil)],
            [("UPDATE images SET name = 'a'", nil, "23505")],
        ] as [[(text: String, rows: Int?, code: String?)]])
    func whatWasNotCommittedProvesNothing(statements: [(text: String, rows: Int?, code: String?)]) {
        #expect(Self.told(statements).map { $0.hasSuffix("it may go on unseen.") } == [true])
    }

    @Test func nothingIsSaidOfWhatWasAnsweredOrMayBeAnothers() {
        #expect(Self.told(Self.whole, answered: true).isEmpty)
        #expect(Self.told(Self.whole, operation: nil).isEmpty)
    }
}
