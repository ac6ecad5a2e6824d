// Intervals: against values from printed tables, and for what too few runs cannot say.

import Testing

@testable import Reporting

@Suite struct EstimateTests {
    /// Two-sided 95 % points of Student's t, as statistical tables print them.
    @Test(arguments: [
        (1.0, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980),
    ])
    func quantilesAreThoseOfTheTables(degrees: Double, expected: Double) {
        #expect(abs(StudentT.quantile(0.975, degreesOfFreedom: degrees) - expected) < 0.001)
    }

    @Test func theMeanOfThreeRunsHasStudentsInterval() throws {
        let estimate = try #require(Estimate.mean([9, 10, 11]))
        #expect(estimate.value == 10)
        // 4.303 · 1 / √3
        #expect(abs(try #require(estimate.high) - 12.484) < 0.001)
        #expect(abs(try #require(estimate.low) - 7.516) < 0.001)
    }

    @Test func oneRunHasNoIntervalAndNoneHasNothing() {
        #expect(Estimate.mean([5]) == Estimate(5))
        #expect(Estimate.mean([]) == nil)
        #expect(Estimate.ratio(of: [5], to: [10, 11]).map(\.hasInterval) == false)
        #expect(Estimate.ratio(of: [0, 1], to: [1, 1]) == nil)
    }

    @Test func theRatioIsThatOfGeometricMeansAndItsIntervalIsWelchs() throws {
        let estimate = try #require(Estimate.ratio(of: [90, 100, 110], to: [180, 200, 220]))
        #expect(abs(estimate.value - 0.5) < 1e-9)
        let (low, high) = (try #require(estimate.low), try #require(estimate.high))
        // Equal scatter on both sides: four degrees of freedom, 2.776 · √(2 · s² / 3) around log ½.
        #expect(abs(low - 0.3983) < 0.0005 && abs(high - 0.6277) < 0.0005)
        let swapped = try #require(Estimate.ratio(of: [180, 200, 220], to: [90, 100, 110]))
        #expect(abs(try #require(swapped.low) - 1 / high) < 1e-9)
    }

    @Test func runsThatAreAllEqualHaveAnIntervalWithoutExtent() {
        #expect(Estimate.ratio(of: [2, 2], to: [1, 1]) == Estimate(2, low: 2, high: 2))
    }
}
