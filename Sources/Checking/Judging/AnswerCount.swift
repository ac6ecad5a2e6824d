// The table of answers: how often each operation got which answer, and how the outcome rules read it.

public import Core
public import Histories
import Scenarios

/// How often one request of an operation got one answer that was read in one way.
public struct AnswerCount: Sendable, Hashable {
    public var operation: String
    /// The step's name, where the operation has several.
    public var step: String?
    /// `nil` where no complete answer came.
    public var status: Int?
    /// Why no complete answer came; `nil` beside a status, and where the recording ended first.
    public var failure: TransportFailure?
    /// How the outcome rules read it.
    public var outcome: Outcome
    public var count: Int

    /// `409`, `exit 3`, or why there is no status: `refused`, `timeout`, `connection broken`.
    public var answer: String {
        // No status of HTTP is that low.
        if failure == nil, let status { return status < 100 ? "exit \(status)" : "\(status)" }
        return switch failure {
        case .refused: "refused"
        case .timeout: "timeout"
        case .disconnected: "connection broken"
        case .malformed: "unreadable"
        case nil: "no answer"
        }
    }

    public var isServerError: Bool { failure == nil && (500...599).contains(status ?? 0) }
    public var isUnanswered: Bool { failure != nil || status == nil }
}

extension AnswerCount {
    /// One answer.
    init(_ request: RequestRecord, of operation: OperationRecord) {
        self.init(
            operation: operation.name, status: request.status, failure: request.failure,
            outcome: request.outcome, count: 1)
    }

    /// Every request of every phase; operations in the scenario's order, set-up requests first, and the most
    /// frequent answer of each first.
    static func table(_ facts: RunFacts) -> [AnswerCount] {
        // Numbers in place of names, and the last ones remembered: this goes over every request of a run.
        struct Place: Hashable {
            var operation: Int
            var step: Int
            var status: Int?
            var failure: TransportFailure?
            var outcome: Outcome
        }
        var names = facts.scenario.operations.map(\.name)
        var numbers = Dictionary(names.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
        var counts: [(place: Place, count: Int)] = []
        var positions: [Place: Int] = [:]
        for index in facts.operations.indices {
            let name = facts.operations[index].name
            let number = names.prefix(8).firstIndex(of: name) ?? numbers[name] ?? names.count
            if number == names.count {
                numbers[name] = number
                names.append(name)
            }
            for at in facts.operations[index].requests.indices {
                let place = Place(
                    operation: number, step: facts.operations[index].requests[at].step,
                    status: facts.operations[index].requests[at].status,
                    failure: facts.operations[index].requests[at].failure,
                    outcome: facts.operations[index].requests[at].outcome)
                let position =
                    counts.prefix(4).firstIndex { $0.place == place } ?? positions[place] ?? counts.count
                if position == counts.count {
                    positions[place] = position
                    counts.append((place, 0))
                }
                counts[position].count += 1
            }
        }
        let declared = facts.scenario.operations.count
        return counts.map { place, count in
            let steps = facts.declaration(names[place.operation])?.steps ?? []
            let step = steps.count > 1 && steps.indices.contains(place.step) ? steps[place.step].name : nil
            let answer = AnswerCount(
                operation: names[place.operation], step: step, status: place.status, failure: place.failure,
                outcome: place.outcome, count: count)
            let number = place.operation < declared ? place.operation : place.operation - names.count
            return (order: (number, place.step), answer: answer)
        }.sorted {
            if $0.order != $1.order { return $0.order < $1.order }
            return ($1.answer.count, $0.answer.answer, $0.answer.outcome.rawValue)
                < ($0.answer.count, $1.answer.answer, $1.answer.outcome.rawValue)
        }.map(\.answer)
    }
}
