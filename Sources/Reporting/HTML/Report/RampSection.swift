// The steps of a ramp, as a table and as two lines over the number of clients.

import Checking
import Core

struct RampSection {
    let steps: [LoadStep]

    var html: HTML {
        guard !steps.isEmpty else { return "" }
        let rows = steps.prefix(100).map { step -> HTML in
            """
            <tr><td class="num">\(Figures.grouped(step.clients))</td><td class="num">\(Figures.rate(step.perSecond))</td>\
            <td class="num">\(Figures.grouped(step.succeeded))</td><td class="num">\(Figures.grouped(step.aborted))</td>\
            <td class="num">\(Figures.decimal(step.abortedPerSuccess, places: 2))</td>\
            <td class="num">\(Figures.grouped(step.deadlocks))</td></tr>
            """
        }.joined()
        return """
            <div class="card scroll"><table><thead><tr><th class="num">clients</th><th class="num">operations</th>\
            <th class="num">succeeded</th><th class="num">aborted attempts</th><th class="num">per success</th>\
            <th class="num">deadlocks</th></tr></thead><tbody>\(rows)</tbody></table></div>\(charts)
            """
    }

    private var charts: HTML {
        let clients = Axis("clients", 0...Double(steps.map(\.clients).max() ?? 1))
        let rate = steps.map { LineChart.Point(x: Double($0.clients), y: $0.perSecond) }
        let aborted = steps.map { LineChart.Point(x: Double($0.clients), y: $0.abortedPerSuccess) }
        return HTML.multiples([
            LineChart(
                title: "Throughput over clients", x: clients,
                y: Axis("operations a second", 0...(rate.map(\.y).max() ?? 1)),
                lines: [.init(name: "answered", tone: .series(0), points: rate)]
            ).html,
            LineChart(
                title: "Attempts that came to nothing", x: clients,
                y: Axis("for each success", 0...max(0.1, aborted.map(\.y).max() ?? 1)),
                lines: [.init(name: "aborted", tone: .series(5), points: aborted)]
            ).html,
        ])
    }
}
