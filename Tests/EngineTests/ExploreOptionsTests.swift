// The settings of an exploration as a command line that gives the same again.

import Core
import Scenarios
import Testing

@testable import Engine

@Suite struct ExploreOptionsTests {
    @Test func whatNobodySaysIsTheDefaultAndNoFlag() {
        let options = ExploreOptions()
        #expect(options.strategies == [.serial, .directed, .exhaustive])
        #expect(options.words(beside: ExploreSettings()).isEmpty)
    }

    /// A flag with the value that is usual elsewhere still differs from what the scenario says.
    @Test func flagsAreToldWhereTheScenarioSaysOtherwise() {
        var file = ExploreSettings()
        file.operations = ["a", "b", "c"]
        file.preemptions = 3
        file.untilFinding = true
        #expect(ExploreOptions(file).words(beside: file).isEmpty)
        var flags = ExploreSettings()
        flags.requests = 2
        flags.preemptions = 2
        flags.strategies = [.serial, .pct]
        #expect(
            ExploreOptions(flags.over(file)).words(beside: file)
                == ["--requests", "2", "--preemptions", "2", "--strategies", "serial,pct"])
        flags.requests = nil
        flags.operations = ["a", "b"]
        #expect(
            ExploreOptions(flags.over(file)).words(beside: file).prefix(2) == ["--operations", "a,b"])
    }
}
