// The part of a scenario that is read before its parameters are chosen: parameters, matrix and expectations.

import Core
import Histories

struct ScenarioHeader {
    var parameters: [Parameter] = []
    var matrix: [MatrixAxis] = []
    var expectations: [Expectation] = []
    private let context: DecodingContext

    /// What can be expected of a cell; that it does not happen cannot.
    static let verdicts = Verdict.allCases.filter { $0 != .notRun }

    init(_ tree: SourceNode, _ context: DecodingContext) {
        self.context = context
        parameters = readParameters(tree["parameters"])
        matrix = readMatrix(tree["matrix"])
        expectations = readExpectations(tree["expect"])
    }

    /// The scenario's name, empty if it has none.
    static func name(_ tree: SourceNode) -> String { tree["name"]?.text ?? "" }

    private func readParameters(_ node: SourceNode?) -> [Parameter] {
        context.entries(of: node, expected: "a map of names to values").compactMap { entry in
            let isName =
                !BuiltInAxis.names.contains(entry.key)
                && context.name(entry.key, at: entry.place, of: "a parameter")
            if BuiltInAxis.names.contains(entry.key) {
                context.error("`\(entry.key)` is a built-in axis, no parameter", at: entry.place)
            }
            guard isName, let value = literal(entry.value, of: "a parameter") else { return nil }
            return Parameter(name: entry.key, value: value)
        }
    }

    /// Parameters are chosen before anything else is known, so that not even `env.*` can stand in them.
    private func literal(_ node: SourceNode, of what: String) -> Value? {
        context.literalValue(node, of: what, isFirst: true)
    }

    private func readMatrix(_ node: SourceNode?) -> [MatrixAxis] {
        let known = parameters.map(\.name) + BuiltInAxis.names
        return context.entries(of: node, expected: "a map of axes to lists of values").compactMap { entry in
            guard known.contains(entry.key) else {
                return context.refuse(
                    "the axis `\(entry.key)` is no parameter", at: entry.place,
                    suggestion: Names.suggestion(for: entry.key, among: known))
            }
            let values = context.list(entry.value, expected: "a list of values") {
                literal($0, of: "an axis")
            }
            if entry.value.elements?.isEmpty == true {
                context.error("the axis is empty", at: entry.value.place)
            }
            return values.isEmpty ? nil : MatrixAxis(name: entry.key, values: values)
        }
    }

    private func readExpectations(_ node: SourceNode?) -> [Expectation] {
        context.list(node, expected: "a list of { when, verdict, finding }") { element in
            guard let map = MapReader(element, .expectation, context) else { return nil }
            let when = map["when"].map { self.when($0) } ?? [:]
            let verdict = map.value("verdict") {
                context.choice($0, of: "verdict", among: Self.verdicts, expected: "a verdict")
            }
            let finding = map.value("finding") {
                context.choice(
                    $0, of: "kind of finding", among: FindingKind.allCases, expected: "a kind of finding")
            }
            return verdict.map { Expectation(when: when, verdict: $0, finding: finding) }
        }
    }

    private func when(_ node: SourceNode) -> [String: Value] {
        var when: [String: Value] = [:]
        for entry in context.entries(of: node, expected: "a map of axes to values") {
            guard let axis = matrix.first(where: { $0.name == entry.key }) else {
                context.error(
                    "`\(entry.key)` is no axis of the matrix", at: entry.place,
                    suggestion: Names.suggestion(for: entry.key, among: matrix.map(\.name)))
                continue
            }
            guard let value = literal(entry.value, of: "an expectation") else { continue }
            if !axis.values.contains(where: { $0.isEquivalent(to: value) }) {
                let values = axis.values.map { $0.text ?? JSON.text($0) }
                let text = value.text ?? JSON.text(value)
                context.error(
                    "the axis `\(axis.name)` has no value `\(text)`", at: entry.value.place,
                    suggestion: Names.suggestion(for: text, among: values))
            }
            when[entry.key] = value
        }
        return when
    }
}
