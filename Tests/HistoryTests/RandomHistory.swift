// Random values and random recordings for the property tests; the same seed gives the same ones.

import Core

@testable import Histories

extension SeededGenerator {
    mutating func chance(_ part: Int, of whole: Int) -> Bool {
        Int.random(in: 0..<whole, using: &self) < part
    }

    mutating func text() -> String {
        let scalars: [ClosedRange<UInt32>] = [
            0x61...0x7A, 0x00...0x1F, 0x20...0x7F, 0x80...0x7FF, 0x1F300...0x1F5FF,
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &self) {
            let range = scalars[Int.random(in: 0..<scalars.count, using: &self)]
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &self)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    mutating func value(depth: Int = 3) -> Value {
        switch Int.random(in: 0..<(depth == 0 ? 6 : 8), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .int(Int(truncatingIfNeeded: next() >> UInt64.random(in: 0...63, using: &self)))
        case 3: return .int(Int.random(in: -3...3, using: &self))
        case 4:
            let double = Double(bitPattern: next())
            return .double(double.isFinite ? double : 0.5)
        case 5: return .string(text())
        case 6: return .array((0..<Int.random(in: 0...4, using: &self)).map { _ in value(depth: depth - 1) })
        default: return .object(members(depth: depth - 1))
        }
    }

    mutating func members(depth: Int = 2) -> [String: Value] {
        var members: [String: Value] = [:]
        for _ in 0..<Int.random(in: 0...3, using: &self) { members[text()] = value(depth: depth) }
        return members
    }
}

/// Records random operations of several clients and knows what must be read back.
struct RandomHistory {
    static let header = HistoryHeader(
        scenario: "random \"one\"", seed: .max, replicas: 3, clients: 6, started: "2026-11-23T22:00:00Z")

    var generator: SeededGenerator
    /// What a reader must find.
    private(set) var operations: [Int: OperationRecord] = [:]
    private(set) var faults: [FaultRecord] = []
    private(set) var troubles: [Trouble] = []
    private(set) var notices: [String] = []

    private var time: Int64 = 0
    private var open: [Int: OperationRecord] = [:]
    /// Where a client's open operation began.
    private var segments: [Int: Int] = [:]
    private var retired: Set<Int> = []

    init(seed: UInt64) { generator = SeededGenerator(state: seed) }

    var sortedOperations: [OperationRecord] {
        operations.values.sorted { ($0.invoked, $0.id) < ($1.invoked, $1.id) }
    }

    /// One event of a random client; an operation ends in the segment in which it began, also where there
    /// are more writers by then.
    mutating func step(_ writers: [SegmentWriter]) throws {
        time += Int64.random(in: 0...3, using: &generator)
        let client = Int.random(in: 0..<RandomHistory.header.clients, using: &generator)
        let segment = open[client] == nil ? client % writers.count : segments[client] ?? 0
        segments[client] = segment
        let writer = writers[segment]
        if retired.contains(client) { return }
        if let operation = open[client] {
            if generator.chance(1, of: 3) {
                try attempt(operation, writer)
            } else {
                try complete(operation, writer)
            }
        } else if generator.chance(1, of: 12) {
            if generator.chance(1, of: 2) { try fault(writers[0]) } else { try notice(writers[0]) }
        } else {
            try invoke(client, writer)
        }
    }

    private mutating func request(_ step: Int) -> RequestRecord {
        RequestRecord(
            step: step, attempt: Int.random(in: 0...2, using: &generator),
            replica: Int.random(in: 0..<3, using: &generator), method: "PUT", target: "/" + generator.text(),
            sent: time)
    }

    private mutating func invoke(_ client: Int, _ writer: SegmentWriter) throws {
        let operation = OperationRecord(
            id: operations.count, client: client, name: generator.text(),
            phase: Phase.allCases.randomElement(using: &generator) ?? .load,
            round: generator.chance(1, of: 2) ? operations.count / 6 : nil, values: generator.members(),
            intended: generator.chance(1, of: 2) ? time - 1 : nil, invoked: time,
            requests: generator.chance(9, of: 10) ? [request(0)] : [])
        try writer.invoke(operation)
        open[client] = operation
        operations[operation.id] = operation
    }

    private mutating func attempt(_ operation: OperationRecord, _ writer: SegmentWriter) throws {
        let request = request(operation.requests.count)
        let captures = NamedValues(generator.members())
        try writer.attempt(request, captures: captures, of: operation.id)
        var operation = operation
        operation.requests.append(request)
        operation.captures.merge(captures)
        open[operation.client] = operation
        operations[operation.id] = operation
    }

    private mutating func complete(_ operation: OperationRecord, _ writer: SegmentWriter) throws {
        var operation = operation
        let endless = generator.chance(1, of: 40)
        operation.outcome = endless ? .unknown : Outcome.allCases.randomElement(using: &generator) ?? .ok
        operation.returned = endless ? nil : time
        operation.captures = NamedValues(generator.members())
        for index in operation.requests.indices {
            if generator.chance(1, of: 4) {
                operation.requests[index].failure = TransportFailure.allCases.randomElement(using: &generator)
            } else {
                operation.requests[index].received = time
                operation.requests[index].status = 200
            }
            operation.requests[index].outcome = Outcome.allCases.randomElement(using: &generator) ?? .ok
            operation.requests[index].excerpt = generator.chance(1, of: 3) ? generator.text() : nil
            operation.requests[index].meets =
                generator.chance(1, of: 3) ? [generator.text(), generator.text()] : []
        }
        try writer.complete(operation)
        open[operation.client] = nil
        operations[operation.id] = operation
        if endless { retired.insert(operation.client) }
    }

    private mutating func notice(_ writer: SegmentWriter) throws {
        guard generator.chance(3, of: 4) else {
            notices.append(generator.text())
            return try writer.notice(notices[notices.count - 1], time: time)
        }
        let trouble = Trouble(
            Trouble.Kind.allCases.randomElement(using: &generator) ?? .other, time: time,
            since: generator.chance(1, of: 2) ? time - 1 : nil,
            replica: generator.chance(1, of: 2) ? Int.random(in: 0..<3, using: &generator) : nil,
            message: generator.text(),
            log: (0..<Int.random(in: 0...2, using: &generator)).map { _ in generator.text() })
        try writer.trouble(trouble)
        troubles.append(trouble)
    }

    private mutating func fault(_ writer: SegmentWriter) throws {
        time += 1
        var fault = FaultRecord(
            kind: FaultRecord.Kind.allCases.randomElement(using: &generator) ?? .kill,
            target: .replica(Int.random(in: 0..<3, using: &generator)), start: time)
        try writer.fault(fault)
        if generator.chance(2, of: 3) {
            time += 1
            fault.end = time
            try writer.fault(fault)
        }
        faults.append(fault)
    }
}
