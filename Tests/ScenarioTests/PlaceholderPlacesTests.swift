// Every place of the form in which a placeholder may stand: it is filled, and one that is not known there is
// an error with its place.

import Core
import Histories
import Testing

@testable import Scenarios

@Suite struct PlaceholderPlacesTests {
    /// One place of the form.
    struct Place: CustomTestStringConvertible {
        var name: String
        /// What stands in the file, with `@@` for the placeholder's name.
        var text: String
        /// A parameter's value that is right there.
        var value: String = "filled"
        /// A name that only the run knows and that is right there; `nil`: only what is known when the file is
        /// read.
        var known: String?
        var part: Part

        var testDescription: String { name }
    }

    /// The part of the scenario that the text replaces.
    enum Part { case operation, service, target, setup, defaults, model, more, load }

    static let requests: [Place] = [
        Place(
            name: "target of a request", text: "http: \"PUT /a/${{ @@ }}\"", known: "unique", part: .operation
        ),
        Place(
            name: "query of a request", text: "http: \"PUT /a?b=${{ @@ }}\"", known: "client",
            part: .operation),
        Place(
            name: "value of a header", text: "http: PUT /\n    headers: { X-A: \"a ${{ @@ }}\" }",
            known: "item", part: .operation),
        Place(
            name: "name of a header", text: "http: PUT /\n    headers: { \"${{ @@ }}\": a }", part: .operation
        ),
        Place(
            name: "value in a JSON body", text: "http: PUT /\n    json: { a: [1, { b: \"${{ @@ }}\" }] }",
            known: "unique", part: .operation),
        Place(
            name: "name in a JSON body", text: "http: PUT /\n    json: { \"a ${{ @@ }}\": 1 }",
            known: "unique", part: .operation),
        Place(
            name: "name deep in a JSON body",
            text: "http: PUT /\n    json: [{ a: { \"${{ @@ }}\": { b: null } } }]", known: "item",
            part: .operation),
        Place(
            name: "text of a body", text: "http: PUT /\n    body: \"a=${{ @@ }}\"", known: "unique",
            part: .operation),
        Place(
            name: "request of a step",
            text: "steps:\n      - { http: GET /, capture: { a: status } }\n"
                + "      - { http: \"PUT /${{ @@ }}\", json: { \"${{ @@ }}\": 1 } }",
            known: "a", part: .operation),
        Place(name: "timeout", text: "http: PUT /\n    timeout: ${{ @@ }}", value: "2s", part: .operation),
        Place(
            name: "capture", text: "http: PUT /\n    capture: { a: \"${{ @@ }}\" }", value: "json $.a",
            part: .operation),
        Place(
            name: "name of a capture", text: "http: PUT /\n    capture: { \"${{ @@ }}\": status }",
            part: .operation),
        Place(
            name: "outcome", text: "http: PUT /\n    outcome: { ok: \"${{ @@ }}\" }", value: "status 201",
            part: .operation),
        Place(
            name: "retry", text: "http: PUT /\n    retry: { when: 409, attempts: \"${{ @@ }}\" }",
            value: "3", part: .operation),
        Place(
            name: "vary", text: "http: PUT /\n    vary: { a: [\"${{ @@ }}\"] }", part: .operation),
        Place(name: "effect", text: "http: PUT /\n    effect: ${{ @@ }}", value: "none", part: .operation),
        Place(name: "request of setup", text: "http: \"PUT /${{ @@ }}\"", known: "item", part: .setup),
        Place(
            name: "body of setup", text: "http: PUT /\n    json: { \"${{ @@ }}\": \"${{ @@ }}\" }",
            known: "unique", part: .setup),
        Place(
            name: "default header", text: "headers: { X-A: \"${{ @@ }}\" }", known: "client",
            part: .defaults),
    ]

