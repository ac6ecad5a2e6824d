// Wrapping, tables and the progress line keep to their width.

import Core
import Testing

@testable import Reporting

@Suite struct LayoutTests {
    @Test func wrappedLinesKeepToTheWidthAndLoseNoWord() {
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0...UInt64.max, using: &generator)
        var lengths = SeededGenerator(state: seed)
        for _ in 0..<200 {
            let words = (0..<Int(lengths.next() % 30)).map { _ in
                String(repeating: "x", count: Int(lengths.next() % 20) + 1)
            }
            let style = TextStyle(isColoured: false, width: 40 + Int(lengths.next() % 60))
            let lines = style.wrap(words.joined(separator: " "), indent: 4, first: "  - ")
            #expect(lines.allSatisfy { $0.count <= style.width }, "seed \(seed)")
            let back = lines.joined(separator: " ").split(separator: " ").filter { $0 != "-" }.map(
                String.init)
            #expect(back == words, "seed \(seed)")
        }
    }

    @Test func aTableGivesWayInItsWidestTextColumn() {
        var table = TextTable([.init("name"), .init("n", right: true)], indent: 0)
        table.rows = [[String(repeating: "a", count: 90), "12"], ["b", "3"]]
        let lines = table.lines(TextStyle(isColoured: false, width: 40))
        #expect(
            lines == [
                TextStyle.left("name", 36) + "   n", String(repeating: "a", count: 35) + "…  12",
                TextStyle.left("b", 36) + "   3",
            ])
    }

    @Test func theProgressLineLeavesOutWhatMattersLeast() {
        var line = ProgressLine(phase: "load", elapsedNanoseconds: 3_200_000_000)
        line.ok = 1_000
        line.fail = 20
        line.unknown = 3
        line.rounds = 40
        line.findings = 1
        let whole = "load · 3.2 s · 40 rounds · 1,023 operations · ok 1,000  fail 20  unknown 3 · 1 finding"
        #expect(line.text(width: 120) == whole)
        #expect(line.text(width: 60) == "load · 3.2 s · 40 rounds · 1,023 operations · 1 finding")
        for width in 1...100 { #expect(line.text(width: width).count <= width) }
    }

    @Test func colourIsThereOnlyWhereItIsAskedFor() {
        #expect(!Fixtures.report.summary(.plain, directory: "d").contains("\u{1B}"))
        let coloured = Fixtures.report.summary(TextStyle(isColoured: true, width: 80), directory: "d")
        #expect(coloured.contains("\u{1B}[1;31mVIOLATION\u{1B}[0m"))
        #expect(coloured.withoutColour == Fixtures.report.summary(.plain, directory: "d"))
    }
}

extension String {
    var withoutColour: String { replacing(#/\u{1B}\[[0-9;]*m/#, with: "") }
}
