// A scenario's operations made ready for many repetitions: what each needs bound, which answers must be
// parsed.

import History
import Scenario

/// One step and what is known of it before any value is bound.
struct StepPlan: Sendable {
    let declaration: Step
    /// The step's own headers and the defaults that it does not replace.
    let headers: [HeaderTemplate]
    /// Names that the request mentions.
    let placeholders: [String]
    /// Whether an attempt may change something, so that a lost answer matters.
    let isWrite: Bool
    let readsJSON: Bool
    let readsHeaders: Bool

    func isRetried(_ answer: Answer) -> Bool {
        declaration.retry?.on.contains { $0.matches(answer) } ?? false
    }

    init(_ step: Step, defaults: RequestDefaults, isWrite: Bool) {
        declaration = step
        self.isWrite = isWrite
        let own = Set(step.request.headers.map { $0.name.lowercased() })
        headers = defaults.headers.filter { !own.contains($0.name.lowercased()) } + step.request.headers
        placeholders =
            step.request.target.placeholders + headers.flatMap(\.value.placeholders)
            + (step.request.body?.placeholders ?? [])
        let patterns = step.outcome.ok + step.outcome.fail + step.outcome.unknown + (step.retry?.on ?? [])
        let conditions = patterns.flatMap(\.conditions)
        readsJSON =
            step.captures.contains { if case .json = $0.source { true } else { false } }
            || conditions.contains { if case .json = $0 { true } else { false } }
        readsHeaders =
            step.captures.contains { if case .header = $0.source { true } else { false } }
            || conditions.contains { if case .header = $0 { true } else { false } }
    }
}

/// One operation and what is known of it before any value is bound.
struct OperationPlan: Sendable {
    /// Position among the scenario's operations; `nil` for a request outside them, such as `setup`.
    let index: Int?
    let declaration: OperationDeclaration
    let steps: [StepPlan]
    /// Indices of the load's keys that are drawn for it.
    let keys: [Int]
    let mentions: Set<String>
    /// Names of secrets, without `secret.`.
    let secrets: [String]
    /// Whether some operation needs this one.
    let isNeeded: Bool

    var name: String { declaration.name }
    var usesUnique: Bool { mentions.contains("unique") }

    init(_ declaration: OperationDeclaration, index: Int?, in scenario: Scenario) {
        self.index = index
        self.declaration = declaration
        let writes = declaration.steps.map { !isSafe($0.request.method) }
        let anyWrite = writes.contains(true)
        steps = zip(declaration.steps, writes).map { step, writes in
            StepPlan(step, defaults: scenario.defaults, isWrite: !declaration.isRead && (writes || !anyWrite))
        }
        let requests = Set(steps.flatMap(\.placeholders))
        let models = scenario.models.filter { $0.operations.contains(declaration.name) }
        let mentions = requests.union(models.flatMap(\.placeholders))
        self.mentions = mentions
        secrets = requests.filter { $0.hasPrefix("secret.") }.map { String($0.dropFirst("secret.".count)) }
            .sorted()
        keys = scenario.load.keys.indices.filter { mentions.contains(scenario.load.keys[$0].name) }
        isNeeded = scenario.operations.contains { $0.needs?.operation == declaration.name }
    }
}

/// Methods that RFC 9110 calls safe.
private func isSafe(_ method: String) -> Bool { ["GET", "HEAD", "OPTIONS", "TRACE"].contains(method) }

extension RequestTemplate.Body {
    var placeholders: [String] {
        switch self {
        case .json(let value): value.mentionedNames
        case .text(let template): template.placeholders
        case .zeros: []
        }
    }
}

extension TemplateValue {
    var mentionedNames: [String] {
        switch self {
        case .literal: []
        case .template(let template): template.placeholders
        case .array(let elements): elements.flatMap(\.mentionedNames)
        case .object(let members): members.values.flatMap(\.mentionedNames)
        }
    }
}

extension Model {
    private var bindings: [(operation: String, templates: [Template])] {
        func written(_ bindings: [OperationBinding]) -> [(String, [Template])] {
            bindings.map { ($0.operation, [$0.value]) }
        }
        func seen(_ observations: [Observation]) -> [(String, [Template])] {
            observations.map { ($0.operation, [$0.value]) }
        }
        switch kind {
        case .register(let write, let read): return written(write) + seen(read)
        case .casRegister(let write, let compareAndSet, let read):
            return written(write) + compareAndSet.map { ($0.operation, [$0.expected, $0.new]) } + seen(read)
        case .stateMachine(let transitions, let observe):
            return transitions.map { ($0.operation, []) } + seen(observe)
        case .boundedCounter(_, let add, let subtract, let observe):
            return written(add) + written(subtract) + seen(observe)
        case .set(let add, let remove, let read): return written(add) + written(remove) + seen(read)
        case .unique(let claim, let release): return (claim + release).map { ($0, []) }
        }
    }

    var operations: [String] { bindings.map(\.operation) }

    var placeholders: [String] {
        key.placeholders + bindings.flatMap { $0.templates.flatMap(\.placeholders) }
    }

    /// Operations whose answers the model reads.
    var observers: [String] {
        switch kind {
        case .register(_, let read), .casRegister(_, _, let read), .set(_, _, let read): read.map(\.operation)
        case .stateMachine(_, let observe), .boundedCounter(_, _, _, let observe): observe.map(\.operation)
        case .unique: []
        }
    }
}

extension Expression {
    /// Operations whose answers the expression reads one by one.
    var observers: [String] {
        switch self {
        case .literal, .sum, .count: []
        case .field(let operation, _): [operation]
        case .add(let left, let right), .subtract(let left, let right): left.observers + right.observers
        }
    }
}