    static let surroundings: [Place] = [
        Place(name: "command", text: "command: [server, \"-a=${{ @@ }}\"]", known: "port", part: .service),
        Place(
            name: "environment", text: "command: [server]\n    environment: { A: \"${{ @@ }}\" }",
            known: "replica.index", part: .service),
        Place(
            name: "name in the environment", text: "command: [server]\n    environment: { \"${{ @@ }}\": a }",
            part: .service),
        Place(
            name: "path of a file",
            text: "command: [server]\n    files: [{ path: \"${{ @@ }}/a\", text: a }]",
            known: "replica.directory", part: .service),
        Place(
            name: "text of a file", text: "command: [server]\n    files: [{ path: a, text: \"${{ @@ }}\" }]",
            known: "database.url", part: .service),
        Place(
            name: "ready", text: "command: [server]\n    ready: { http: \"GET /${{ @@ }}\" }",
            known: "replica.index", part: .service),
        Place(name: "urls", text: "urls: [\"http://127.0.0.1:${{ @@ }}\"]", value: "8080", part: .service),
        Place(
            name: "tls", text: "command: [server]\n    tls: { ca: \"${{ @@ }}\" }",
            known: "run.directory", part: .service),
        Place(
            name: "prepare", text: "prepare: [[migrate, \"${{ @@ }}\"]]", known: "database.path",
            part: .target),
        Place(
            name: "reset", text: "reset: [[migrate, \"${{ @@ }}\"]]", known: "run.directory", part: .target),
        Place(
            name: "URL of a server", text: "database: { postgresql: { url: \"${{ @@ }}\" } }",
            value: "\"postgresql://127.0.0.1/\"", part: .target),
        Place(
            name: "setting of a server",
            text: "database: { postgresql: { settings: { work_mem: \"${{ @@ }}\" } } }", part: .target),
    ]

    static let judging: [Place] = [
        Place(
            name: "key of a model",
            text: "register: { key: \"${{ @@ }}\", write: { operation: put, value: 1 }, "
                + "read: { operation: show, value: 1 } }", known: "item", part: .model),
        Place(
            name: "initial of a model",
            text: "register: { key: a, initial: { \"${{ @@ }}\": [\"${{ @@ }}\"] }, "
                + "write: { operation: put, value: 1 }, read: { operation: show, value: 1 } }",
            known: "item", part: .model),
        Place(
            name: "value written",
            text: "register: { key: a, write: { operation: put, value: \"${{ @@ }}\" }, "
                + "read: { operation: show, value: 1 } }", known: "word", part: .model),
        Place(
            name: "value read",
            text: "register: { key: a, write: { operation: put, value: 1 }, "
                + "read: { operation: show, value: \"${{ @@ }}\" } }", known: "shown", part: .model),
        Place(
            name: "absent",
            text: "register: { key: a, write: { operation: put, value: 1 }, "
                + "read: { operation: show, value: 1, absent: \"${{ @@ }}\" } }", value: "404", part: .model),
        Place(
            name: "value expected",
            text:
                "cas-register: { key: a, compare-and-set: { operation: put, expected: \"${{ @@ }}\", new: 1 },"
                + " read: { operation: show, value: 1 } }", known: "word", part: .model),
        Place(
            name: "new value",
            text:
                "cas-register: { key: a, compare-and-set: { operation: put, expected: 1, new: \"${{ @@ }}\" },"
                + " read: { operation: show, value: 1 } }", known: "word", part: .model),
        Place(
            name: "state shown",
            text: "state-machine: { key: a, transitions: { operation: put, to: a }, "
                + "observe: { operation: show, state: \"${{ @@ }}\" } }", known: "shown", part: .model),
        Place(
            name: "state led to",
            text: "state-machine: { key: a, transitions: { operation: put, from: [\"${{ @@ }}\"], to: a }, "
                + "observe: { operation: show, state: a } }", part: .model),
        Place(
            name: "limit",
            text: "bounded-counter: { key: a, limit: \"${{ @@ }}\", add: { operation: put, by: 1 } }",
            value: "3", known: "item", part: .model),
        Place(
            name: "amount",
            text: "bounded-counter: { key: a, limit: 1, add: { operation: put, by: \"${{ @@ }}\" } }",
            value: "3", known: "word", part: .model),
        Place(
            name: "element",
            text: "set: { key: a, add: { operation: put, element: \"${{ @@ }}\" }, "
                + "read: { operation: show, elements: a } }", known: "word", part: .model),
        Place(
            name: "elements",
            text: "set: { key: a, add: { operation: put, element: a }, "
                + "read: { operation: show, elements: \"${{ @@ }}\" } }", known: "shown", part: .model),
        Place(
            name: "claim", text: "unique: { key: a, claim: \"${{ @@ }}\" }", value: "put", part: .model),
        Place(
            name: "transfer",
            text: "bank: { transfer: \"${{ @@ }}\", read: { operation: show, balances: 1 } }", value: "put",
            part: .model),
        Place(
            name: "balances",
            text: "bank: { transfer: put, read: { operation: show, balances: \"${{ @@ }}\" } }",
            known: "shown", part: .model),
        Place(
            name: "total",
            text: "bank: { total: \"${{ @@ }}\", transfer: put, read: { operation: show, balances: 1 } }",
            value: "3", part: .model),
        Place(
            name: "isolation",
            text: "list-append: { isolation: \"${{ @@ }}\", transactions: { operation: put, "
                + "does: { append: { key: a, value: 1 } } } }", value: "serializable", part: .model),
        Place(
            name: "key in a transaction",
            text: "multi-register: { transactions: { operation: put, "
                + "does: { write: { key: \"${{ @@ }}\", value: 1 } } } }", known: "word", part: .model),
        Place(
            name: "value in a transaction",
            text: "rw-register: { transactions: { operation: show, "
                + "does: [{ read: { key: a, value: \"${{ @@ }}\" } }] } }", known: "shown", part: .model),
        Place(
            name: "invariant", text: "invariants: [{ name: a, always: \"show.shown < ${{ @@ }}\" }]",
            value: "3", part: .more),
        Place(
            name: "threshold", text: "thresholds: { latency: \"max<${{ @@ }}\" }", value: "3s", part: .more),
        Place(
            name: "fault", text: "faults: [{ at: \"${{ @@ }}\", restart: { replica: any } }]", value: "3s",
            part: .more),
        Place(name: "description", text: "description: \"a ${{ @@ }}\"", part: .more),
        Place(
            name: "mix",
            text: "{ clients: 1, for: 1s, keys: { item: { count: 1 } }, mix: { \"${{ @@ }}\": 1 } }",
            value: "put", part: .load),
        Place(
            name: "duration of the load",
            text: "{ clients: 1, for: \"${{ @@ }}\", keys: { item: { count: 1 } }, mix: { put: 1 } }",
            value: "3s", part: .load),
    ]

