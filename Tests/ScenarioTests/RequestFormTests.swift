// What requests can say: filters of placeholders, form and multipart bodies, and bounds and states of models.

import Core
import Histories
import Testing

@testable import Scenarios

@Suite struct RequestFormTests {
    private func put(_ request: String) -> String {
        scenario(operations: "  put: { http: PUT /item, \(request) }\n")
    }

    private func roundTrips(_ scenario: Scenario) throws -> Bool {
        try Fixture.resolve(scenario.resolvedYAML()).comparable == scenario.comparable
    }

    // MARK: - Placeholders

    @Test(arguments: [
        ("base64", Value.string("a:b"), "YTpi"), ("base64", "abcd", "YWJjZA=="),
        ("json", "a\"b", "\"a\\\"b\""),
        ("json", .array([1, "x"]), "[1,\"x\"]"), ("text", 7, "7"), ("urlencode", "a b/ü", "a%20b%2F%C3%BC"),
        ("sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("json | base64", 12, "MTI="),
    ])
    func filtersChangeAValue(filters: String, value: Value, expected: String) throws {
        let scenario = try Fixture.resolve(put("vary: { x: unique }, body: '${{ x | \(filters) }}'"))
        guard case .text(let body)? = scenario.operations[0].steps[0].request.body else {
            Issue.record("the body is no text")
            return
        }
        #expect(try body.value(in: Bindings(["x": value])) == .string(expected))
        #expect(try roundTrips(scenario))
    }

    @Test func parametersTakeFiltersToo() throws {
        let text = put("headers: { A: '${{ n | base64 }}', B: 'x-${{ n | sha256 | text }}' }, json: {}")
        let scenario = try Fixture.resolve("parameters: { n: 12 }\n" + text)
        let headers = scenario.operations[0].steps[0].request.headers.map(\.value.source)
        #expect(headers[0] == "MTI=")
        #expect(headers[1].hasPrefix("x-6b51d431df5d7f14"))
    }

    @Test func anUnknownFilterHasAPlaceAndANearestWord() {
        let problems = Fixture.problems(put("body: '${{ unique | bas64 }}'"))
        #expect(
            problems.contains("test.yaml:7:34: error: `bas64` is no filter of a placeholder"), "\(problems)")
        #expect(problems.contains("did you mean `base64`?"), "\(problems)")
    }

    @Test func uuidAndNowAreKnownInEveryRequest() throws {
        let request =
            "json: { a: '${{ uuid }}', b: '${{ now }}', c: '${{ now.unix }}', d: '${{ now.unix-ms }}' }"
        #expect(Fixture.problems(put(request)).isEmpty)
        let taken = Fixture.problems(put("capture: { uuid: json $.id }"))
        #expect(taken.contains("`uuid`"), "\(taken)")
    }

    // MARK: - Bodies

    @Test func formsAndMultipartBodiesKeepTheirFields() throws {
        let form = try Fixture.resolve(put("form: { a: '${{ unique }}', b: [1, 2] }"))
        guard case .form(let fields)? = form.operations[0].steps[0].request.body else {
            Issue.record("the body is no form")
            return
        }
        #expect(fields.map(\.name) == ["a", "b", "b"])
        #expect(try roundTrips(form))
        let multipart = try Fixture.resolve(
            put("multipart: { note: hello, up: { file: a.txt, type: text/plain, content: '${{ unique }}' } }")
        )
        guard case .multipart(let parts)? = multipart.operations[0].steps[0].request.body else {
            Issue.record("the body is no multipart body")
            return
        }
        #expect(parts.map { $0.file?.name.source } == [nil, "a.txt"])
        #expect(try roundTrips(multipart))
    }

    @Test(arguments: [
        ("form: {}, json: {}", "`form` cannot stand beside `json`"),
        ("multipart: { a: { file: x } }", "`content` is missing in a file of multipart"),
        ("multipart: { a: { fil: x, content: y } }", "unknown key `fil`"),
        ("headers: { Content-Type: a/b }, form: { a: b }", "the body's own fields say its content type"),
        ("form: { a: '${{ nobody }}' }", "undefined placeholder `nobody`"),
    ])
    func mistakesInBodiesAreSaid(request: String, message: String) {
        let problems = Fixture.problems(put(request))
        #expect(problems.contains(message), "\(problems)")
    }

    @Test func aClaimMayHaveACondition() throws {
        func claiming(_ text: String) -> String {
            scenario(more: "models: { m: { unique: { key: \"${{ unique }}\", claim: \(text) } } }")
        }
        let resolved = try Fixture.resolve(
            claiming("[put, { operation: put, when: json $.replayed == false }]"))
        guard case .unique(let claims, _) = resolved.models[0].kind else {
            Issue.record("the model is no claim")
            return
        }
        #expect(claims.map(\.operation) == ["put", "put"])
        #expect(claims.map { $0.when.map(\.description) } == [[], ["json $.replayed == false"]])
        #expect(try roundTrips(resolved))
        let failure = Fixture.problems(claiming("{ operation: put, when: timeout }"))
        #expect(failure.contains("is no answer: it observes nothing"), "\(failure)")
        let typo = Fixture.problems(claiming("{ operation: putt, when: 201 }"))
        #expect(typo.contains("did you mean `put`?"), "\(typo)")
    }

    // MARK: - Waits

    private func steps(_ steps: String) -> String {
        scenario(operations: "  put: { steps: [\(steps)] }\n")
    }

