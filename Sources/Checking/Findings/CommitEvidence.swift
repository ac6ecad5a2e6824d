// What the database answered to operations whose own answer was lost: told in the story, and never judged by.

import Core
import Histories

extension Finding {
    /// With what went to the database meanwhile.
    mutating func tell(_ statements: [StatementRecord]) {
        self.statements = statements
        story += CommitEvidence(finding: self).sentences
    }
}

/// The COMMIT of a transaction that wrote, of an operation whose outcome is unknown.
///
/// It is no proof that the operation took effect: a request may have several transactions, and what one of
/// them changed is not known. That there is none proves nothing either: the request may go on unseen.
struct CommitEvidence {
    let finding: Finding

    /// A sentence for each operation of the example whose answer was lost and whose statements were seen.
    var sentences: [String] {
        let origin = finding.example.map(\.invoked).min() ?? 0
        return finding.example.filter(Self.isLost).compactMap { operation in
            let own = finding.statements.filter { $0.operation == operation.id }
            guard !own.isEmpty else { return nil }
            let lost =
                "The answer to \(operation.name) of client \(operation.client) was lost. Of the statements that are "
                + "taken for its, "
            guard let (write, commit) = committed(own) else {
                return lost + "no change was committed, which proves nothing: it may go on unseen."
            }
            return lost
                + "the server answered COMMIT after `\(Self.brief(write))` on replica \(write.replica) at "
                + "+\(Figures.milliseconds(commit - origin))."
        }
    }

    private static func isLost(_ operation: OperationRecord) -> Bool {
        operation.outcome == .unknown && operation.requests.contains { $0.status == nil }
    }

    /// The last write that the server committed, and when it said so.
    private func committed(_ statements: [StatementRecord]) -> (write: StatementRecord, at: Int64)? {
        var open: [Int: StatementRecord] = [:]
        var inside: Set<Int> = []
        var found: (StatementRecord, Int64)?
        for statement in statements {
            let word = plainStatement(statement.statement).prefix { $0.isLetter }.uppercased()
            switch word {
            case "BEGIN", "START":
                inside.insert(statement.backend)
                open[statement.backend] = nil
            case "COMMIT", "END", "ROLLBACK", "ABORT":
                let isCommit = word == "COMMIT" || word == "END"
                if isCommit, statement.code == nil, let at = statement.answered,
                    let write = open[statement.backend]
                {
                    found = (write, at)
                }
                inside.remove(statement.backend)
                open[statement.backend] = nil
            case "INSERT", "UPDATE", "DELETE", "MERGE":
                guard statement.code == nil, let at = statement.answered, statement.rows ?? 1 > 0 else {
                    break
                }
                if inside.contains(statement.backend) {
                    open[statement.backend] = statement
                } else {
                    found = (statement, at)
                }
            default: break
            }
        }
        return found
    }

    private static func brief(_ statement: StatementRecord) -> String {
        let text = plainStatement(statement.statement).split(whereSeparator: \.isWhitespace).joined(
            separator: " ")
        return text.count <= 60 ? text : text.prefix(59) + "…"
    }
}
