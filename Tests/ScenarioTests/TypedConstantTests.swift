// A literal of a model keeps the type that YAML gives it, wherever it stands.

import Core
import Testing

@testable import Scenarios

@Suite struct TypedConstantTests {
    /// As written, and what it is.
    static let values: [(written: String, value: Value)] = [
        ("true", true), ("False", false), ("1", 1), ("-3", -3), ("1.5", .double(1.5)), ("1.0", .double(1)),
        ("null", .null), ("~", .null), ("word", "word"), ("\"true\"", "true"), ("\"1\"", "1"),
        ("'null'", "null"), ("\"\"", ""), ("\"${{ given }}\"", true),
    ]

    /// The value of each place that takes one, read out of a model that is written so.
    static let places: [(place: String, model: String, read: @Sendable (Model.Kind) -> Template?)] = [
        (
            "write",
            "register: { key: k, write: { operation: put, value: @@ }, read: { operation: show, value: 1 } }",
            { if case .register(let write, _) = $0 { write.first?.value } else { nil } }
        ),
        (
            "read",
            "register: { key: k, write: { operation: put, value: 1 }, read: { operation: show, value: @@ } }",
            { if case .register(_, let read) = $0 { read.first?.value } else { nil } }
        ),
        (
            "expected",
            "cas-register: { key: k, compare-and-set: { operation: put, expected: @@, new: 1 }, read: { operation: show, value: 1 } }",
            { if case .casRegister(_, let sets, _) = $0 { sets.first?.expected } else { nil } }
        ),
        (
            "new",
            "cas-register: { key: k, compare-and-set: { operation: put, expected: 1, new: @@ }, read: { operation: show, value: 1 } }",
            { if case .casRegister(_, let sets, _) = $0 { sets.first?.new } else { nil } }
        ),
        (
            "element",
            "set: { key: k, add: { operation: put, element: @@ }, read: { operation: show, elements: a } }",
            { if case .set(let add, _, _, _) = $0 { add.first?.value } else { nil } }
        ),
        (
            "removed",
            "set: { key: k, add: { operation: put, element: a }, remove: { operation: put, value: @@ }, read: { operation: show, elements: a } }",
            { if case .set(_, let remove, _, _) = $0 { remove.first?.value } else { nil } }
        ),
        (
            "state shown",
            "state-machine: { key: k, transitions: { operation: put, to: a }, observe: { operation: show, state: @@ } }",
            { if case .stateMachine(_, let observe) = $0 { observe.first?.value } else { nil } }
        ),
    ]

    @Test(arguments: places.indices, values.indices)
    func aConstantKeepsItsType(place: Int, value: Int) throws {
        let (name, model, read) = Self.places[place]
        let (written, expected) = Self.values[value]
        let scenario = try resolve(model.replacing("@@", with: written))
        let template = try #require(read(scenario.models[0].kind), "\(name)")
        #expect(try template.value(in: Bindings()) == expected, "\(name): \(written)")
        let again = try Fixture.resolve(scenario.resolvedYAML())
        #expect(again.comparable == scenario.comparable, "\(scenario.resolvedYAML())")
    }

    @Test(arguments: values.indices)
    func theInitialValueKeepsItsType(value: Int) throws {
        let (written, expected) = Self.values[value]
        let model =
            "register: { key: k, initial: @@, write: { operation: put, value: 1 }, read: { operation: show, value: 1 } }"
        let scenario = try resolve(model.replacing("@@", with: written))
        #expect(try scenario.models[0].initial?.value(in: Bindings()) == expected)
        let nested = try resolve(model.replacing("@@", with: "[{ a: \(written) }]"))
        #expect(try nested.models[0].initial?.value(in: Bindings()) == .array([.object(["a": expected])]))
    }

    @Test(arguments: [("3", 3), ("3.0", 3), ("\"3\"", 3), ("\"${{ number }}\"", 4), ("0", 0)])
    func limitsAndAmountsAreWholeNumbers(written: String, value: Int) throws {
        let model = "bounded-counter: { key: k, limit: @@, add: { operation: put, by: @@ } }"
        let scenario = try resolve(model.replacing("@@", with: written))
        guard case .boundedCounter(_, let limit?, let add, _, _) = scenario.models[0].kind else {
            Issue.record("no counter")
            return
        }
        #expect(limit.constant == .int(value) && add[0].value.constant == .int(value))
    }

    @Test(arguments: ["1.5", "true", "many", "null", "\"\"", "-1"])
    func whatIsNoWholeNumberIsNoLimit(written: String) {
        let model = "bounded-counter: { key: k, limit: \(written), add: { operation: put, by: 1 } }"
        #expect(
            problems(model).contains("expected a whole number from 0 or a placeholder"), "\(problems(model))")
        guard written != "-1" else { return }
        let amount = "bounded-counter: { key: k, limit: 1, add: { operation: put, by: \(written) } }"
        #expect(problems(amount).contains("expected a whole number or a placeholder"), "\(problems(amount))")
    }

    @Test func aLimitOutOfTheEnvironmentIsANumber() throws {
        let model = "bounded-counter: { key: k, limit: \"${{ env.MOST }}\", add: { operation: put, by: 1 } }"
        let scenario = try Fixture.parse(text(model)).resolve(environment: ["MOST": "12"])
        guard case .boundedCounter(_, let limit?, _, _, _) = scenario.models[0].kind else {
            Issue.record("no counter")
            return
        }
        #expect(limit.constant == 12)
    }

    @Test func nothingAtAllIsAValueForgotten() {
        let model =
            "register: { key: k, write: { operation: put, value: }, read: { operation: show, value: 1 } }"
        #expect(problems(model).contains("error: nothing is written here"), "\(problems(model))")
    }

    // MARK: - States

    @Test(arguments: [
        ("1", "1"), ("true", "true"), ("null", "null"), ("\"1.10\"", "1.10"), ("on-hold", "on-hold"),
    ])
    func aStateIsTheTextThatAReadShows(written: String, state: String) throws {
        let scenario = try resolve(
            "state-machine: { key: k, transitions: { operation: put, from: [@@], to: @@ }, observe: { operation: show, state: a } }"
                .replacing("@@", with: written))
        guard case .stateMachine(let transitions, _) = scenario.models[0].kind else {
            Issue.record("no state machine")
            return
        }
        #expect(
            transitions == [
                Transition(
                    operation: "put", from: [Template(stringLiteral: state)],
                    to: Template(stringLiteral: state))
            ])
        #expect(try Fixture.resolve(scenario.resolvedYAML()).comparable == scenario.comparable)
    }

    @Test(arguments: [("1.10", "1.1"), ("007", "7"), ("1.0", "1"), ("True", "true"), ("1e3", "1000")])
    func aStateThatJSONWouldWriteOtherwiseIsRefused(written: String, shown: String) {
        let model =
            "state-machine: { key: k, transitions: { operation: put, to: \(written) }, observe: { operation: show, state: a } }"
        let problems = problems(model)
        #expect(problems.contains("error: the state `\(written)` is"), "\(problems)")
        #expect(problems.contains("expected \(shown), or \"\(written)\" in quotes"), "\(problems)")
    }

    private func text(_ model: String) -> String {
        scenario(
            operations: """
                  put: { http: PUT /item }
                  show: { http: GET /item, effect: none }

                """, more: "parameters: { given: true, number: 4 }\nmodels: { m: { \(model) } }")
    }

    private func resolve(_ model: String) throws -> Scenario { try Fixture.resolve(text(model)) }
    private func problems(_ model: String) -> String { Fixture.problems(text(model)) }
}