    @Test(arguments: [("2s", 2.0, 2.0), ("{ from: 1s, to: 3s }", 1, 3)])
    func aWaitStandsBetweenTwoSteps(written: String, from: Double, to: Double) throws {
        let scenario = try Fixture.resolve(
            steps(
                "{ http: GET /a, capture: { b: json $.b } }, { wait: \(written) }, "
                    + "{ http: 'PUT /${{ b }}', retry: { when: 409, attempts: 2, from: step 1 } }"))
        let declared = scenario.operations[0].steps
        #expect(declared.map(\.name) == ["step 1", "step 2"])
        #expect(declared.map(\.wait) == [nil, Duration.seconds(from)...Duration.seconds(to)])
        #expect(declared[1].retry?.from == 0)
        #expect(try roundTrips(scenario))
    }

    @Test(arguments: [
        ("{ wait: 1s }, { http: GET /a }", "a wait stands between two steps"),
        ("{ http: GET /a }, { wait: 1s }", "a wait stands between two steps"),
        ("{ http: GET /a }, { wait: 1s }, { wait: 1s }, { http: GET /b }", "a wait stands between two steps"),
        ("{ http: GET /a }, { wait: 2 }, { http: GET /b }", "expected a duration"),
        ("{ http: GET /a }, { wait: 11m }, { http: GET /b }", "this wait is too long"),
        ("{ http: GET /a }, { wait: { from: 2s, to: 1s } }, { http: GET /b }", "`from` is longer than `to`"),
        ("{ http: GET /a }, { wait: { form: 2s } }, { http: GET /b }", "did you mean `from`?"),
    ])
    func aMistakenWaitIsSaid(written: String, message: String) {
        let problems = Fixture.problems(steps(written))
        #expect(problems.contains(message), "\(problems)")
    }

    // MARK: - Invariants

    private func same(_ invariant: String) -> String {
        scenario(
            operations:
                "  charge: { http: POST /charges, vary: { key: [a, b] }, capture: { id: json $.id } }\n",
            load: "{ clients: 2, for: 1s, mix: { charge: 1 } }", more: "invariants: [{ \(invariant) }]")
    }

    @Test func anInvariantMayAskForTheSameValue() throws {
        let scenario = try Fixture.resolve(same("name: one, same: charge.id, per: '${{ key }}'"))
        #expect(
            scenario.invariants[0].kind == .same(operation: "charge", name: "id", per: placeholder("key")))
        #expect(try roundTrips(scenario))
    }

    @Test(arguments: [
        ("name: one, same: charge.id", "`per` is missing"),
        ("name: one, same: charge.id, per: run", "`same` compares answers that belong together"),
        ("name: one, same: charge.ids, per: '${{ key }}'", "did you mean `id`?"),
        ("name: one, always: charge.id > 1, per: '${{ key }}'", "`per` belongs to `unique` and `same`"),
    ])
    func aMistakenSameIsSaid(written: String, message: String) {
        let problems = Fixture.problems(same(written))
        #expect(problems.contains(message), "\(problems)")
    }

    // MARK: - Models

    private func model(_ kind: String) -> String {
        scenario(
            operations: """
                  put: { http: PUT /item, vary: { user: [ann, bob] }, capture: { was: json $.was } }
                  show: { http: GET /item, effect: none, capture: { owner: json $.owner, n: json $.n } }

                """,
            more: "models: { m: { key: k, \(kind) } }")
    }

    @Test(arguments: [
        ("minimum: 1", "1", "any"), ("minimum: 2, limit: 5", "2", "5"), ("limit: 5", "any", "5"),
    ])
    func aCounterHasALowerBoundToo(bounds: String, minimum: String, limit: String) throws {
        let scenario = try Fixture.resolve(
            model("bounded-counter: { \(bounds), add: { operation: put, by: 1 } }"))
        guard case .boundedCounter(let least, let most, _, _, _) = scenario.models[0].kind else {
            Issue.record("the model is no counter")
            return
        }
        #expect(least?.source ?? "any" == minimum && most?.source ?? "any" == limit)
        #expect(try roundTrips(scenario))
    }

    @Test func aCounterNeedsABoundAndRoomBetweenTheTwo() {
        let none = Fixture.problems(model("bounded-counter: { add: { operation: put, by: 1 } }"))
        #expect(none.contains("bounded-counter needs `limit` or `minimum`"), "\(none)")
        let crossed = Fixture.problems(
            model("bounded-counter: { minimum: 6, limit: 5, add: { operation: put, by: 1 } }"))
        #expect(crossed.contains("the minimum is above the limit"), "\(crossed)")
    }

    @Test func statesMayBeValuesOfTheRequest() throws {
        let machine = """
            state-machine: { transitions: [{ operation: put, from: ['${{ was }}', free], \
            to: '${{ user }}' }], observe: { operation: show, state: '${{ owner }}' } }
            """
        let scenario = try Fixture.resolve(model(machine))
        guard case .stateMachine(let transitions, _) = scenario.models[0].kind else {
            Issue.record("the model is no state machine")
            return
        }
        #expect(transitions[0].from.map(\.source) == ["${{ was }}", "free"])
        #expect(transitions[0].to.source == "${{ user }}")
        #expect(scenario.models[0].placeholders(of: "put") == ["was", "user"])
        #expect(try roundTrips(scenario))
        let unknown = Fixture.problems(model(machine.replacing("${{ user }}", with: "${{ usr }}")))
        #expect(unknown.contains("undefined placeholder `usr` in `put`"), "\(unknown)")
        #expect(unknown.contains("did you mean `user`?"), "\(unknown)")
    }
}
