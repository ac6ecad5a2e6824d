// What the form says about a client's memory: cookies.

import Core
import Testing

@testable import Scenarios

@Suite struct ClientFormTests {
    private func problems(_ operations: String, more: String = "") -> String {
        Fixture.problems(scenario(operations: operations, more: more))
    }

    // MARK: - Cookies

    @Test func cookiesAreKeptOnRequest() throws {
        let text = scenario(more: "defaults: { cookies: true }\n")
        let scenario = try Fixture.resolve(text)
        #expect(scenario.defaults.cookies)
        #expect(try Fixture.resolve(scenario.resolvedYAML()).defaults.cookies)
        #expect(try !Fixture.resolve(ScenarioTests.scenario()).defaults.cookies)
        #expect(!ScenarioTests.scenario().isEmpty && !scenario.resolvedYAML().contains("cookies: false"))
        let typo = problems("  put: { http: PUT /item }\n", more: "defaults: { cookie: true }\n")
        #expect(typo.contains("unknown key `cookie` in defaults"), "\(typo)")
        #expect(typo.contains("did you mean `cookies`?"), "\(typo)")
    }

    @Test(arguments: ["sid", "connect.sid", "__Host-id", "a!#$%&'*+-.^_`|~1"])
    func aCaptureMayTakeACookie(name: String) throws {
        let scenario = try Fixture.resolve(
            scenario(operations: "  put: { http: PUT /item, capture: { sid: \"cookie \(name)\" } }\n"))
        #expect(scenario.operations[0].steps[0].captures.map(\.source) == [.cookie(name)])
        #expect(try Fixture.resolve(scenario.resolvedYAML()).comparable == scenario.comparable)
    }

    @Test func aCaptureOfACookieNamesIt() {
        for (written, said) in [
            ("cookie", "a cookie's name must follow"), ("cookie a=b", "`=b` does not belong here"),
            ("cooky sid", "`cooky sid` is no capture"),
        ] {
            let problems = problems("  put: { http: PUT /item, capture: { sid: \(written) } }\n")
            #expect(problems.contains(said), "\(problems)")
        }
    }
}
