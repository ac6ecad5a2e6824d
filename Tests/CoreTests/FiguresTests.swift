// Numbers as people read them.

import Core
import Testing

@Suite struct FiguresTests {
    @Test(arguments: [
        (0, "0 ns"), (999, "999 ns"), (41_000, "41.0 µs"), (999_499, "999 µs"), (999_500, "1.0 ms"),
        (1_204_000, "1.2 ms"), (14_200_000_000, "14.2 s"), (59_940_000_000, "59.9 s"),
        (59_960_000_000, "1 m 00 s"), (125_000_000_000, "2 m 05 s"), (3_725_000_000_000, "1 h 02 m"),
        (-1_500_000, "-1.5 ms"),
    ])
    func durationsHaveAFittingUnit(nanoseconds: Int64, text: String) {
        #expect(Figures.duration(nanoseconds: nanoseconds) == text)
    }

    @Test func countsAreGroupedByThousands() {
        #expect(Figures.grouped(0) == "0")
        #expect(Figures.grouped(999) == "999")
        #expect(Figures.grouped(1_000) == "1,000")
        #expect(Figures.grouped(-1_234_567) == "-1,234,567")
        #expect(Figures.grouped(1, "round") == "1 round")
        #expect(Figures.grouped(2_000, "round") == "2,000 rounds")
    }

    @Test func sharesOfNothingAreADash() {
        #expect(Figures.share(0, of: 0) == "–")
        #expect(Figures.share(2_335, of: 2_400) == "97.3 %")
    }

    @Test func decimalsRoundHalfAwayFromZero() {
        #expect(Figures.decimal(0.05, places: 1) == "0.1")
        #expect(Figures.decimal(-0.04, places: 1) == "0.0")
        #expect(Figures.decimal(1.999, places: 2) == "2.00")
        #expect(Figures.decimal(.nan, places: 1) == "–")
    }

    @Test func smallRatesKeepADecimal() {
        #expect(Figures.rate(3.25) == "3.3/s")
        #expect(Figures.rate(690.6) == "691/s")
    }
}
