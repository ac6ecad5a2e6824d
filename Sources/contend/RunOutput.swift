// What `contend run` prints on stdout: summaries and tables as they come, or one JSON document at the end.

import Checking
import Core
import Engine
import Histories
import Reporting
import RunStore
import Scenarios
import Traffic

final class RunOutput: Sendable {
    let failOn: Set<Verdict>
    private let isJSON: Bool
    private let runs = Locked<[SuiteRun]>([])

    init(isJSON: Bool, failOn: Set<Verdict>) {
        self.isJSON = isJSON
        self.failOn = failOn
    }

    /// All runs so far.
    var suite: RunSuite { RunSuite(runs.withLock(\.self), failOn: failOn) }

    /// One finished run; of several, only those with something to tell are shown in full.
    func add(_ result: RunResult, isOne: Bool) {
        guard !isJSON, isOne || result.report.judgement.verdict != .pass else { return }
        Console.show(result.report.summary(Console.style, directory: Console.shown(result.directory)) + "\n")
    }

    /// Takes the results, with what each counts as, when nothing can be added to them any more; repeats end
    /// with a table, however many they became.
    ///
    /// `cell` is the cell of the matrix that repeats are runs of.
    func close(
        _ results: [RunResult], counted: [ExitStatus], cell: MatrixCell?, isOne: Bool, title: String
    ) {
        let counted = zip(results, counted)
        keep(
            counted.map {
                SuiteRun($0.report, expectation: cell?.expectation, exitCode: $1.rawValue)
            })
        guard !isJSON, !isOne else { return }
        var table = MatrixTable(title: "repeats · \(title)", axes: ["seed"], rows: [])
        table.rows = counted.map { result, status in
            MatrixRow(
                values: ["\(result.report.identity.seed)"],
                expected: (cell?.expectation?.verdict ?? .pass).rawValue,
                verdict: result.report.judgement.verdict.rawValue,
                findings: result.report.judgement.findings.map(\.kind.rawValue).joined(separator: ", "),
                rounds: result.report.judgement.tally.rounds, exitCode: status.rawValue,
                run: result.report.identity.run,
                reasonNotRun: result.report.judgement.verdict == .notRun ? result.report.reasonNotRun : nil)
        }
        Console.show(table.text(Console.style))
    }

    /// One cell of a matrix, in a line on stderr; the table comes at the end.
    func mention(_ result: RunResult) {
        let report = result.report
        let values = report.identity.parameters.map(\.value.plain) + [report.identity.database]
        Console.tell(
            "\(report.judgement.verdict.word)  \(report.identity.scenario) · \(values.joined(separator: " · "))"
        )
    }

    func add(_ outcome: MatrixRun.Outcome) {
        keep(outcome.runs)
        if !isJSON { Console.show(outcome.table.text(Console.style) + "\n") }
    }

    func add(_ exchanges: [Exchange]) {
        let style = Console.style
        for exchange in exchanges {
            var lines = [style.paint(exchange.operation, .bold), style.rule()]
            lines += Self.quoted(exchange.request, by: ">") + [""]
            lines += Self.quoted(exchange.answer, by: "<") + [""]
            for (name, value) in exchange.captures.sorted(by: { $0.key < $1.key }) {
                lines.append("  captured \(name) = \(value.plain.onOneLine)")
            }
            lines.append("  \(exchange.outcome.rawValue): \(exchange.reason.onOneLine)")
            Console.show(lines.joined(separator: "\n") + "\n\n")
        }
    }

    /// Lines of a message, marked as curl does: what a service says cannot be taken for what contend says.
    private static func quoted(_ message: String, by mark: String) -> [String] {
        message.split(separator: "\n" as Character, omittingEmptySubsequences: false)
            .map { $0.isEmpty ? mark : "\(mark) \($0)" }
    }

    /// One verdict as it is; several in one document.
    func flush() {
        guard isJSON else { return }
        let suite = suite
        let only = suite.runs.count == 1 ? suite.runs.first : nil
        let document = only.flatMap { $0.cell == nil ? $0.report.document : nil } ?? suite.document
        Console.show(JSON.text(document) + "\n")
    }

    private func keep(_ more: [SuiteRun]) { runs.withLock { $0 += more } }
}
