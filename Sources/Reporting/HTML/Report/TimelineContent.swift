// What the timeline shows: the operations around each finding's example, on the keys with findings or else on
// the most contended ones.

import Checking
import Core
import Histories
import RunStore
import Scenarios

/// The operations of chosen keys, as they go into the page.
struct TimelineContent {
    struct Key {
        var key: String
        /// Numbers of its findings.
        var findings: [Int]
        /// Operations on it in the whole history.
        var total: Int
        /// Around the example, in order of invocation.
        var operations: [OperationRecord]
        /// Ids of the examples' operations.
        var examples: Set<Int>
    }

    /// Around the example of a finding.
    static let operationLimit = 400
    static let keyLimit = 40
    /// Shown of a run without findings.
    static let busiestKeys = 3

    private(set) var keys: [Key] = []
    let material: RunMaterial

    init(_ material: RunMaterial, _ contention: KeyContention?) {
        self.material = material
        guard let history = material.history else { return }
        var findings: [(key: String, finding: Finding?)] = material.report.judgement.findings
            .filter { !$0.example.isEmpty }.map { ($0.key, $0) }
        if findings.isEmpty {
            let busiest = (contention?.entries ?? []).sorted {
                ($0.most, $0.contended) > ($1.most, $1.contended)
            }
            findings = busiest.prefix(Self.busiestKeys).map { ($0.key, nil) }
        }
        var places: [String: Int] = [:]
        for (key, finding) in findings where places[key] != nil || keys.count < Self.keyLimit {
            let place = places[key] ?? keys.count
            if place == keys.count {
                places[key] = place
                keys.append(Key(key: key, findings: [], total: 0, operations: [], examples: []))
            }
            guard let finding else { continue }
            keys[place].findings.append(finding.number)
            keys[place].examples.formUnion(finding.example.map(\.id))
        }
        gather(history, places)
    }

    /// One pass: which operations touch which of the keys, as positions; then a window of each.
    private mutating func gather(_ history: History, _ places: [String: Int]) {
        guard !places.isEmpty else { return }
        let templates = material.scenario?.models.map(\.key).filter { $0.parts.count > 1 } ?? []
        var positions: [[Int]] = Array(repeating: [], count: keys.count)
        for (index, operation) in history.operations.enumerated() {
            for key in Self.names(of: operation, templates) {
                guard let place = places[key], positions[place].last != index else { continue }
                positions[place].append(index)
            }
        }
        for (place, named) in positions.enumerated() {
            // A row of a deadlock, say, is no value of any operation: its moment is shown then.
            let all = named.isEmpty ? Self.positions(of: keys[place].examples, in: history) : named
            keys[place].total = all.count
            let window = Self.window(all.map { history.operations[$0].id }, around: keys[place].examples)
            keys[place].operations = window.map { history.operations[all[$0]] }
        }
        keys.removeAll { $0.operations.isEmpty }
    }

    /// Every operation that was under way between the first and the last of the examples.
    private static func positions(of examples: Set<Int>, in history: History) -> [Int] {
        let own = history.operations.filter { examples.contains($0.id) }
        guard let begin = own.map(\.invoked).min() else { return [] }
        let end = own.map { $0.returned ?? $0.invoked }.max() ?? begin
        return history.operations.indices.filter { index in
            let operation = history.operations[index]
            return operation.invoked <= end && operation.returned ?? operation.invoked >= begin
        }
    }

    private static func names(of operation: OperationRecord, _ templates: [Template]) -> [String] {
        operation.values.map(\.value.plain) + operation.captures.map(\.value.plain)
            + templates.compactMap(operation.text(of:)) + (operation.round.map { ["round \($0)"] } ?? [])
    }

