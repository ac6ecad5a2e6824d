// A benchmark as text in 80 columns, and the cells of its tables, which Markdown and HTML share.

import Core
import RunStore
import Scenarios

extension Benchmark {
    /// Heading, reading, a table for each panel, and how the figures are made.
    public func text(_ style: TextStyle) -> String {
        var lines = [
            style.paint(TextStyle.cut("bench · \(scenario)", to: style.width), .bold), style.rule(), "",
        ]
        lines += style.flow(circumstances, indent: 2)
        if let interruption { lines += style.wrap("incomplete: " + interruption.sentence, indent: 2) }
        for failure in failures.prefix(5) {
            lines += style.wrap("not run: " + failure, indent: 4, first: "  ")
        }
        if failures.count > 5 {
            lines.append("  and \(Figures.grouped(failures.count - 5)) more did not run")
        }
        for (panel, read) in zip(panels, reading) {
            lines += ["", style.paint(panel.title.isEmpty ? scenario : panel.title, .bold)]
            var table = TextTable(
                BenchmarkColumn.shown(in: self, brief: true).map {
                    .init($0.brief, right: $0.isNumber, flexible: !$0.isNumber)
                })
            table.rows = panel.cells.map { cell in
                BenchmarkColumn.shown(in: self, brief: true).map { $0.text(cell, panel, self, true) }
            }
            lines += table.lines(style)
            lines += read.sentences.flatMap { style.wrap($0, indent: 2) }
        }
        lines += [""] + notes.flatMap { style.wrap($0, indent: 2) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Machine, repetitions and seed.
    var circumstances: [String] {
        [
            Figures.grouped(cells.count, "cell"), "\(times) repetitions each, interleaved", "seed \(seed)",
            machine.text, started,
        ] + fixed.map { "\($0.name) \($0.value.plain)" }
    }

    /// How the figures are made, in sentences.
    var notes: [String] {
        var notes = [
            "Goodput: acknowledged operations a second, without those that safety findings show to be lost or "
                + "wrong (each wrong element of a set, key or round counts as one, of the check that shows most: at "
                + "least so many). ± is Student's 95 % interval over the repetitions.",
            "vs: goodput over that of \(named(reference)), same cell otherwise; \"too noisy\" where Welch's 95 % "
                + "interval holds 1, so that the two cannot be ranked.",
            "Latency is merged over all operations of all repetitions, from the intended start. Conflicts and "
                + "deadlocks are per 1,000 operations, lost and aborted attempts per 1,000 acknowledged ones, CPU "
                + "seconds per 1,000 good ones, the monitor's own connection left out.",
            "A machine that runs clients, service and database on \(Figures.grouped(machine.cores, "core")) shows "
                + "ratios, not what a service can do.",
        ]
        if axes.contains(where: { $0.name == "database" && $0.values.contains("sqlite") }) {
            notes.append("SQLite works inside the service: its CPU time is the service's.")
        }
        if times < 2 {
            notes.append("Without repetitions there are no intervals, and nothing is ranked.")
        }
        return notes
    }
}

/// One column of a benchmark's table.
struct BenchmarkColumn: Sendable {
    /// As Markdown and HTML head it.
    var title: String
    /// As 80 columns head it.
    var brief: String
    var isNumber: Bool
    /// The text of a cell; brief where space is short.
    var text: @Sendable (BenchmarkCell, Benchmark.Panel, Benchmark, Bool) -> String
    /// Left out where no cell has anything but this.
    var blank: String?
    /// Only where there is space.
    var isDetail = false

    /// Those that have something to say in this benchmark.
    static func shown(in benchmark: Benchmark, brief: Bool) -> [BenchmarkColumn] {
        all(benchmark).filter { column in
            // The first column already says them.
            if column.title == Benchmark.clients, column.brief != column.title,
                benchmark.compared == Benchmark.clients
            {
                return false
            }
            if brief, column.isDetail { return false }
            guard let blank = column.blank else { return true }
            return benchmark.panels.contains { panel in
                panel.cells.contains { column.text($0, panel, benchmark, brief) != blank }
            }
        }
    }

    private static let nothing = "–"

    private static func all(_ benchmark: Benchmark) -> [BenchmarkColumn] {
        [
            BenchmarkColumn(title: benchmark.compared, brief: benchmark.compared, isNumber: false) {
                cell, _, benchmark, _ in cell.value(of: benchmark.compared)?.plain ?? nothing
            },
            BenchmarkColumn(title: "clients", brief: "cl", isNumber: true) { cell, _, _, _ in
                cell.value(of: Benchmark.clients)?.plain ?? nothing
            },
            BenchmarkColumn(title: "goodput", brief: "good/s", isNumber: true) { cell, _, _, _ in
                spread(cell.goodput) { Figures.grouped(Int($0.rounded())) }
            },
            BenchmarkColumn(title: "vs \(benchmark.named(benchmark.reference))", brief: "vs", isNumber: true)
            { cell, panel, benchmark, isBrief in standing(cell, panel, benchmark, isBrief) },
            latency("p50", 50), latency("p95", 95, isDetail: true), latency("p99", 99),
            latency("p99.9", 99.9, isDetail: true),
            perThousand("conflicts ‰", "confl", \.conflicts), perThousand("aborted ‰", "abort", \.aborted),
            perThousand("deadlocks ‰", "dead", \.deadlocks, blank: nothing),
            perThousand("unknown ‰", "unkn", \.unknown),
            perThousand("lost ‰", "lost", \.lost, blank: nil, isDetail: false),
            cpu("CPU service", "cpu", \.serviceCPU), cpu("CPU database", "db", \.databaseCPU),
            BenchmarkColumn(
                title: "CPU", brief: "CPU", isNumber: true,
                text: { cell, _, _, isBrief in
                    isBrief ? cell.totalCPU.map { Figures.decimal($0, places: 2) } ?? nothing : nothing
                }, blank: nothing),
        ]
    }

    private typealias Part = @Sendable (BenchmarkCell) -> Estimate?

    private static func perThousand(
        _ title: String, _ brief: String, _ part: @escaping Part, blank: String? = "0.0",
        isDetail: Bool = true
    ) -> BenchmarkColumn {
        BenchmarkColumn(
            title: title, brief: brief, isNumber: true,
            text: { cell, _, _, _ in part(cell).map { Benchmark.perThousand($0.value) } ?? nothing },
            blank: blank, isDetail: isDetail)
    }

    private static func cpu(_ title: String, _ brief: String, _ part: @escaping Part) -> BenchmarkColumn {
        BenchmarkColumn(
            title: title, brief: brief, isNumber: true,
            text: { cell, _, _, _ in spread(part(cell)) { Figures.decimal($0, places: 2) } }, blank: nothing,
            isDetail: true)
    }

    private static func latency(_ name: String, _ percentile: Double, isDetail: Bool = false)
        -> BenchmarkColumn
    {
        BenchmarkColumn(
            title: name, brief: name, isNumber: true,
            text: { cell, _, _, _ in
                let histogram = cell.latency
                return histogram.count == 0
                    ? nothing
                    : Figures.duration(microseconds: histogram.microseconds(atPercentile: percentile))
            }, isDetail: isDetail)
    }

    private static func standing(
        _ cell: BenchmarkCell, _ panel: Benchmark.Panel, _ benchmark: Benchmark, _ isBrief: Bool
    ) -> String {
        if cell.value(of: benchmark.compared) == benchmark.reference { return "1" }
        guard let standing = benchmark.standing(of: cell, in: panel) else { return nothing }
        let ratio = Benchmark.ratio(standing.ratio.value)
        guard standing.isRanked else { return isBrief ? "too noisy" : "\(ratio) too noisy to rank" }
        guard !isBrief, let low = standing.ratio.low, let high = standing.ratio.high else { return ratio }
        return "\(ratio) (\(Benchmark.ratio(low)) to \(Benchmark.ratio(high)))"
    }

    private static func spread(_ estimate: Estimate?, _ shown: (Double) -> String) -> String {
        guard let estimate else { return nothing }
        guard let low = estimate.low else { return shown(estimate.value) }
        return "\(shown(estimate.value)) ±\(shown(estimate.value - low))"
    }
}
