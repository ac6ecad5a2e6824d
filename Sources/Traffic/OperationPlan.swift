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

    /// Conditions under `absent`, more than statuses, of the models that read this step's answer.
    let absences: [AnswerPattern]

    func isRetried(_ answer: Answer) -> Bool {
        declaration.retry?.on.contains { $0.matches(answer) } ?? false
    }

    /// Those of them that the answer meets, as the scenario writes them.
    func shownAbsences(in answer: Answer, outcome: Outcome) -> [String] {
        guard !absences.isEmpty else { return [] }
        return absences.filter { $0.showsAbsence(in: answer, outcome: outcome) }.map(\.description)
    }

    init(_ step: Step, defaults: RequestDefaults, isWrite: Bool, absences: [AnswerPattern]) {
        declaration = step
        self.isWrite = isWrite
        self.absences = absences
        let own = Set(step.request.headers.map { $0.name.lowercased() })
        headers = defaults.headers.filter { !own.contains($0.name.lowercased()) } + step.request.headers
        placeholders =
            step.request.target.placeholders + headers.flatMap(\.value.placeholders)
            + (step.request.body?.placeholders ?? [])
        let rules = step.outcome.ok + step.outcome.fail + step.outcome.unknown
        let patterns = rules + (step.retry?.on ?? []) + absences
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
    /// Names that those which need it cannot do without, as they mention them.
    let handedOn: Set<String>

    var name: String { declaration.name }
    var usesUnique: Bool { mentions.contains("unique") }

    init(_ declaration: OperationDeclaration, index: Int?, in scenario: Scenario) {
        self.index = index
        self.declaration = declaration
        let writes = declaration.steps.map { !isSafe($0.request.method) && !$0.isRead }
        let anyWrite = writes.contains(true)
        let models = scenario.models.filter { $0.operations.contains(declaration.name) }
        let absences = models.flatMap(\.observations).filter { $0.operation == declaration.name }
            .flatMap(\.absent).filter { $0.onlyStatuses == nil }
        let last = declaration.steps.count - 1
        steps = zip(declaration.steps, writes).enumerated().map { index, step in
            let (declared, writes) = step
            return StepPlan(
                declared, defaults: scenario.defaults,
                isWrite: !declaration.isRead && !declared.isRead && (writes || !anyWrite),
                absences: index == last ? absences : [])
        }
        let requests = Set(steps.flatMap(\.placeholders))
        let mentions = requests.union(models.flatMap(\.placeholders))
            .union(Self.asked(of: declaration.name, in: scenario))
        self.mentions = mentions
        secrets = requests.filter { $0.hasPrefix("secret.") }.map { String($0.dropFirst("secret.".count)) }
            .sorted()
        keys = scenario.load.keys.indices.filter { mentions.contains(scenario.load.keys[$0].name) }
        let needing = scenario.operations.filter { $0.needs?.operation == declaration.name }
        isNeeded = !needing.isEmpty
        let captured = Self.capturedNames(by: declaration, in: scenario)
        handedOn = needing.reduce(into: Set()) {
            $0.formUnion(Self.missingNames(of: $1, models: scenario.models).intersection(captured))
        }
    }

    /// What it and the operations that it needs in turn capture, as those that need it may mention it.
    private static func capturedNames(
        by declaration: OperationDeclaration, in scenario: Scenario
    ) -> Set<String> {
        var names: Set<String> = []
        var seen: Set<String> = []
        var next: OperationDeclaration? = declaration
        while let operation = next, seen.insert(operation.name).inserted {
            for capture in operation.steps.flatMap(\.captures) {
                names.formUnion([capture.name, "\(operation.name).\(capture.name)"])
            }
            next = (operation.needs?.operation).flatMap { scenario.operation(named: $0) }
        }
        return names
    }

    /// Names of its own that other requests and models mention, as in `reserve.units`.
    private static func asked(of name: String, in scenario: Scenario) -> Set<String> {
        let requests = scenario.operations.flatMap(\.steps).map(\.request)
        let mentioned = requests.flatMap(\.placeholders) + scenario.models.flatMap(\.placeholders)
        return Set(
            mentioned.filter { $0.hasPrefix(name + ".") }.map { String($0.dropFirst(name.count + 1)) })
    }

    /// Names that its requests and models mention and that it neither varies nor captures before.
    private static func missingNames(of declaration: OperationDeclaration, models: [Model]) -> Set<String> {
        var own = Set(declaration.vary.map(\.name)).union(["unique", "client", "round"])
        var missing: Set<String> = []
        for step in declaration.steps {
            missing.formUnion(step.request.placeholders.filter { !own.contains($0) })
            own.formUnion(step.captures.map(\.name))
        }
        for model in models {
            missing.formUnion(model.placeholders(of: declaration.name).filter { !own.contains($0) })
        }
        return missing
    }
}

/// Methods that RFC 9110 calls safe.
private func isSafe(_ method: String) -> Bool { ["GET", "HEAD", "OPTIONS", "TRACE"].contains(method) }

extension RequestTemplate {
    var placeholders: [String] {
        target.placeholders + headers.flatMap(\.value.placeholders) + (body?.placeholders ?? [])
    }
}

extension RequestTemplate.Body {
    var placeholders: [String] {
        switch self {
        case .json(let value): value.placeholders
        case .text(let template): template.placeholders
        case .zeros: []
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

    /// Names that must stand in the history for it to be judged.
    var placeholders: [String] {
        var names = key.placeholders + (initial?.placeholders ?? [])
        if case .boundedCounter(let limit, _, _, _) = kind { names += limit.placeholders }
        return names + bindings.flatMap { $0.templates.flatMap(\.placeholders) }
    }

    /// Names that it must find in the records of one operation.
    func placeholders(of operation: String) -> [String] {
        let own = bindings.filter { $0.operation == operation }
        return own.isEmpty ? [] : key.placeholders + own.flatMap { $0.templates.flatMap(\.placeholders) }
    }

    /// Operations whose answers the model reads.
    var observers: [String] { observations.map(\.operation) }
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
