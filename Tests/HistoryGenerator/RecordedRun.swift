// Simulated histories in contend's own form, as a run records them: every operation with its one request.

import Core
public import Histories

/// Operations of a simulated register or set as those of a run against three replicas.
public enum RecordedRun {
    /// Keys are called `item`; what is written is `unique` text, what is read is captured as `shown`.
    public static func operations(_ simulated: [ForeignOperation]) -> [OperationRecord] {
        simulated.enumerated().map { id, operation in
            let item = "item-\(JSON.text(operation.key))"
            let isRead = operation.f == "read"
            var values: [String: Value] = ["item": .string(item)]
            switch operation.argument {
            case .null: break
            case .array(let pair) where pair.count == 2:
                values["expected"] = text(pair[0])
                values["unique"] = text(pair[1])
            case .bool, .int, .double, .string, .array, .object: values["unique"] = text(operation.argument)
            }
            var request = RequestRecord(
                step: 0, attempt: 0, replica: id % 3, method: isRead ? "GET" : "PUT",
                target: "/items/\(item)", sent: operation.invoked, received: operation.returned,
                outcome: operation.outcome)
            switch operation.outcome {
            case .ok: request.status = 200
            case .fail: request.status = 409
            case .unknown: request.failure = .timeout
            }
            return OperationRecord(
                id: id, client: operation.process, name: operation.f, phase: .load, values: values,
                captures: isRead && operation.outcome == .ok ? ["shown": text(operation.result)] : [:],
                invoked: operation.invoked, returned: operation.returned, outcome: operation.outcome,
                requests: [request])
        }
    }

    private static func text(_ value: Value) -> Value {
        if case .array(let elements) = value { return .array(elements.map(text)) }
        return .string("v-" + JSON.text(value))
    }

    /// Records them in `directory`, which must not exist, and merges them into one file there.
    public static func write(_ operations: [OperationRecord], to directory: String) throws -> String {
        let clients = (operations.map(\.client).max() ?? 0) + 1
        let recorder = try HistoryRecorder(
            directory: directory,
            header: HistoryHeader(
                scenario: "simulated", seed: 1, replicas: 3, clients: clients,
                started: "2026-11-29T00:00:00Z"))
        var events: [(moment: Int64, index: Int, isEnd: Bool)] = []
        for (index, operation) in operations.enumerated() {
            events.append((operation.invoked, index, false))
            if let returned = operation.returned { events.append((returned, index, true)) }
        }
        events.sort { ($0.moment, $0.isEnd ? 1 : 0, $0.index) < ($1.moment, $1.isEnd ? 1 : 0, $1.index) }
        do {
            // The segment is closed when its writer goes away.
            let segment = try recorder.makeSegment(named: "loop-0")
            for event in events {
                if event.isEnd {
                    try segment.complete(operations[event.index])
                } else {
                    try segment.invoke(operations[event.index])
                }
            }
        }
        let file = directory + "/history.jsonl"
        try HistoryRecorder.merge(directory: directory, into: file)
        return file
    }
}
