// What a scenario says of `contend explore`: read, written and refused.

import Core
import Testing

@testable import Scenarios

@Suite struct ExploreFormTests {
    private func text(_ explore: String) -> String { scenario(more: "explore: \(explore)\n") }

    @Test func everythingMayBeLeftOut() throws {
        #expect(try Fixture.resolve(scenario()).explore == ExploreSettings())
        #expect(try Fixture.resolve(text("{}")).explore == ExploreSettings())
    }

    @Test func everyKeyIsReadAndWritten() throws {
        let scenario = try Fixture.resolve(
            text(
                "{ operations: [put, put], requests: 2, preemptions: 0, schedules: 9, for: 3s, "
                    + "strategies: [random, pct], pruning: false, until: finding, replays: 1 }"))
        var expected = ExploreSettings()
        expected.operations = ["put", "put"]
        expected.requests = 2
        expected.preemptions = 0
        expected.schedules = 9
        expected.within = .seconds(3)
        expected.strategies = [.random, .pct]
        expected.untilFinding = true
        expected.replays = 1
        expected.pruning = false
        #expect(scenario.explore == expected)
        #expect(try Fixture.resolve(scenario.resolvedYAML()).explore == expected)
    }

    @Test(arguments: [
        ("{ requests: 9 }", "9 is out of range", "from 2 to 8"),
        ("{ requests: 1 }", "1 is out of range", "from 2 to 8"),
        ("{ preemptions: 6 }", "6 is out of range", "from 0 to 5"),
        ("{ schedules: 0 }", "0 is out of range", "from 1 to 1000000"),
        ("{ replays: 0 }", "0 is out of range", "from 1 to 1000"),
        ("{ for: 0s }", "`for` must be above zero", "for: 0s"),
        ("{ operations: [put] }", "between 2 and 8 requests can race at once, not 1", "[put]"),
        ("{ operations: [put, putt] }", "the operation `putt` is not defined", "did you mean `put`?"),
        ("{ operations: [put, put], requests: 3 }", "and `requests` says 3", "leave out `requests`"),
        ("{ strategies: [serail] }", "`serail` is no strategy", "did you mean `serial`?"),
        ("{ strategies: [] }", "`strategies` is empty", "[]"),
        ("{ until: findings }", "`findings` is no goal", "did you mean `finding`?"),
        ("{ request: 2 }", "unknown key `request` in explore", "did you mean `requests`?"),
        ("{ for: soon }", "`soon` is no number with a unit", "250ms"),
        ("[]", "explore", "a map with keys such as"),
    ]) func aMistakeIsToldWithItsPlace(explore: String, message: String, more: String) {
        let problems = Fixture.problems(text(explore))
        #expect(problems.contains(message) && problems.contains(more), "\(problems)")
        #expect(problems.contains("test.yaml:9:"), "\(problems)")
    }

    @Test func aFlagWinsAndANumberOfRequestsTakesThePlaceOfOperations() {
        var file = ExploreSettings()
        file.operations = ["a", "b"]
        file.preemptions = 1
        file.replays = 2
        var flags = ExploreSettings()
        flags.preemptions = 3
        #expect(flags.over(file).preemptions == 3)
        #expect(flags.over(file).operations == ["a", "b"])
        #expect(flags.over(file).replays == 2)
        flags.requests = 3
        #expect(flags.over(file).operations == nil)
        flags.operations = ["c", "d"]
        #expect(flags.over(file).operations == ["c", "d"])
    }
}
