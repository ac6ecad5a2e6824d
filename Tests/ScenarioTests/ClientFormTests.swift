// What the form says about a client's memory: cookies, and state that it keeps.

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

    // MARK: - State

    private func rotating(
        _ state: String, keep: String = "{ token: \"${{ next }}\" }", more: String = "",
        load: String = "clients: 2, for: 1s"
    ) -> String {
        scenario(
            operations: """
                  put:
                    http: PUT /item/${{ token }}
                    capture: { next: json $.next }
                    keep: \(keep)

                """, load: "{ \(load), mix: { put: 1 }, state: \(state) }", more: more)
    }

    @Test func aStateIsKnownToEveryOperationAndKept() throws {
        let scenario = try Fixture.resolve(
            rotating(
                "{ token: { initial: \"t-${{ client }}\" } }",
                more: "defaults: { headers: { X-Token: \"${{ token }}\" } }\n"))
        #expect(scenario.load.state.map(\.name) == ["token"])
        #expect(scenario.load.state[0].initial?.placeholders == ["client"])
        #expect(scenario.operations[0].steps[0].keeps.map(\.state) == ["token"])
        #expect(try Fixture.resolve(scenario.resolvedYAML()).comparable == scenario.comparable)
        let unset = try Fixture.resolve(rotating("{ token: {} }"))
        #expect(unset.load.state[0].initial == nil)
        #expect(try Fixture.resolve(unset.resolvedYAML()).comparable == unset.comparable)
    }

    @Test func whatIsKeptMustBeAState() {
        let problems = Fixture.problems(rotating("{ token: {} }", keep: "{ tokn: \"${{ next }}\" }"))
        #expect(problems.contains("test.yaml:10:13: error: `tokn` is no state of load.state"), "\(problems)")
        #expect(problems.contains("did you mean `token`?"), "\(problems)")
        let later = Fixture.problems(rotating("{ token: {} }", keep: "{ token: \"${{ nxt }}\" }"))
        #expect(later.contains("undefined placeholder `nxt` in `put`"), "\(later)")
        #expect(later.contains("did you mean `next`?"), "\(later)")
    }

    @Test func aStateHasANameOfItsOwn() {
        let problems = Fixture.problems(rotating("{ token: {}, next: {} }"))
        #expect(problems.contains("`next` is also a capture of `put`"), "\(problems)")
        let typo = Fixture.problems(rotating("{ token: { inital: 1 } }"))
        #expect(typo.contains("unknown key `inital` in a client's state"), "\(typo)")
        #expect(typo.contains("did you mean `initial`?"), "\(typo)")
        let root = Fixture.problems(rotating("{ token: {}, client: {} }"))
        #expect(root.contains("`client`"), "\(root)")
    }

    @Test func aStateBeginsWithWhatIsKnownBeforeItsClient() {
        let early = Fixture.problems(rotating("{ token: { initial: \"${{ next }}\" } }"))
        #expect(early.contains("`next` is a capture never made before `initial`"), "\(early)")
        let round = Fixture.problems(
            rotating("{ token: { initial: \"${{ round }}\" } }", load: "burst: { rounds: 1, clients: 2 }"))
        #expect(round.isEmpty, "\(round)")
    }

    @Test func theSetupKnowsNoState() {
        let problems = Fixture.problems(
            rotating(
                "{ token: { initial: 1 } }",
                more: """
                    defaults: { headers: { X-Token: "${{ token }}" } }
                    setup: [{ http: GET / }]
                    """))
        #expect(problems.contains("`token` is not known before it"), "\(problems)")
    }

    // MARK: - Elements of the service

    @Test func phantomsOfASetAreReportedOrIgnored() throws {
        func written(_ phantoms: String) -> String {
            scenario(
                operations: """
                      put: { http: PUT /item, vary: { tag: unique } }
                      show: { http: GET /item, effect: none, capture: { tags: json $.tags } }

                    """,
                more: """
                    models:
                      m:
                        set:
                          key: k
                          add: { operation: put, element: "${{ tag }}" }
                          read: { operation: show, elements: "${{ tags }}" }
                          \(phantoms)
                    """)
        }
        for (text, phantoms) in [
            ("", Model.Phantoms.reported), ("phantoms: ignored", .ignored), ("phantoms: reported", .reported),
        ] {
            let scenario = try Fixture.resolve(written(text))
            guard case .set(_, _, _, let found) = scenario.models[0].kind else { continue }
            #expect(found == phantoms)
            #expect(try Fixture.resolve(scenario.resolvedYAML()).comparable == scenario.comparable)
        }
        let problems = Fixture.problems(written("phantoms: ignore"))
        #expect(problems.contains("`ignore` is no rule for phantoms"), "\(problems)")
        #expect(problems.contains("did you mean `ignored`?"), "\(problems)")
    }
}
