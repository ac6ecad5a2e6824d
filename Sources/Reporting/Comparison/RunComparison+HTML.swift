// A comparison as one offline page: what it comes to, safety, and every figure with its interval drawn.

import Checking
import Core
import RunStore

extension RunComparison {
    /// The page, UTF-8.
    public var html: String {
        let body: HTML = "\(head)<main>\(safety)\(limits)\(figures)\(method)</main>"
        return HTMLPage(title: "compare · \(scenario)", body: body).text
    }

    private var head: HTML {
        let sides = [("base", base), ("candidate", candidate)].map { name, side -> HTML in
            let machine = side.machine.map { " on \($0.text)" } ?? ""
            let runs = side.runs.prefix(20).joined(separator: ", ")
            return """
                <div><dt style="white-space:nowrap">\(name)</dt><dd>\(Figures.grouped(side.runs.count, "run"))\(machine): \(runs)</dd></div>
                """
        }.joined()
        let facts = circumstances.map { "<div><dd>\($0)</dd></div>" as HTML }.joined()
        let alerts = warnings.map { "<p class=\"alert\">\($0)</p>" as HTML }.joined()
        return """
            <header class="page"><p class="brand"><b>contend</b> <span>comparison</span></p>\
            <div class="verdict"><h1>\(scenario)</h1>\
            <span class="badge \(outcome.badge)">\(outcome.word)</span></div>\
            <dl class="facts">\(sides)</dl><dl class="facts">\(facts)</dl>\(alerts)</header>
            """
    }

    private var safety: HTML {
        let table = HTML.table(
            ["", "finding", "class", "base runs", "candidate runs", "what"],
            findings.map {
                [
                    $0.word, $0.kind.rawValue, $0.classID, Figures.grouped($0.baseRuns),
                    Figures.grouped($0.candidateRuns), HTML.cut($0.title, to: 400),
                ]
            }, numbers: [3, 4])
        let content: HTML = findings.isEmpty ? "<p>No findings on either side.</p>" : table
        return """
            <section><h2>Safety</h2><p class="note">\(verdictSentence).</p>\
            <div class="card scroll">\(content)</div></section>
            """
    }

    private var limits: HTML {
        guard !thresholds.isEmpty else { return "" }
        let table = HTML.table(Self.thresholdHeading, thresholds.map(\.words), numbers: Self.thresholdNumbers)
        return "<section><h2>Thresholds</h2><div class=\"card scroll\">\(table)</div></section>"
    }

    private var figures: HTML {
        guard !rows.isEmpty else { return "" }
        let body = rows.map { row -> HTML in
            let cells = row.figures.enumerated().map { index, word -> HTML in
                index == 0 ? "<td>\(word)</td>" : "<td class=\"num\">\(word)</td>"
            }.joined()
            return "<tr>\(cells)<td>\(drawing(of: row))</td><td>\(called(row))</td></tr>"
        }.joined()
        return """
            <section><h2>Throughput and latency</h2><div class="card scroll"><table><thead><tr><th></th>\
            <th class="num">base</th><th class="num">candidate</th><th class="num">change</th>\
            <th class="num">95 % interval</th><th class="num">noise</th><th>half to double</th><th>call</th></tr>\
            </thead><tbody>\(body)</tbody></table></div></section>
            """
    }

    private func called(_ row: ComparisonRow) -> HTML {
        switch row.call {
        case .regression: "<span class=\"outcome o-violation\">\(row.call.words)</span>"
        case .improvement: "<span class=\"outcome o-pass\">\(row.call.words)</span>"
        case .small, .noise, .fewOperations, .noHistogram: "\(row.call.words)"
        }
    }

    /// The ratio on a scale from half to double, one in the middle, with its interval.
    private func drawing(of row: ComparisonRow) -> HTML {
        let axis = Axis("", 0.5...2, scale: .logarithmic)
        func x(_ ratio: Double) -> Double { 4 + axis.place(ratio) * 152 }
        let interval: HTML
        if let low = row.ratio.low, let high = row.ratio.high {
            interval = """
                <line class="line t-neutral" x1="\(x(low))" x2="\(x(high))" y1="9" y2="9"/>
                """
        } else {
            interval = ""
        }
        let mark: HTML = row.call == .regression ? "t-5" : row.call == .improvement ? "t-2" : "t-0"
        return """
            <svg width="160" height="18" viewBox="0 0 160 18" role="img" aria-label="\(row.changeText)">\
            <line class="axis" x1="80" x2="80" y1="1" y2="17"/>\(interval)\
            <g class="mark \(mark)"><circle cx="\(x(row.ratio.value))" cy="9" r="4"/></g></svg>
            """
    }

    private var method: HTML {
        let items = reading.map { "<li>\($0)</li>" as HTML }.joined()
        return "<section><h2>How to read it</h2><div class=\"card\"><ul>\(items)</ul></div></section>"
    }
}
