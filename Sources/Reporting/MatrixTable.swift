// The table that ends a matrix: one line a cell, with what was expected, what came and whether that is as it
// should be.

import Core

/// One cell as the table shows it.
public struct MatrixRow: Sendable, Hashable {
    /// The cell's value on each axis, in the order of the axes.
    public var values: [String]
    /// The verdict that was expected.
    public var expected: String
    public var verdict: String
    /// Kinds of findings, the first ones.
    public var findings: String
    public var rounds: Int
    /// Operations a second, of loads without rounds.
    public var perSecond: Double?
    /// As the database counted them, if it does.
    public var deadlocks: Int?
    /// The exit code that the cell counts with.
    public var exitCode: Int32
    public var run: String
    /// Of a run that did not happen.
    public var reasonNotRun: String?

    public init(
        values: [String], expected: String, verdict: String, findings: String,
        rounds: Int, perSecond: Double? = nil, deadlocks: Int? = nil, exitCode: Int32, run: String,
        reasonNotRun: String? = nil
    ) {
        self.values = values
        self.expected = expected
        self.verdict = verdict
        self.findings = findings
        self.rounds = rounds
        self.perSecond = perSecond
        self.deadlocks = deadlocks
        self.exitCode = exitCode
        self.run = run
        self.reasonNotRun = reasonNotRun
    }
}

/// The runs of a matrix, or of one scenario repeated.
public struct MatrixTable: Sendable {
    /// `matrix · image-deactivate`, as the heading says it.
    public var title: String
    public var axes: [String]
    public var rows: [MatrixRow]
    /// What the counts of the rows do not say.
    public var note: String?

    public init(title: String, axes: [String], rows: [MatrixRow], note: String? = nil) {
        self.title = title
        self.axes = axes
        self.rows = rows
        self.note = note
    }

    /// Rounds, throughput and deadlocks, where any run has them; rounds also where none has anything.
    private func measuredColumns() -> [(name: String, text: (MatrixRow) -> String)] {
        var columns: [(name: String, text: (MatrixRow) -> String)] = []
        if rows.contains(where: { $0.perSecond != nil }) {
            columns.append(("op/s", { $0.perSecond.map { Figures.grouped(Int($0)) } ?? "" }))
        }
        if columns.isEmpty || rows.contains(where: { $0.rounds > 0 }) {
            columns.append(("rounds", { Figures.grouped($0.rounds) }))
        }
        if rows.contains(where: { $0.deadlocks ?? 0 > 0 }) {
            columns.append(("deadlocks", { $0.deadlocks.map(Figures.grouped) ?? "" }))
        }
        return columns
    }

    /// Heading, table, one closing sentence, and where to look for each cell that is not as expected.
    public func text(_ style: TextStyle) -> String {
        let measured = measuredColumns()
        let unexpected = rows.filter { $0.exitCode != 0 }
        var table = TextTable(
            axes.map { .init($0) } + [.init("expected"), .init("verdict"), .init("found", flexible: true)]
                + measured.map { .init($0.name, right: true) } + [.init("exit", right: true)])
        table.rows = rows.map { row in
            row.values + [row.expected, row.verdict, row.findings] + measured.map { $0.text(row) }
                + [String(row.exitCode)]
        }
        var lines = [
            style.paint("\(title) · \(Figures.grouped(rows.count, "run"))", .bold),
            style.rule(),
            "",
        ]
        lines += table.lines(style) {
            rows[$0].exitCode == 0 ? nil : rows[$0].exitCode == 1 ? .bad : .doubtful
        }
        lines.append("")
        if unexpected.isEmpty {
            lines.append("  " + style.paint("everything is as expected", .good))
        } else {
            lines.append(
                "  \(Figures.grouped(rows.count - unexpected.count)) of \(Figures.grouped(rows.count, "run")) as expected; not so:"
            )
            for row in unexpected {
                lines.append("    contend show \(row.run)")
                // Its first line; what a service printed before it ended is in the run.
                let reason = row.reasonNotRun?.prefix { $0 != "\n" }
                if let reason { lines += style.wrap(String(reason), indent: 6) }
            }
        }
        if let note { lines += [""] + style.wrap(note, indent: 2) }
        return lines.joined(separator: "\n") + "\n"
    }
}
