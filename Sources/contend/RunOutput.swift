// What `contend run` prints on stdout: summaries and tables as they come, or one JSON document at the end.

import Checking
import Engine
import History
import Reporting
import Scenario
import Synchronization
import Traffic

final class RunOutput: Sendable {
    private struct State {
        var documents: [Value] = []
        var tables: [Value] = []
    }

    private let isJSON: Bool
    private let state = Mutex(State())

    init(isJSON: Bool) { self.isJSON = isJSON }

    /// One finished run; of several, only those with something to tell are shown in full.
    func add(_ result: RunResult, isOne: Bool) {
        guard !isJSON else { return keep(result) }
        guard isOne || result.report.judgement.verdict != .pass else { return }
        Console.show(result.report.summary(Console.style, directory: Console.shown(result.directory)) + "\n")
    }

    /// Repeats end with a table.
    func close(_ results: [RunResult], title: String) {
        guard !isJSON, results.count > 1 else { return }
        var table = MatrixTable(title: "repeats · \(title)", axes: ["seed"], rows: [])
        table.rows = results.map { result in
            MatrixRow(
                values: ["\(result.report.seed)"], expected: Verdict.pass.rawValue,
                verdict: result.report.judgement.verdict.rawValue,
                findings: result.report.judgement.findings.map(\.kind.rawValue).joined(separator: ", "),
                rounds: result.report.judgement.tally.rounds, exitCode: result.status.rawValue,
                run: result.report.run)
        }
        Console.show(table.text(Console.style))
    }

    /// One cell of a matrix, in a line on stderr; the table comes at the end.
    func mention(_ result: RunResult) {
        if isJSON { keep(result) }
        let report = result.report
        let values = report.parameters.map(\.value.plain) + [report.database]
        Console.tell(
            "\(report.judgement.verdict.word)  \(report.scenario) · \(values.joined(separator: " · "))")
    }

    func add(_ outcome: MatrixRun.Outcome) {
        guard isJSON else { return Console.show(outcome.table.text(Console.style) + "\n") }
        let rows = outcome.table.rows.map { row in
            Value.object([
                "run": .string(row.run), "expected": .string(row.expected),
                "expected_finding": row.expectedFinding.map(Value.string) ?? .null,
                "verdict": .string(row.verdict),
                "exit": .int(Int(row.exitCode)),
                "cell": .object(
                    Dictionary(zip(outcome.table.axes, row.values.map(Value.string))) { $1 }),
            ])
        }
        state.withLock { $0.tables += rows }
    }

    func add(_ exchanges: [Exchange]) {
        let style = Console.style
        for exchange in exchanges {
            var lines = [
                style.paint(exchange.operation, .bold), style.rule(), exchange.request, "", exchange.answer,
                "",
            ]
            for (name, value) in exchange.captures.sorted(by: { $0.key < $1.key }) {
                lines.append("  captured \(name) = \(value.plain)")
            }
            lines.append("  \(exchange.outcome.rawValue): \(exchange.reason)")
            Console.show(lines.joined(separator: "\n") + "\n\n")
        }
    }

    /// One verdict as it is; several in one document.
    func flush() {
        guard isJSON else { return }
        let (documents, tables) = state.withLock { ($0.documents, $0.tables) }
        if documents.count == 1, tables.isEmpty, let only = documents.first {
            return Console.show(JSON.text(only) + "\n")
        }
        let all: [String: Value] = [
            "version": .int(RunReport.currentVersion), "runs": .array(documents), "matrix": .array(tables),
        ]
        Console.show(JSON.text(.object(all)) + "\n")
    }

    private func keep(_ result: RunResult) { state.withLock { $0.documents.append(result.report.document) } }
}
