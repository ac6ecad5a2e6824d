// Verifies one story against the run that it is told of, without any code of what finds or tells it.
//
// Every operation named in the title and the example exists, was acknowledged or not as told, and did not
// begin after the read that it is blamed for. The example alone contradicts the model. The state that
// "earlier operations leave" is one that some valid order leaves. Numbers add up. What is left out of the
// story is never what the title names.

import Core
import Histories

@testable import Checking

/// A story as a reader has it, and the run.
struct ToldStory {
    var kind: FindingKind
    var key: String
    var title: String
    var lines: [String]
    /// Positions in the run.
    var example: [Int]
}

struct StoryVerifier {
    let model: SimulatedModel
    let initial: Value?
    let operations: [OperationRecord]
    let story: ToldStory

    /// What is wrong with the story; nothing where it is true.
    func faults() -> [String] {
        var faults: [String] = []
        guard !story.example.isEmpty, story.example.allSatisfy(operations.indices.contains) else {
            return ["the example is empty or not of this run"]
        }
        if story.example.sorted(by: { operations[$0].invoked < operations[$1].invoked }) != story.example,
            Set(story.example.map { operations[$0].invoked }).count == story.example.count
        {
            faults.append("the example is not in order of invocation")
        }
        if story.example.contains(where: { operations[$0].values["key"] != .string(story.key) }) {
            faults.append("the example is about another key")
        }
        faults += exampleFaults()
        switch StoryTitle.claims(of: story.title, self) {
        case .failure(let problem): faults.append("\(problem)")
        case .success(let claims): faults += claims.faults + shownFaults(claims.named)
        }
        return faults
    }

    // MARK: - What the run holds

    /// Positions of the key's operations.
    var ofKey: [Int] { operations.indices.filter { operations[$0].values["key"] == .string(story.key) } }

    /// The element that a story of a set is about.
    var element: Value? {
        guard model == .set else { return nil }
        if story.kind == .replicaDivergence {
            let shown = story.example.compactMap { operations[$0].captures["tags"]?.elements }
            guard let one = shown.first, let other = shown.last else { return nil }
            return Set(one).symmetricDifference(other).min { JSON.text($0) < JSON.text($1) }
        }
        let quoted = story.title.matches(of: /"(?<text>[^"]*)"/).first
        return quoted.map { .string(String($0.text)) }
    }

    func calls(_ positions: [Int]) -> [PlainCall] { model.calls(operations, positions, element: element) }

    /// Whether some order explains these calls of the run; `nil` where that is too much to try.
    func isExplained(_ positions: [Int], from starts: Set<PlainState>? = nil) -> Bool? {
        PlainOrders(
            model.object, calls(positions), from: starts ?? model.starts(initial, element: element)
        ).isExplained
    }

    // MARK: - The example and what was there before

    private var opening: String? { story.lines.first.flatMap { $0.hasPrefix("Earlier") ? $0 : nil } }

    /// The state that is said to have been there.
    var left: PlainState? { opening.flatMap(stateLeft) }

    private func exampleFaults() -> [String] {
        if story.title.hasSuffix("more than once.") || story.title.contains("more than once. ") { return [] }
        guard let opening else {
            guard isExplained(story.example) == false else {
                return ["the example alone contradicts nothing"]
            }
            return []
        }
        guard let left = stateLeft(opening) else { return ["unknown opening: \(opening)"] }
        var faults: [String] = []
        let start = calls(story.example).filter { $0.returned != nil }.map(\.invoked).min() ?? 0
        let all = PlainOrders(
            model.object, calls(ofKey), from: model.starts(initial, element: element))
        let isLeft = all.quiet.contains { $0.moment < start && $0.states.contains(left) }
        if !isLeft { faults.append("no valid order leaves what is said: \(opening)") }
        if isExplained(story.example, from: [left]) != false {
            faults.append("the example contradicts nothing from there: \(opening)")
        }
        return faults
    }

    private func stateLeft(_ opening: String) -> PlainState? {
        guard let match = opening.firstMatch(of: /leave (?<state>.*)\.$/) else { return nil }
        let text = String(match.state)
        switch model {
        case .register, .casRegister: return (try? JSON.parse(text.utf8)).map { .value($0) }
        case .machine: return .state(text)
        case .counter: return Int(text).map { .count($0) }
        case .set: return .isThere(text == "it there")
        case .claims: return .isThere(text == "the key held")
        }
    }

    // MARK: - What is shown of it

    /// Each named operation has its line.
    private func shownFaults(_ named: [Int]) -> [String] {
        let origin = story.example.map { operations[$0].invoked }.min() ?? 0
        return Set(named).sorted().compactMap { position in
            let operation = operations[position]
            guard story.example.contains(position) else {
                return "\(operation.name) \(operation.id) is named and not in the example"
            }
            let milliseconds = Double(operation.invoked - origin) / 1e6
            let isShown = story.lines.contains {
                $0.hasPrefix("+\(Int(milliseconds)).000 ms client \(operation.client) ")
                    && $0.contains("/\(operation.name)")
            }
            return isShown ? nil : "\(operation.name) \(operation.id) is named and left out of the story"
        }
    }
}
