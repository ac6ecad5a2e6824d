// Puts the lines of a history together into operations, and checks that they do not contradict each other.

import Core

/// A history while its lines are read.
struct HistoryAssembly {
    var notices: [String] = []

    private let file: String
    private let header: HistoryHeader
    private var operations: [OperationRecord] = []
    /// For each operation the number of the line that began it.
    private var lineNumbers: [UInt32] = []
    private var isEnded: [Bool] = []
    /// Positions in `operations`.
    private var positions = NumberTable()
    private var faults: [FaultKey: FaultRecord] = [:]
    private var troubles: [Trouble] = []
    private var statements: [StatementRecord] = []
    private var exploration = ExplorationRecord()
    private var load: [String: Value]?

    /// A fault is written when it begins and again when it ends.
    private struct FaultKey: Hashable {
        var kind: FaultRecord.Kind
        var target: FaultTarget
        var start: Int64
    }

    init(file: String, header: HistoryHeader) {
        self.file = file
        self.header = header
    }

    // MARK: - Lines

    /// Moves the operation out of the line.
    mutating func add(_ line: inout HistoryLine, number: Int) throws(HistoryError) {
        switch line.kind {
        case .header:
            throw inconsistent(number, "a second header; two histories must not share a file")
        case .invoke: try begin(&line.operation, number)
        case .attempt:
            let position = try openOperation(line.operation.id, number)
            operations[position].requests.append(line.operation.requests[0])
            operations[position].captures.merge(line.operation.captures)
        case .end: try end(&line.operation, number)
        case .rare(let line): add(line)
        }
    }

    private mutating func begin(_ operation: inout OperationRecord, _ number: Int) throws(HistoryError) {
        if let other = positions.update(operation.id, to: operations.count) {
            throw inconsistent(
                number,
                "operation \(operation.id) was already begun in line \(lineNumbers[other]); ids are unique")
        }
        operations.append(Self.blank)
        swap(&operations[operations.count - 1], &operation)
        lineNumbers.append(UInt32(clamping: number))
        isEnded.append(false)
    }

    private static let blank = OperationRecord(id: 0, client: 0, name: "", phase: .load, invoked: 0)

    /// So many operations tell how many there will be.
    private static let sample = 1 << 16

    /// Whether the next operation would need more memory, and there are enough to tell how much.
    var isFull: Bool { operations.count == operations.capacity && operations.count >= Self.sample }

    /// Makes room for as many operations as there will be if they are so many in a share of the file: at each
    /// doubling, old and new memory would be needed at once.
    mutating func makeRoom(share: Double) {
        guard share > 0, share <= 1 else { return }
        operations.reserveCapacity(Int(Double(operations.count) / share * 1.02))
    }

    private mutating func add(_ line: RareLine) {
        switch line {
        case .fault(let fault):
            faults[FaultKey(kind: fault.kind, target: fault.target, start: fault.start)] = fault
        case .trouble(let trouble): troubles.append(trouble)
        case .statement(let statement): statements.append(statement)
        case .schedule(let schedule): exploration.schedules.append(schedule)
        case .coverage(let coverage): exploration.coverage.append(coverage)
        case .replayed(let replay): exploration.replays.append(replay)
        case .notice(let notice): notices.append(notice.message)
        case .end(let end): load = end.load
        }
    }

    private mutating func end(_ completion: inout OperationRecord, _ number: Int) throws(HistoryError) {
        let position = try openOperation(completion.id, number)
        if let returned = completion.returned, returned < operations[position].invoked {
            throw inconsistent(
                number, "operation \(completion.id) ends before it began in line \(lineNumbers[position])")
        }
        isEnded[position] = true
        operations[position].outcome = completion.outcome
        operations[position].returned = completion.returned
        swap(&operations[position].captures, &completion.captures)
        swap(&operations[position].requests, &completion.requests)
    }

    private func openOperation(_ id: Int, _ number: Int) throws(HistoryError) -> Int {
        guard let position = positions[id] else {
            throw inconsistent(number, "operation \(id) goes on here but was never begun")
        }
        if isEnded[position] {
            throw inconsistent(number, "operation \(id) goes on here but had ended before")
        }
        return position
    }

    private func inconsistent(_ line: Int, _ message: String) -> HistoryError {
        HistoryError(.inconsistent, file: file, line: line, message: message)
    }

    // MARK: - The whole

    consuming func history() throws(HistoryError) -> History {
        let isInOrder = zip(operations.indices, operations.indices.dropFirst()).allSatisfy {
            comesFirst($0, before: $1)
        }
        if isInOrder {
            try checkClients(in: operations.indices)
        } else {
            let order = operations.indices.sorted { comesFirst($0, before: $1) }
            try checkClients(in: order)
            operations = order.map { operations[$0] }
        }
        var history = History(header: header, operations: operations)
        history.faults = faults.values.sorted {
            ($0.start, $0.target, $0.kind.rawValue) < ($1.start, $1.target, $1.kind.rawValue)
        }
        history.troubles = troubles
        history.statements = statements
        history.exploration = exploration
        history.load = load
        history.notices = notices
        return history
    }

    private func comesFirst(_ left: Int, before right: Int) -> Bool {
        (operations[left].invoked, operations[left].id) < (operations[right].invoked, operations[right].id)
    }

    /// A client never has two operations open at once; what judges histories relies on it.
    private func checkClients(in order: some Sequence<Int>) throws(HistoryError) {
        var latest = NumberTable()
        for position in order {
            guard let before = latest.update(operations[position].client, to: position) else { continue }
            if let returned = operations[before].returned, returned <= operations[position].invoked {
                continue
            }
            throw inconsistent(
                Int(lineNumbers[position]),
                "client \(operations[position].client) begins operation \(operations[position].id) while its "
                    + "operation "
                    + "\(operations[before].id), begun in line \(lineNumbers[before]), is open")
        }
    }
}
