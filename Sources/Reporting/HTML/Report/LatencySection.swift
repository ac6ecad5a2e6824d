// How long operations took and how many were answered: table, heat map over time, throughput with outcomes.

import Core
import RunStore

struct LatencySection {
    let figures: LoadFigures

    var note: HTML {
        var text =
            figures.hasIntended
            ? "From the moment at which the load meant to start an operation, waiting included, to its return."
            : "From the start of an operation to its return; a closed load or burst starts when the client is free."
        if figures.endless > 0 {
            text += " \(Figures.grouped(figures.endless, "operation")) never returned and has no latency."
        }
        if figures.ungrouped > 0 {
            text += " Names beyond the first \(LoadFigures.groupLimit) are left out."
        }
        return "\(text)"
    }

    var html: HTML {
        guard figures.operations > 0 else { return "" }
        return table
            + HTML.multiples([
                throughput, heatMap("Latency over time", figures.heat),
                percentiles("Latency by operation, logarithmic", figures.byOperation),
                percentiles("Latency by replica, logarithmic", figures.byReplica),
            ]) + heatMaps
    }

    private var table: HTML {
        let heads = ["p50", "p95", "p99", "p99.9", "max"].map { "<th class=\"num\">\($0)</th>" as HTML }
            .joined()
        let rows = (figures.byOperation + figures.byReplica).map { group -> HTML in
            let cells = Self.values(group).map {
                "<td class=\"num\">\(Figures.duration(microseconds: $0))</td>" as HTML
            }.joined()
            return """
                <tr><td>\(group.name)</td><td class="num">\(Figures.grouped(group.latencies.count))</td>\(cells)</tr>
                """
        }.joined()
        return """
            <div class="card scroll"><table><thead><tr><th>operation, then the replica that answered last</th>\
            <th class="num">count</th>\(heads)</tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    static func values(_ group: LoadFigures.Group) -> [UInt64] {
        let latencies = group.latencies
        return [50, 95, 99, 99.9].map(latencies.microseconds) + [latencies.maximumMicroseconds]
    }

    private func percentiles(_ title: String, _ groups: [LoadFigures.Group]) -> HTML {
        let shown = Array(groups.prefix(8))
        let values = shown.map(Self.values)
        let most = values.flatMap { $0 }.max() ?? 1
        let least = values.flatMap { $0 }.filter { $0 > 0 }.min() ?? 1
        let axis = Axis(
            "latency", Self.decadeBelow(least)...Double(max(1, most)) * 1_000, scale: .logarithmic,
            format: Axis.duration)
        let names = ["p50", "p95", "p99", "p99.9", "max"]
        return GroupedBars(
            title: title, groups: shown.map(\.name), y: axis,
            series: names.indices.map { place in
                Series(
                    name: names[place], tone: .shade(place + 2),
                    values: values.map { Double($0[place]) * 1_000 })
            }
        ).html
    }

    private static func decadeBelow(_ microseconds: UInt64) -> Double {
        var decade: UInt64 = 1
        while decade * 10 < microseconds { decade *= 10 }
        return Double(decade) * 1_000
    }

    private var seconds: Axis {
        Axis(
            "seconds of the load", 0...Double(max(1, figures.end - figures.begin)) / 1e9,
            format: { HTML.number2($0) + " s" })
    }

    private var throughput: HTML {
        let span = Double(max(1, figures.end - figures.begin)) / 1e9 / Double(LoadFigures.intervals)
        let outcomes: [(Outcome, Tone)] = [(.ok, .ok), (.fail, .fail), (.unknown, .unknown)]
        let series = outcomes.map { outcome, tone in
            Series(
                name: outcome.rawValue, tone: tone,
                values: (figures.throughput[outcome] ?? []).map { $0 / span })
        }
        let most =
            (0..<LoadFigures.intervals).map { column in series.reduce(0) { $0 + $1.value(column) } }.max()
            ?? 1
        return StackedBars(
            title: "Throughput with outcomes", x: seconds, y: Axis("operations a second", 0...most),
            series: series
        ).html
    }

    /// Each operation and each replica for itself, the first of them.
    private var heatMaps: HTML {
        let groups =
            figures.byOperation.prefix(Self.heatMapLimit) + figures.byReplica.prefix(Self.heatMapLimit)
        guard groups.count > 1 else { return "" }
        let maps = groups.map { heatMap($0.name, $0.heat) }
        return """
            <details><summary>Latency over time by operation and by replica</summary>\
            \(HTML.multiples(maps))</details>
            """
    }

    private static let heatMapLimit = 4

    private func heatMap(_ title: String, _ heat: [[Int]]) -> HTML {
        let rows = heat.indices.filter { heat[$0].contains { $0 > 0 } }
        guard let first = rows.first, let last = rows.last else { return "" }
        let axis = seconds
        let span = (axis.range.upperBound - axis.range.lowerBound) / Double(LoadFigures.intervals)
        var cells: [HeatMap.Cell] = []
        for row in first...last {
            let bound = Figures.duration(microseconds: LoadFigures.boundaries[row])
            for (column, count) in heat[row].enumerated() where count > 0 {
                cells.append(
                    HeatMap.Cell(
                        column: column, row: row - first, value: Double(count),
                        note: "\(Figures.grouped(count, "operation")) up to \(bound), begun at "
                            + axis.format(Double(column) * span)))
            }
        }
        return HeatMap(
            title: title, unit: "stronger: more operations", x: axis, columns: LoadFigures.intervals,
            rows: (first...last).map { "≤ " + Figures.duration(microseconds: LoadFigures.boundaries[$0]) },
            cells: cells
        ).html
    }
}
