// A benchmark as one offline page: in words first, then small charts side by side, then every figure.

import RunStore
import Scenarios

extension Benchmark {
    /// The page, UTF-8.
    public var html: String {
        let sections: [HTML] = [words, charts] + panels.map(table) + [method]
        let body: HTML = "\(head)<main>\(sections.joined())</main>"
        return HTMLPage(title: "bench · \(scenario)", body: body).text
    }

    private var head: HTML {
        let facts = circumstances.map { "<div><dd>\($0)</dd></div>" as HTML }.joined()
        let told = about.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let cut = interruption.map { "<p class=\"alert bad\">Incomplete: \($0.sentence)</p>" as HTML } ?? ""
        let failed = failures.prefix(20).map { "<p class=\"alert bad\">Not run: \($0)</p>" as HTML }.joined()
        return """
            <header class="page"><p class="brand"><b>contend</b> <span>benchmark</span></p><h1>\(scenario)</h1>\
            <p class="lead">\(told)</p>\
            <div class="command copyable"><code>\(command)</code>\
            <button type="button" class="copy">Copy</button></div>\
            <dl class="facts">\(facts)</dl>\(cut)\(failed)</header>
            """
    }

    private var words: HTML {
        let panels = reading.map { read -> HTML in
            let sentences = read.sentences.isEmpty ? ["Nothing to tell."] : read.sentences
            let items = sentences.map { "<li>\($0)</li>" as HTML }.joined()
            return "<h3>\(read.title.isEmpty ? scenario : read.title)</h3><ul>\(items)</ul>"
        }.joined()
        return "<section id=\"words\"><h2>In words</h2><div class=\"card\">\(panels)</div></section>"
    }

    // MARK: - Charts

    private struct Kind {
        var title: String
        var unit: String
        var note: String
        var scale = Axis.Scale.linear
        var format: @Sendable (Double) -> String
        var figure: @Sendable (BenchmarkCell) -> Estimate?
    }

    private static let kinds = [
        Kind(
            title: "Goodput over clients", unit: "good operations a second",
            note: "Whiskers are 95 % intervals over the repetitions; overlapping ones cannot be ranked.",
            format: Axis.plain, figure: { $0.goodput }),
        Kind(
            title: "Latency at p99", unit: "from the intended start",
            note: "Of all operations of all repetitions, merged.", scale: .logarithmic, format: Axis.duration,
            figure: { cell in
                let histogram = cell.latency
                guard histogram.count > 0 else { return nil }
                return Estimate(Double(histogram.microseconds(atPercentile: 99)) * 1_000)
            }),
        Kind(
            title: "CPU of service and database", unit: "seconds per 1,000 good operations",
            note: "What was lost or wrong was paid for, too.", scale: .logarithmic, format: Axis.plain,
            figure: { $0.totalCPU.map { Estimate($0) } }),
        Kind(
            title: "Lost or wrong", unit: "of 1,000 acknowledged operations",
            note: "At least so many, by the models.", format: Axis.plain, figure: { $0.lost }),
    ]

    private var charts: HTML {
        let parts = Self.kinds.map { kind -> HTML in
            let values = cells.compactMap { kind.figure($0)?.value }
            guard values.contains(where: { $0 > 0 }) else { return "" }
            let most = values.max() ?? 1
            // A decade around, so that a logarithmic scale has ticks to read it by.
            let least = kind.scale == .linear ? 0 : Axis.decade(below: values.filter { $0 > 0 }.min() ?? 1)
            let range = least...(kind.scale == .linear ? most * 1.08 : Axis.decade(below: most) * 10)
            let charts = HTML.multiples(panels.map { chart(kind, of: $0, range) })
            return "<section><h2>\(kind.title)</h2><p class=\"note\">\(kind.note)</p>\(charts)</section>"
        }
        return parts.joined()
    }

    /// All panels have one scale, so that they can be held against each other.
    private func chart(_ kind: Kind, of panel: Panel, _ range: ClosedRange<Double>) -> HTML {
        let clients = axes.first { $0.name == Self.clients }?.values ?? []
        let names = clients.map(\.plain)
        let x = Axis("clients", -0.3...(Double(max(1, names.count)) - 0.7)) { value in
            let index = Int(value.rounded())
            return Double(index) == value && names.indices.contains(index) ? names[index] : ""
        }
        // Of clients alone there is one line, over all of them.
        let isOfClients = compared == Self.clients
        let series = isOfClients ? Array(series.prefix(1)) : series
        let lines = series.enumerated().map { number, value in
            LineChart.Line(
                name: isOfClients ? Self.clients : value.plain, tone: .series(number),
                points: clients.enumerated().compactMap { index, count in
                    panel.cells.first {
                        (isOfClients || $0.value(of: compared) == value)
                            && $0.value(of: Self.clients) == count
                    }.flatMap(kind.figure).map { estimate in
                        let low = max(0, estimate.low ?? estimate.value)
                        let interval = estimate.high.map { low...max(low, $0) }
                        // Side by side, so that whiskers do not hide each other.
                        let beside = (Double(number) - Double(series.count - 1) / 2) * 0.05
                        return LineChart.Point(
                            x: Double(index) + beside, y: estimate.value, interval: interval)
                    }
                })
        }
        return LineChart(
            title: panel.title.isEmpty ? scenario : panel.title, x: x,
            y: Axis(kind.unit, range, scale: kind.scale, format: kind.format), lines: lines
        ).html
    }

    // MARK: - Figures

    private func table(_ panel: Panel) -> HTML {
        let columns = BenchmarkColumn.shown(in: self, brief: false)
        let rows = panel.cells.map { cell in columns.map { $0.text(cell, panel, self, false) } }
        let table = HTML.table(
            columns.map(\.title), rows, numbers: Set(columns.indices.filter { columns[$0].isNumber }))
        return """
            <section><h2>\(panel.title.isEmpty ? "Figures" : panel.title)</h2>\
            <div class="card scroll">\(table)</div></section>
            """
    }

    private var method: HTML {
        let items = notes.map { "<li>\($0)</li>" as HTML }.joined()
        return """
            <section><h2>How the figures are made</h2><div class="card"><ul>\(items)</ul>\
            <p class="note">Made by \(versions).</p></div></section>
            """
    }
}

extension Axis {
    /// The power of ten at or below a number above zero.
    fileprivate static func decade(below value: Double) -> Double {
        var decade = 1.0
        while decade > value { decade /= 10 }
        while decade * 10 <= value { decade *= 10 }
        return decade
    }
}

extension HTML {
    /// A table of plain text; the columns of `numbers` go to the right, and only the last one is broken.
    static func table(_ heading: [String], _ rows: [[String]], numbers: Set<Int>) -> HTML {
        func cell(_ column: Int, _ text: String, isHeading: Bool) -> HTML {
            let kind: HTML =
                numbers.contains(column)
                ? " class=\"num\"" : column < heading.count - 1 ? " style=\"white-space:nowrap\"" : ""
            return isHeading ? "<th\(kind)>\(text)</th>" : "<td\(kind)>\(text)</td>"
        }
        let head = heading.enumerated().map { cell($0, $1, isHeading: true) }.joined()
        let body = rows.map { row -> HTML in
            "<tr>\(row.enumerated().map { cell($0, $1, isHeading: false) }.joined())</tr>"
        }.joined()
        return "<table><thead><tr>\(head)</tr></thead><tbody>\(body)</tbody></table>"
    }
}
