// The edges at which the copies that became one had disagreed.

import Core
import Foundation
import Testing

@Suite struct PrimitiveTests {
    @Test func durationsThatDoNotFitAreHeldAtTheLimits() {
        #expect(Duration.milliseconds(1500).nanoseconds == 1_500_000_000)
        #expect(Duration.nanoseconds(-1).nanoseconds == -1)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
        // The seconds alone fit, and the sum does not.
        #expect((Duration.nanoseconds(Int64.max) + .milliseconds(300)).nanoseconds == .max)
        #expect(Duration.seconds(-5).milliseconds == 0)
    }

    @Test(arguments: [(1970, 1, 1, 0), (2000, 2, 29, 11_016), (2026, 11, 27, 20_784), (1969, 12, 31, -1)])
    func daysAreThoseOfTheCalendar(year: Int, month: Int, day: Int, days: Int) {
        #expect(CivilDate(year: year, month: month, day: day).daysSince1970 == days)
    }

    @Test func aPartOfAURLKeepsNoSlashAndAPathDoes() {
        #expect("a/b ü~".percentEncoded == "a%2Fb%20%C3%BC~")
        #expect("a/b ü~".percentEncodedPath == "a/b%20%C3%BC~")
    }

    @Test func whatCannotBeWrittenIsTold() {
        #expect(writeWhole([1], to: -1) == EBADF)
        #expect(writeWhole([], to: -1) == 0, "there is nothing to write")
    }

    @Test func noErrorOfFoundationIsToldAsItIs() {
        struct Silent: Error {}
        struct Told: CodedError {
            enum Code: String, Sendable { case only }
            var code = Code.only
            var message = "it is full"
        }
        let missing = #expect(throws: (any Error).self) { try Data(contentsOf: URL(filePath: "/no/file")) }
        #expect(missing.map(systemReason) == "No such file or directory")
        #expect(systemReason(of: Silent()) == "the system did not say why")
        #expect(systemReason(of: CocoaError(.fileWriteFileExists)) == "the system did not say why")
        #expect(systemReason(of: Told()) == "it is full")
    }
}
