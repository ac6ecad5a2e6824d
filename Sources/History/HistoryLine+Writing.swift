// How each event becomes a line; `docs/history.md` describes the result, `HistoryLine` reads it.

import Core

/// The words of the format's first line and of the `event` member.
enum HistoryFormat {
    static let name = "history"
    /// No line is longer; a longer one cannot be recorded, and is no history when read.
    static let lineLimitBytes = 64 << 20
    /// 104 days: what judging subtracts and adds up stays in the range of its numbers.
    static let momentLimitNanoseconds = 1 << 53

    static let invoke = "invoke"
    static let attempt = "attempt"
    static let fault = "fault"
    static let notice = "notice"
}

extension JSONWriter {
    /// The first line.
    mutating func appendLine(_ header: HistoryHeader) {
        append(raw: "{\"contend\":\"history\",\"version\":")
        append(header.version)
        append(raw: ",\"scenario\":")
        append(header.scenario)
        // As text: a number of 64 bits would lose its last digits in programs that read numbers as doubles.
        append(raw: ",\"seed\":")
        append(String(header.seed))
        append(raw: ",\"replicas\":")
        append(header.replicas)
        append(raw: ",\"clients\":")
        append(header.clients)
        append(raw: ",\"started\":")
        append(header.started)
        if header.marksEnd { append(raw: ",\"marks_end\":true") }
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

    mutating func appendLine(_ fault: FaultRecord) {
        append(raw: "{\"time\":")
        append(Int(fault.end ?? fault.start))
        append(raw: ",\"event\":\"fault\",\"kind\":")
        append(fault.kind.rawValue)
        append(raw: ",\"replica\":")
        append(fault.replica)
        append(raw: ",\"start\":")
        append(Int(fault.start))
        appendMember(",\"end\":", fault.end.map { Int($0) })
        append(raw: "}\n")
    }

    mutating func appendLine(notice message: String, time: Int64) {
        append(raw: "{\"time\":")
        append(Int(time))
        append(raw: ",\"event\":\"notice\",\"message\":")
        append(message)
        append(raw: "}\n")
    }

    mutating func appendLine(_ trouble: Trouble) {
        append(raw: "{\"time\":")
        append(Int(trouble.time))
        append(raw: ",\"event\":\"notice\",\"message\":")
        append(trouble.message)
        append(raw: ",\"trouble\":")
        append(trouble.kind.rawValue)
        appendMember(",\"since\":", trouble.since.map { Int($0) })
        appendMember(",\"replica\":", trouble.replica)
        if !trouble.log.isEmpty {
            append(raw: ",\"log\":")
            append(Value.array(trouble.log.map { .string($0) }))
        }
        append(raw: "}\n")
    }

    mutating func appendLine(load figures: [String: Value], time: Int64) {
        append(raw: "{\"time\":")
        append(Int(time))
        append(raw: ",\"event\":\"notice\",\"message\":\"The recording is complete.\",\"load\":")
        append(figures)
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
