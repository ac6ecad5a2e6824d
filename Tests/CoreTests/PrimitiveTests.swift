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
        #expect(CivilDate(daysSince1970: days) == CivilDate(year: year, month: month, day: day))
    }

    @Test func aPartOfAURLKeepsNoSlashAndAPathDoes() {
        #expect("a/b ü~".percentEncoded == "a%2Fb%20%C3%BC~")
        #expect("a/b ü~".percentEncodedPath == "a/b%20%C3%BC~")
    }

    /// FIPS 180-4, and lengths around a block.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 55),
            "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"
        ),
        (
            String(repeating: "a", count: 64),
            "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"
        ),
    ])
    func digestsAreThoseOfTheStandard(text: String, digest: String) {
        #expect(SHA256.hexadecimal(of: text.utf8) == digest)
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
