// Puts the events of a foreign history together into operations, and believes nothing that contradicts
// itself.

import Core

/// A foreign history while its events are read.
struct ForeignPairing {
    /// Operations of no named process that may be open at one moment: each end is compared with all of them.
    static let unnamedLimit = 1000

    private let file: String
    private let isIndependent: Bool
    private var operations: [ForeignOperation] = []
    /// Position of the operation that each process has open.
    private var open: [Int: Int] = [:]
    /// Positions of the operations of no named process, and of those among them that are open.
    private var unnamed: [Int] = []
    private var openUnnamed: [Int] = []
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

    /// Takes an event; a contradiction is kept for `check`.
    mutating func addChecked(_ event: ForeignEvent, line: Int) throws(JSONError) {
        guard event.process != .other, error == nil else { return }
        let (key, value) = try keyAndValue(of: event)
        switch event.process {
        case .number(let process): add(event, of: process, key, value, line: line)
        case .unnamed: addUnnamed(event, key, value, line: line)
        case .other: return
        }
        events += 1
    }

    private mutating func begin(
        _ event: ForeignEvent, _ process: Int, _ key: Value, _ value: Value, _ line: Int
    ) {
        operations.append(
            ForeignOperation(
                process: process, f: event.f, key: key, argument: value, outcome: .unknown, invoked: events,
                returned: nil, line: line))
    }

    private mutating func add(
        _ event: ForeignEvent, of process: Int, _ key: Value, _ value: Value, line: Int
    ) {
        guard event.type != .invoke else {
            if let earlier = open.updateValue(operations.count, forKey: process) {
                let isUnknown = operations[earlier].outcome == .unknown && operations[earlier].isEnded
                return contradict(
                    line,
                    "process \(process) begins an operation, but its operation of line "
                        + "\(operations[earlier].line) "
                        + (isUnknown ? "ended in info: such a process never goes on" : "is still open"))
            }
            return begin(event, process, key, value, line)
        }
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
        if operations[position].outcome != .unknown { open[process] = nil }
    }

    // MARK: - Without processes

    /// An end belongs to the one open invocation that it fits.
    private mutating func addUnnamed(_ event: ForeignEvent, _ key: Value, _ value: Value, line: Int) {
        guard event.type != .invoke else {
            guard openUnnamed.count < Self.unnamedLimit else {
                return contradict(
                    line,
                    "\(Self.unnamedLimit) operations without a process are open already; give events a process"
                )
            }
            unnamed.append(operations.count)
            openUnnamed.append(operations.count)
            return begin(event, 0, key, value, line)
        }
        let fitting = openUnnamed.indices.filter { index in
            let operation = operations[openUnnamed[index]]
            return operation.f == event.f && operation.key == key
                && Self.fits(operation.argument, value, isOK: event.type == .ok)
        }
        guard let index = fitting.first else {
            return contradict(
                line, "this ends an operation (\(event.type.rawValue) of \(event.f)) that never began")
        }
        guard fitting.count == 1 else {
            let lines = fitting.prefix(2).map { "\(operations[openUnnamed[$0]].line)" }.joined(
                separator: " or ")
            return contradict(
                line,
                "this may end the operation of lines \(lines); give events a process, so that it is clear")
        }
        end(openUnnamed.remove(at: index), with: event.type, value)
    }

    /// Whether a completion with this value can belong to an invocation with that one.
    private static func fits(_ argument: Value, _ value: Value, isOK: Bool) -> Bool {
        // In place of the value may stand why it failed.
        if value == .null || (!isOK && value.text != nil) { return true }
        return isFilledIn(argument, value)
    }

    /// Whether the one is the other but for what was asked for, which is null.
    private static func isFilledIn(_ argument: Value, _ value: Value) -> Bool {
        if argument == .null || argument == value { return true }
        guard let asked = argument.elements, let told = value.elements, asked.count == told.count else {
            return false
        }
        return zip(asked, told).allSatisfy { isFilledIn($0, $1) }
    }

    /// Each unnamed pair becomes a process with the lowest number that is free.
    private mutating func nameProcesses() {
        guard !unnamed.isEmpty else { return }
        let positions = Set(unnamed)
        let taken = Set(operations.indices.filter { !positions.contains($0) }.map { operations[$0].process })
        var next = 0
        for position in unnamed {
            while taken.contains(next) { next += 1 }
            operations[position].process = next
            next += 1
        }
    }

    // MARK: - Operations

    private mutating func end(_ position: Int, with type: ForeignEvent.Kind, _ value: Value) {
        operations[position].isEnded = true
        operations[position].result = value
        switch type {
        case .invoke, .info: return
        case .ok: operations[position].outcome = .ok
        case .fail: operations[position].outcome = .fail
        }
        operations[position].returned = events
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
        nameProcesses()
        guard !operations.isEmpty else {
            throw HistoryError(
                .malformed, file: file,
                message:
                    "no operation found: it has neither JSON lines nor EDN nor jepsen.util lines of events")
        }
        return operations
    }
}