    static let all = requests + surroundings + judging

    @Test(arguments: all)
    func aParameterIsFilledIn(place: Place) throws {
        let text = Self.text(place, name: "given")
        #expect(Fixture.problems(text).isEmpty)
        let scenario = try Fixture.resolve(text)
        let resolved = scenario.resolvedYAML()
        #expect(!resolved.contains("given }}"), "\(resolved)")
        #expect(try Fixture.resolve(resolved).comparable == scenario.comparable, "\(resolved)")
    }

    @Test(arguments: all.filter { $0.known != nil })
    func aNameThatTheRunKnowsIsRightAndKept(place: Place) throws {
        let name = try #require(place.known)
        let text = Self.text(place, name: name)
        #expect(Fixture.problems(text).isEmpty)
        let resolved = try Fixture.resolve(text).resolvedYAML()
        #expect(resolved.contains("${{ \(name) }}"), "\(resolved)")
        #expect(Fixture.problems(resolved).isEmpty, "\(resolved)")
    }

    @Test(arguments: all)
    func anUnknownNameIsAnErrorWhereItStands(place: Place) throws {
        let text = Self.text(place, name: "nonsense")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = try #require(lines.firstIndex { $0.contains("${{ nonsense }}") })
        let before = try #require(lines[line].firstRange(of: "${{ nonsense }}")).lowerBound
        let column = lines[line].distance(from: lines[line].startIndex, to: before) + 1
        let problems = Fixture.problems(text)
        #expect(problems.contains("test.yaml:\(line + 1):\(column): error: "), "\(problems)")
        #expect(problems.contains("`nonsense`") || problems.contains("${{ nonsense }}"), "\(problems)")
    }