    /// At most `operationLimit` positions in a row that hold the examples, or as many as fit from the first
    /// on.
    static func window(_ ids: [Int], around examples: Set<Int>) -> Range<Int> {
        guard ids.count > operationLimit else { return ids.indices }
        let first = ids.firstIndex { examples.contains($0) } ?? 0
        let last = ids.lastIndex { examples.contains($0) } ?? first
        let spare = max(0, operationLimit - (last - first + 1)) / 2
        let begin = min(max(0, first - spare), ids.count - operationLimit)
        return begin..<(begin + operationLimit)
    }

    // MARK: - The page

    /// The keys whose operations fit into `bytes` as JSON, and how many do not.
    func document(_ bytes: Int) -> (json: HTML, shown: [Key], left: Int) {
        var budget = ByteBudget(bytes)
        var shown: [Key] = []
        var documents: [HTML] = []
        for key in keys {
            let piece = HTML.script(json: JSON.text(document(of: key)))
            guard budget.takes(piece) else { break }
            shown.append(key)
            documents.append(piece)
        }
        let faults = HTML.script(
            json: JSON.text(.array((material.history?.faults ?? []).prefix(200).map(document))))
        let json = documents.dropFirst().reduce(documents.first ?? "") { $0 + "," + $1 }
        return ("{\"keys\":[\(json)],\"faults\":\(faults)}", shown, keys.count - shown.count)
    }

    private func document(of key: Key) -> Value {
        let origin = key.operations.map(\.invoked).min() ?? 0
        let end = key.operations.map { $0.returned ?? $0.invoked }.max() ?? origin
        let model =
            material.report.judgement.findings.first { key.findings.contains($0.number) }
            .flatMap(material.model(of:)) ?? material.scenario?.models.first
        let waits = material.observations.waits.filter { $0.end >= origin && $0.time <= end }.prefix(200)
        return .object([
            "key": .string(HTML.shown(key.key, to: 200)), "origin": .int(Int(origin)),
            "findings": .array(key.findings.prefix(20).map { .int($0) }), "total": .int(key.total),
            "waits": .array(waits.map { document(of: $0) }),
            "operations": .array(key.operations.map { document(of: $0, key, model) }),
        ])
    }

    private func document(of operation: OperationRecord, _ key: Key, _ model: Model?) -> Value {
        let meaning = OperationMeaning(operation, in: model).text
        return .object([
            "id": .int(operation.id), "client": .int(operation.client),
            "name": .string(HTML.shown(operation.name, to: 100)), "phase": .string(operation.phase.rawValue),
            "outcome": .string(operation.outcome.rawValue), "begin": .int(Int(operation.invoked)),
            "end": operation.returned.map { .int(Int($0)) } ?? .null,
            "example": .bool(key.examples.contains(operation.id)),
            "meaning": .string(HTML.shown(meaning, to: 120)),
            "requests": .array(
                operation.requests.prefix(8).map { request in
                    .object([
                        "replica": .int(request.replica), "begin": .int(Int(request.sent)),
                        "end": request.received.map { .int(Int($0)) } ?? .null,
                        "text": .string("\(request.method) \(HTML.shown(request.target, to: 120))"),
                        "answer": .string(request.answer), "outcome": .string(request.outcome.rawValue),
                    ])
                }),
        ])
    }

    private func document(_ fault: FaultRecord) -> Value {
        .object([
            "kind": .string(fault.kind.rawValue), "target": .string(fault.target.text),
            "replica": fault.target.replica.map { .int($0) } ?? .null, "begin": .int(Int(fault.start)),
            "end": fault.end.map { .int(Int($0)) } ?? .null,
        ])
    }

    private func document(of wait: LockWait) -> Value {
        let owner = material.observations.backends.last {
            $0.backend == wait.waiter.backend && $0.time <= wait.end
        }
        return .object([
            "begin": .int(Int(wait.time)), "end": .int(Int(wait.end)),
            "replica": owner?.replica.map { .int($0) } ?? .null,
            "lock": .string(HTML.shown(wait.lock, to: 120)),
        ])
    }
}
