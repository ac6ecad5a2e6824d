// The settings of an exploration as a command line that gives the same again.

import Core
import RunStore
import Scenarios
import Testing

@testable import Engine

@Suite struct ExploreOptionsTests {
    @Test func whatNobodySaysIsTheDefaultAndNoFlag() {
        let options = ExploreOptions()
        #expect(options.strategies == [.serial, .directed, .exhaustive])
        #expect(options.words(beside: ExploreSettings()).isEmpty)
    }

    /// Nobody can say which statements of others come before a wait is over.
    @Test func anOperationThatWaitsIsRefused() throws {
        let text = """
            version: 1
            name: small
            target: { service: { command: [server] }, database: { postgresql: {} } }
            operations:
              slow: { steps: [{ http: POST /a }, { wait: 1s }, { http: POST /b }] }
              put: { http: PUT /item }
            load: { burst: { rounds: 1, clients: 2 }, each-round: { mix: { put: 1, slow: 1 } } }
            """
        let scenario = try ScenarioFile(text: text, path: "small.yaml") { _ in "" }.resolve(environment: [:])
        for names in [[], ["put", "slow"]] {
            let error = #expect(throws: RunError.self) { try scenario.requireSchedules(of: names) }
            #expect(error?.message.contains("the wait of `slow`") == true)
        }
        try scenario.requireSchedules(of: ["put", "put"])
    }

    /// A round is one operation for each client: what is kept for the next one is of no use in it.
    @Test(arguments: [
        ("{ token: {} }", "", true), ("{ token: { initial: a } }", "", false),
        ("{ token: {} }", "before: [login], ", false), ("{ token: {}, other: {} }", "before: [put], ", true),
    ])
    func anOperationThatSendsWhatNothingKeepsBeforeItIsRefused(
        state: String, before: String, isRefused: Bool
    ) throws {
        let text = """
            version: 1
            name: small
            target: { service: { command: [server] }, database: { postgresql: {} } }
            operations:
              login: { http: POST /login, capture: { first: json $.token }, keep: { token: "${{ first }}" } }
              spend: { http: "PUT /item/${{ token }}" }
              put: { http: PUT /item }
            load:
              burst: { rounds: 1, clients: 2 }
              state: \(state)
              each-round: { \(before)mix: { put: 1, spend: 1 } }
            """
        let scenario = try ScenarioFile(text: text, path: "small.yaml") { _ in "" }.resolve(environment: [:])
        try scenario.requireSchedules(of: ["put", "put"])
        guard isRefused else { return try scenario.requireSchedules(of: []) }
        let error = #expect(throws: RunError.self) { try scenario.requireSchedules(of: []) }
        #expect(error?.message.contains("nothing gives `token` a value before `spend` sends it") == true)
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