    /// A small scenario in which the text stands in its place.
    static func text(_ place: Place, name: String) -> String {
        let text = place.text.replacing("@@", with: name)
        func part(_ part: Part, _ usual: String) -> String { place.part == part ? text : usual }
        return """
            version: 1
            name: small
            parameters: { given: \(place.value) }
            target:
              service:
                \(part(.service, "command: [server]"))
              \(part(.target, place.text.hasPrefix("database") ? "" : "reset: []"))
              \(place.text.hasPrefix("database") ? "" : "database: { sqlite: {} }")
            defaults:
              \(part(.defaults, "timeout: 1s"))
            setup:
              - \(part(.setup, "http: GET /"))
            operations:
              put:
                \(part(.operation, "http: PUT /\n    vary: { word: unique }"))
              show:
                http: GET /${{ item }}
                effect: none
                capture: { shown: json $.shown }
            models:
              m:
                \(part(.model, "unique: { key: a, claim: put }"))
            load: \(part(.load, "{ clients: 1, for: 1s, keys: { item: { count: 1 } }, mix: { put: 1 } }"))
            \(part(.more, ""))
            """
    }

    // MARK: - Names

    @Test func namesThatBecomeAlikeAreTold() {
        let text = """
            version: 1
            name: small
            parameters: { word: b }
            target: { service: { command: [server] } }
            operations:
              put: { http: PUT /, json: { b: 1, "${{ word }}": 2 } }
            load: { clients: 1, for: 1s, mix: { put: 1 } }
            """
        #expect(
            Fixture.problems(text).hasPrefix("test.yaml:6:37: error: the key `b` is given twice in one map"))
    }

    @Test func anOperationMayBeCalledLikeABody() {
        let text = scenario(
            operations: "  json: { http: PUT /, headers: { \"${{ unique }}\": a } }\n",
            load: "{ clients: 1, for: 1s, mix: { json: 1 } }")
        #expect(
            Fixture.problems(text).contains("error: `${{ unique }}` is not known when the scenario is read"))
    }

    @Test func anUnclosedPlaceholderInANameIsToldLikeAnyOther() {
        let text = scenario(operations: "  put: { http: PUT /, json: { \"a ${{ b\": 1 } }\n")
        #expect(Fixture.problems(text).hasPrefix("test.yaml:7:34: error: this placeholder is never closed"))
    }

    @Test func aNameIsFilledFromTheBindings() throws {
        let value = TemplateValue.object([
            TemplateMember(name: Template(parts: [.literal("a-"), .placeholder("n")]), value: .literal(1)),
            TemplateMember(name: Template(parts: [.placeholder("m")]), value: .literal(2)),
        ])
        #expect(value.placeholders == ["n", "m"])
        #expect(try value.value(in: Bindings(["n": 3, "m": "b"])) == .object(["a-3": 1, "b": 2]))
        #expect(throws: BindingError(name: "m")) { try value.value(in: Bindings(["n": 3])) }
        #expect(throws: BindingError(name: "m", isTwin: true)) {
            try value.value(in: Bindings(["n": 3, "m": "a-3"]))
        }
    }

    @Test func theRoundIsKnownInBurstsOnly() {
        let operations = "  put: { http: \"PUT /${{ round }}\" }\n"
        #expect(Fixture.problems(scenario(operations: operations)).contains("undefined placeholder `round`"))
        let burst = "{ burst: { rounds: 1, clients: 2 }, each-round: { mix: { put: 1 } } }"
        #expect(Fixture.problems(scenario(operations: operations, load: burst)).isEmpty)
    }

    @Test func aDefaultHeaderThatSetupCannotSendYetIsToldThere() {
        let text = """
            defaults: { headers: { X-Token: "${{ token }}" } }
            setup:
              - { http: POST /token, capture: { token: json $.token } }
              - { http: POST /items }
            """
        let problems = Fixture.problems(scenario(more: text))
        #expect(
            problems.hasPrefix(
                "test.yaml:11:5: error: this setup request has the header `X-Token` of `defaults`, "
                    + "and `token` is not known before it"), "\(problems)")
        let own = text.replacing("POST /token,", with: "POST /token, headers: { x-token: none },")
        #expect(Fixture.problems(scenario(more: own)).isEmpty)
    }
}
