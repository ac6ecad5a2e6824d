// How the events of operations become lines; `docs/history.md` describes the result, `HistoryLine` reads it.

import Core

extension JSONWriter {
    /// A line that is described as a document, in the order of its members.
    mutating func appendLine(_ line: some Document) {
        append(raw: "{")
        for (index, (name, value)) in line.written.enumerated() {
            if index > 0 { append(raw: ",") }
            append(name, value)
        }
        append(raw: "}\n")
    }

    mutating func appendLine(invoke operation: OperationRecord) {
        append(raw: "{\"time\":")
        append(Int(operation.invoked))
        append(raw: ",\"event\":\"invoke\",\"id\":")
        append(operation.id)
        append(raw: ",\"client\":")
        append(operation.client)
        append(raw: ",\"name\":")
        append(operation.name)
        append(raw: ",\"phase\":\"")
        append(operation.phase)
        append(raw: "\"")
        appendMember(",\"round\":", operation.round)
        if !operation.values.isEmpty {
            append(raw: ",\"values\":")
            append(operation.values)
        }
        appendMember(",\"intended\":", operation.intended.map { Int($0) })
        if let request = operation.requests.first {
            append(raw: ",\"request\":")
            append(request, withAnswer: false)
        }
        append(raw: "}\n")
    }

    mutating func appendLine(attempt request: RequestRecord, captures: NamedValues, of id: Int) {
        append(raw: "{\"time\":")
        append(Int(request.sent))
        append(raw: ",\"event\":\"attempt\",\"id\":")
        append(id)
        append(raw: ",\"request\":")
        append(request, withAnswer: false)
        appendCaptures(captures)
        append(raw: "}\n")
    }

    /// - Parameter time: when it returned, or where that is not known, the latest known time.
    mutating func appendLine(completion operation: OperationRecord, time: Int64) {
        append(raw: "{\"time\":")
        append(Int(time))
        append(raw: ",\"event\":\"")
        append(operation.outcome)
        append(raw: "\",\"id\":")
        append(operation.id)
        if operation.returned == nil { append(raw: ",\"returned\":null") }
        appendCaptures(operation.captures)
        if !operation.requests.isEmpty {
            append(raw: ",\"requests\":[")
            for (index, request) in operation.requests.enumerated() {
                if index > 0 { append(raw: ",") }
                append(request, withAnswer: true)
            }
            append(raw: "]")
        }
        append(raw: "}\n")
    }

    // MARK: - Parts

    private mutating func append(_ request: RequestRecord, withAnswer: Bool) {
        append(raw: "{\"step\":")
        append(request.step)
        append(raw: ",\"attempt\":")
        append(request.attempt)
        append(raw: ",\"replica\":")
        append(request.replica)
        append(raw: ",\"method\":")
        append(request.method)
        append(raw: ",\"target\":")
        append(request.target)
        append(raw: ",\"sent\":")
        append(Int(request.sent))
        if withAnswer {
            appendMember(",\"received\":", request.received.map { Int($0) })
            appendMember(",\"status\":", request.status)
            if let failure = request.failure {
                append(raw: ",\"failure\":")
                append(failure.rawValue)
            }
            append(raw: ",\"outcome\":\"")
            append(request.outcome)
            append(raw: "\"")
            if let excerpt = request.excerpt {
                append(raw: ",\"excerpt\":")
                append(excerpt)
            }
            if !request.meets.isEmpty {
                append(raw: ",\"meets\":")
                append(.array(request.meets.map(Value.string)))
            }
        }
        append(raw: "}")
    }

    private mutating func appendCaptures(_ captures: NamedValues) {
        if captures.isEmpty { return }
        append(raw: ",\"captures\":")
        append(captures)
    }

    private mutating func appendMember(_ name: StaticString, _ number: Int?) {
        guard let number else { return }
        append(raw: name)
        append(number)
    }

    private mutating func append(_ outcome: Outcome) {
        switch outcome {
        case .ok: append(raw: "ok")
        case .fail: append(raw: "fail")
        case .unknown: append(raw: "unknown")
        }
    }

    private mutating func append(_ phase: Phase) {
        switch phase {
        case .setup: append(raw: "setup")
        case .before: append(raw: "before")
        case .load: append(raw: "load")
        case .after: append(raw: "after")
        case .final: append(raw: "final")
        }
    }
}
