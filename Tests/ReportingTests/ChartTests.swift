// Drawings: ticks are round, numbers are finite, nothing is drawn by colour alone.

import Testing

@testable import Reporting

@Suite struct ChartTests {
    @Test(arguments: [
        (0.0...10.0, [0.0, 2, 4, 6, 8, 10]), (0...0.7, [0, 0.2, 0.4, 0.6]), (3...17, [5, 10, 15]),
    ])
    func linearTicksAreRound(range: ClosedRange<Double>, ticks: [Double]) {
        let found = Axis("x", range).ticks()
        #expect(found.count == ticks.count)
        #expect(zip(found, ticks).allSatisfy { ($0 - $1).magnitude < 1e-9 }, "\(found)")
    }

    @Test func logarithmicTicksAreDecadesOfAWideRangeAndFinerOfANarrowOne() {
        #expect(Axis("x", 1...1e6, scale: .logarithmic).ticks() == [1, 100, 10_000, 1_000_000])
        #expect(Axis("x", 100...400, scale: .logarithmic).ticks() == [100, 200])
    }

    @Test func anAxisWithoutExtentIsWidened() {
        #expect(Axis("x", 5...5).range == 5...6)
        #expect(Axis("x", 0...0, scale: .logarithmic).place(1) <= 1)
        #expect(Axis("x", .zero ... .infinity).range == 0...1)
    }

    @Test func chartsWithoutNumbersAndWithBadOnesAreStillDrawn() {
        let axis = Axis("x", 0...1)
        let charts: [HTML] = [
            LineChart(title: "l", x: axis, y: axis, lines: []).html,
            LineChart(
                title: "l", x: axis, y: axis,
                lines: [.init(name: "a", tone: .ok, points: [.init(x: .nan, y: .infinity)])]
            ).html,
            StackedBars(title: "s", x: axis, y: axis, series: []).html,
            GroupedBars(
                title: "g", groups: ["a"], y: axis, series: [Series(name: "b", tone: .fail, values: [.nan])]
            ).html,
            HeatMap(title: "h", unit: "u", x: axis, columns: 0, rows: [], cells: []).html,
        ]
        for chart in charts {
            #expect(chart.text.contains("role=\"img\"") && chart.text.contains("aria-label="))
            #expect(!chart.text.lowercased().contains("nan\"") && !chart.text.contains("inf\""))
            #expect(!chart.text.contains("style="), "colours come from the style sheet")
        }
    }

    @Test func everyBarAndCellTellsItsNumbers() {
        let axis = Axis("time", 0...2)
        let bars = StackedBars(
            title: "s", x: axis, y: Axis("n", 0...5),
            series: [
                Series(name: "ok", tone: .ok, values: [3, 5]),
                Series(name: "fail", tone: .fail, values: [1, 0]),
            ]
        ).html
        #expect(bars.text.contains("<title>0 to 1: ok 3 · fail 1</title>"))
        #expect(bars.text.components(of: "<rect class=\"fill t-ok\" x=") == 2)
        #expect(bars.text.components(of: "<rect class=\"fill t-fail\" x=") == 1, "an empty bar is left out")
        let names = GroupedBars(
            title: "g", groups: ["<a>"], y: Axis("n", 0...5),
            series: [Series(name: "b&c", tone: .ok, values: [2])]
        )
        .html
        #expect(names.text.contains("<title>&lt;a&gt;, b&amp;c: 2</title>"))
    }
}
