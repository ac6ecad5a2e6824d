// Puts the events of a foreign history together into operations, and believes nothing that contradicts
// itself.

/// A foreign history while its events are read.
struct ForeignPairing {
    private let file: String
    private let isIndependent: Bool
    private var operations: [ForeignOperation] = []
    /// Position of the operation that each process has open.
    private var open: [Int: Int] = [:]
    private var events: Int64 = 0
    private var error: HistoryError?

    init(file: String, isIndependent: Bool) {
        self.file = file
        self.isIndependent = isIndependent
    }

    /// Whether nothing added so far contradicts what came before.
    var isSound: Bool { error == nil }

    func check() throws(HistoryError) {
        if let error { throw error }
    }

    /// Takes the event of a client; a contradiction is kept for `check`.
    mutating func addChecked(_ event: ForeignEvent, line: Int) throws(JSONError) {
        guard let process = event.process, error == nil else { return }
        let (key, value) = try keyAndValue(of: event)
        switch event.type {
        case .invoke:
            if let earlier = open.updateValue(operations.count, forKey: process) {
                let isUnknown = operations[earlier].outcome == .unknown && operations[earlier].isEnded
                return contradict(
                    line,
                    "process \(process) begins an operation, but its operation of line "
                        + "\(operations[earlier].line) "
                        + (isUnknown ? "ended in info: such a process never goes on" : "is still open"))
            }
            operations.append(
                ForeignOperation(
                    process: process, f: event.f, key: key, argument: value, outcome: .unknown,
                    invoked: events,
                    returned: nil, line: line))
        case .ok, .fail, .info:
            guard let position = open[process], !operations[position].isEnded else {
                return contradict(
                    line, "process \(process) ends an operation (\(event.type.rawValue)) that it never began")
            }
            guard operations[position].f == event.f else {
                return contradict(
                    line,
                    "process \(process) ends a \(event.f), but began a \(operations[position].f) in line "
                        + "\(operations[position].line)")
            }
            end(position, with: event.type, value)
        }
        events += 1
    }

    private mutating func end(_ position: Int, with type: ForeignEvent.Kind, _ value: Value) {
        operations[position].isEnded = true
        operations[position].result = value
        switch type {
        case .invoke, .info: return
        case .ok: operations[position].outcome = .ok
        case .fail: operations[position].outcome = .fail
        }
        operations[position].returned = events
        open[operations[position].process] = nil
    }

    private func keyAndValue(of event: ForeignEvent) throws(JSONError) -> (key: Value, value: Value) {
        guard isIndependent else { return (event.key, event.value) }
        guard let pair = event.value.elements, pair.count == 2 else {
            throw JSONError(offset: 0, message: "with independent keys its value should be [key value]")
        }
        return (pair[0], pair[1])
    }

    private mutating func contradict(_ line: Int, _ message: String) {
        error = HistoryError(.inconsistent, file: file, line: line, message: message)
    }

    consuming func end() throws(HistoryError) -> [ForeignOperation] {
        try check()
        guard !operations.isEmpty else {
            throw HistoryError(
                .malformed, file: file,
                message:
                    "no operation found: it has neither JSON lines nor EDN nor jepsen.util lines of events")
        }
        return operations
    }
}
