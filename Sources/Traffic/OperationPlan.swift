// A scenario's operations made ready for many repetitions: what each needs bound, which answers must be
// parsed.

import Core
import Histories
import NIOCore
import Scenarios

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

    /// Conditions of models on this step's answer, more than statuses.
    let absences: [AnswerPattern]
    /// What the filters of its captures look at.
    let probes: [JSONPath]

    /// As much of what came back as the step's rules and captures look at.
    func answer(_ received: ReceivedAnswer) -> Answer {
        let isCommand = !declaration.request.command.isEmpty
        var answer = Answer(
            status: isCommand ? nil : received.status, exit: isCommand ? received.status : nil,
            failure: received.failure)
        if readsHeaders { answer.headers = received.headers }
        if readsJSON, let body = received.body {
            answer.json = try? JSON.parse(body.readableBytesView)
            if isCommand, answer.json == nil { answer.json = Self.lastLine(of: body) }
        }
        return answer
    }

    /// Commands write what they have done before what came of it.
    private static func lastLine(of output: ByteBuffer) -> Value? {
        let lines = output.readableBytesView.split(separator: UInt8(ascii: "\n"))
        return lines.last.flatMap { try? JSON.parse($0) }
    }

    /// The values that an answer gives; a capture it lacks is left out.
    func captures(from answer: Answer, at now: Int64) -> [String: Value] {
        var values: [String: Value] = [:]
        for capture in declaration.captures {
            switch capture.source {
            case .status: values[capture.name] = (answer.status ?? answer.exit).map(Value.int)
            case .header(let name):
                let name = name.lowercased()
                values[capture.name] = answer.headers.first { $0.name == name }.map { .string($0.value) }
            case .cookie(let name):
                values[capture.name] = Cookie.value(of: name, in: answer.headers, now: now)
                    .map { .string($0) }
            case .json(let path): values[capture.name] = answer.json.flatMap(path.evaluate)
            }
        }
        return values
    }

    func isRetried(_ answer: Answer) -> Bool {
        declaration.retry?.on.contains { $0.matches(answer) } ?? false
    }

    /// Those of both that the answer meets, as the scenario would write them.
    func met(by answer: Answer, outcome: Outcome) -> [String] {
        guard !absences.isEmpty || !probes.isEmpty else { return [] }
        let absent = absences.filter { $0.showsAbsence(in: answer, outcome: outcome) }.map(\.description)
        guard outcome == .ok, let json = answer.json else { return absent }
        return absent + probes.filter { !$0.found(in: json).isEmpty }.map(\.description)
    }

    init(_ step: Step, defaults: RequestDefaults, isWrite: Bool, absences: [AnswerPattern]) {
        declaration = step
        self.isWrite = isWrite
        self.absences = absences
        probes = step.captures.flatMap(\.probes)
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
            step.captures.contains {
                switch $0.source {
                case .header, .cookie: true
                case .json, .status: false
                }
            }
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
        let writes = declaration.steps.map { !HTTPMethod.isSafe($0.request.method) && !$0.isRead }
        let anyWrite = writes.contains(true)
        let models = scenario.models.filter { $0.operations.contains(declaration.name) }
        let absences = models.flatMap { $0.conditions(of: declaration.name) }.filter {
            $0.onlyStatuses == nil
        }
        let last = declaration.steps.count - 1
        steps = zip(declaration.steps, writes).enumerated().map { index, step in
            let (declared, writes) = step
            return StepPlan(
                declared, defaults: scenario.defaults,
                isWrite: !declaration.isRead && !declared.isRead && (writes || !anyWrite),
                absences: index == last ? absences : [])
        }
        let requests = Set(steps.flatMap(\.placeholders))
        var mentions = requests.union(models.flatMap(\.placeholders))
            .union(Self.asked(of: declaration.name, in: scenario))
            .union(declaration.steps.flatMap(\.keeps).flatMap(\.value.placeholders))
            .union(declaration.vary.flatMap(\.variation.placeholders))
        for state in scenario.load.state where mentions.contains(state.name) {
            mentions.formUnion(state.initial?.placeholders ?? [])
        }
        self.mentions = mentions
        secrets = requests.filter { $0.hasPrefix("secret.") }.map { String($0.dropFirst("secret.".count)) }
            .sorted()
        keys = scenario.load.keys.indices.filter { mentions.contains(scenario.load.keys[$0].name) }
        isNeeded = scenario.operations.contains { $0.needs?.operation == declaration.name }
        handedOn = scenario.handedOn(by: declaration)
    }

    /// Names of its own that other requests and models mention, as in `reserve.units`.
    private static func asked(of name: String, in scenario: Scenario) -> Set<String> {
        let requests = scenario.operations.flatMap(\.steps).map(\.request)
        let mentioned = requests.flatMap(\.placeholders) + scenario.models.flatMap(\.placeholders)
        return Set(
            mentioned.filter { $0.hasPrefix(name + ".") }.map { String($0.dropFirst(name.count + 1)) })
    }
}
