// Which statements went to the database for the operations of a finding.

import Core
import Histories

/// Statements that were recorded between replicas and database, led back to operations.
///
/// A transaction belongs to an operation if one of its statements carries a request's trace, or if one
/// operation alone had a request open on that replica from before the transaction's first statement was sent
/// until its last was answered. Anything else is left open: what replicas do in the background is not told
/// apart.
struct FindingStatements {
    /// More are left out, those first whose operation is not certain.
    static let limit = 60

    private let facts: RunFacts
    private let statements: [StatementRecord]

    init(_ facts: RunFacts, _ statements: [StatementRecord]) {
        self.facts = facts
        self.statements = statements
    }

    /// Those of the example, and those that may be, in the order in which they were sent; `operation` is set
    /// where it is certain.
    func statements(of example: [OperationRecord]) -> [StatementRecord] {
        let requests = example.flatMap(\.requests)
        guard let begin = requests.map(\.sent).min(), !statements.isEmpty else { return [] }
        let end = requests.map { $0.received ?? .max }.max() ?? begin
        let replicas = Set(requests.map(\.replica))
        let open = openRequests(from: begin, to: end)
        let ids = Set(example.map(\.id))
        let ofThatTime = statements.filter {
            $0.sent >= begin && $0.sent <= end && replicas.contains($0.replica)
        }.sorted { ($0.sent, $0.backend) < ($1.sent, $1.backend) }
        let found = transactions(ofThatTime).flatMap { transaction -> [StatementRecord] in
            let owners = owners(of: transaction, open)
            guard !owners.isDisjoint(with: ids) else { return [] }
            return transaction.map { statement in
                var statement = statement
                statement.operation = owners.count == 1 ? owners.first : nil
                return statement
            }
        }
        let certain = found.filter { $0.operation != nil }.prefix(Self.limit)
        let others = found.filter { $0.operation == nil }.prefix(Self.limit - certain.count)
        return (certain + others).sorted { ($0.sent, $0.backend) < ($1.sent, $1.backend) }
    }

    private struct OpenRequest {
        var operation: Int
        var request: RequestRecord
    }

    private func openRequests(from begin: Int64, to end: Int64) -> [OpenRequest] {
        facts.operations.filter { $0.invoked <= end && $0.returned ?? .max >= begin }.flatMap { operation in
            operation.requests.map { OpenRequest(operation: operation.id, request: $0) }
        }
    }

    /// Operations that it may belong to; one alone is certain.
    private func owners(of transaction: [StatementRecord], _ open: [OpenRequest]) -> Set<Int> {
        for statement in transaction {
            if let trace = RequestTrace(in: statement.statement), trace.seed == facts.seed {
                return [trace.operation]
            }
        }
        let sent = transaction[0].sent
        let answered = transaction.map { $0.answered ?? $0.sent }.max() ?? sent
        return Set(
            open.filter {
                $0.request.replica == transaction[0].replica && $0.request.sent <= sent
                    && $0.request.received ?? .max >= answered
            }.map(\.operation))
    }

    /// What each backend did from BEGIN to its end; a statement outside of that is one of its own.
    private func transactions(_ statements: [StatementRecord]) -> [[StatementRecord]] {
        var closed: [[StatementRecord]] = []
        var open: [Int: [StatementRecord]] = [:]
        for statement in statements {
            let word = plainStatement(statement.statement).prefix { $0.isLetter }.uppercased()
            let isInside = open[statement.backend] != nil
            if Self.beginnings.contains(word) {
                if let before = open[statement.backend] { closed.append(before) }
                open[statement.backend] = [statement]
            } else if isInside {
                open[statement.backend]?.append(statement)
            } else {
                closed.append([statement])
            }
            if isInside, Self.ends.contains(word), let whole = open.removeValue(forKey: statement.backend) {
                closed.append(whole)
            }
        }
        return closed + open.values
    }

    private static let beginnings: Set<String> = ["BEGIN", "START"]
    private static let ends: Set<String> = ["COMMIT", "ROLLBACK", "END", "ABORT"]
}
