// One line of a history file as a value; the order of its members does not matter, and members
// that it does not know are passed over.

import Core

/// A line that the reader understands.
enum HistoryLine {
    case header(HistoryHeader)
    /// A header of a version that this program does not know.
    case newer(version: Int)
    case invoke(OperationRecord)
    case attempt(id: Int, request: RequestRecord, captures: [String: Value])
    case completion(Completion)
    case fault(FaultRecord)
    case notice(String)
    case trouble(Trouble)
    /// What the load measured of itself and no operation tells.
    case load([String: Value])

    struct Completion {
        var id: Int
        var outcome: Outcome
        var returned: Int64?
        var captures: [String: Value]
        var requests: [RequestRecord]
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) {
        var scanner = JSONScanner(bytes)
        var members = LineMembers()
        try scanner.eachMember { scanner, name throws(JSONError) in try members.read(name, from: &scanner) }
        try scanner.end()
        self = try members.line()
    }
}

/// The members of a line before it is known which line it is.
private struct LineMembers {
    private var contend: String?
    private var version: Int?
    private var scenario: String?
    private var seed: UInt64?
    private var replicas: Int?
    private var clients: Int?
    private var started: String?
    private var marksEnd = false

    private var time: Int64?
    private var event: String?
    private var id: Int?
    private var client: Int?
    private var name: String?
    private var phase: Phase?
    private var round: Int?
    private var values: [String: Value] = [:]
    private var captures: [String: Value] = [:]
    private var intended: Int64?
    private var request: RequestRecord?
    private var requests: [RequestRecord] = []
    private var isOpen = false

    private var kind: FaultRecord.Kind?
    private var replica: Int?
    private var start: Int64?
    private var end: Int64?
    private var message: String?
    private var trouble: Trouble.Kind?
    private var since: Int64?
    private var log: [String] = []
    private var load: [String: Value]?

    mutating func read(_ member: String, from scanner: inout JSONScanner) throws(JSONError) {
        if scanner.takeNull() {
            if member == "returned" { isOpen = true }
            return
        }
        switch member {
        case "time": time = try scanner.time()
        case "event": event = try scanner.string()
        case "id": id = try scanner.integer()
        case "client": client = try scanner.natural()
        case "name": name = try scanner.string()
        case "phase": phase = try scanner.word(of: Phase.self)
        case "round": round = try scanner.natural()
        case "values": values = try scanner.object()
        case "captures": captures = try scanner.object()
        case "intended": intended = try scanner.time()
        case "request": request = try RequestRecord(from: &scanner)
        case "requests":
            var requests: [RequestRecord] = []
            try scanner.elements { scanner throws(JSONError) in
                requests.append(try RequestRecord(from: &scanner))
            }
            self.requests = requests
        case "kind": kind = try scanner.word(of: FaultRecord.Kind.self)
        case "replica": replica = try scanner.natural()
        case "start": start = try scanner.time()
        case "end": end = try scanner.time()
        case "message": message = try scanner.string()
        case "trouble": trouble = Trouble.Kind(rawValue: try scanner.string()) ?? .other
        case "since": since = try scanner.time()
        case "log":
            var lines: [String] = []
            try scanner.elements { scanner throws(JSONError) in lines.append(try scanner.string()) }
            log = lines
        case "load": load = try scanner.object()
        case "contend": contend = try scanner.string()
        case "version": version = try scanner.integer()
        case "scenario": scenario = try scanner.string()
        case "seed": seed = try scanner.seed()
        case "replicas": replicas = try scanner.natural()
        case "clients": clients = try scanner.natural()
        case "started": started = try scanner.string()
        case "marks_end": marksEnd = try scanner.value() == .bool(true)
        default: try scanner.skipValue()
        }
    }

    func line() throws(JSONError) -> HistoryLine {
        if contend == HistoryFormat.name { return try header() }
        let event = try required(event, "event")
        switch event {
        case HistoryFormat.invoke:
            return .invoke(
                OperationRecord(
                    id: try required(id, "id"), client: try required(client, "client"),
                    name: try required(name, "name"), phase: try required(phase, "phase"), round: round,
                    values: values, intended: intended, invoked: try required(time, "time"),
                    requests: request.map { [$0] } ?? []))
        case HistoryFormat.attempt:
            return .attempt(
                id: try required(id, "id"), request: try required(request, "request"), captures: captures)
        case HistoryFormat.fault:
            return .fault(
                FaultRecord(
                    kind: try required(kind, "kind"), replica: try required(replica, "replica"),
                    start: try required(start, "start"), end: end))
        case HistoryFormat.notice:
            return try notice()
        default:
            guard let outcome = Outcome(rawValue: event) else {
                throw JSONError(offset: 0, message: "no event is called `\(event)` in this version")
            }
            let time = try required(time, "time")
            return .completion(
                HistoryLine.Completion(
                    id: try required(id, "id"), outcome: outcome, returned: isOpen ? nil : time,
                    captures: captures, requests: requests))
        }
    }

    private func notice() throws(JSONError) -> HistoryLine {
        let message = try required(message, "message")
        if let load { return .load(load) }
        guard let trouble else { return .notice(message) }
        return .trouble(
            Trouble(
                trouble, time: try required(time, "time"), since: since, replica: replica, message: message,
                log: log))
    }

    private func header() throws(JSONError) -> HistoryLine {
        let version = try required(version, "version")
        if version > HistoryHeader.currentVersion { return .newer(version: version) }
        return .header(
            HistoryHeader(
                version: version, scenario: try required(scenario, "scenario"),
                seed: try required(seed, "seed"),
                replicas: try required(replicas, "replicas"), clients: try required(clients, "clients"),
                started: try required(started, "started"), marksEnd: marksEnd))
    }
}

extension RequestRecord {
    fileprivate init(from scanner: inout JSONScanner) throws(JSONError) {
        var step: Int?
        var attempt: Int?
        var replica: Int?
        var method: String?
        var target: String?
        var sent: Int64?
        var answer = RequestRecord(step: 0, attempt: 0, replica: 0, method: "", target: "", sent: 0)
        try scanner.eachMember { scanner, member throws(JSONError) in
            if scanner.takeNull() { return }
            switch member {
            case "step": step = try scanner.natural()
            case "attempt": attempt = try scanner.natural()
            case "replica": replica = try scanner.natural()
            case "method": method = try scanner.string()
            case "target": target = try scanner.string()
            case "sent": sent = try scanner.time()
            case "received": answer.received = try scanner.time()
            case "status": answer.status = try scanner.integer()
            case "failure": answer.failure = try scanner.word(of: TransportFailure.self)
            case "outcome": answer.outcome = try scanner.word(of: Outcome.self)
            case "excerpt": answer.excerpt = try scanner.string()
            case "meets":
                var conditions: [String] = []
                try scanner.elements { scanner throws(JSONError) in conditions.append(try scanner.string()) }
                answer.meets = conditions
            default: try scanner.skipValue()
            }
        }
        self.init(
            step: try required(step, "step"), attempt: try required(attempt, "attempt"),
            replica: try required(replica, "replica"), method: try required(method, "method"),
            target: try required(target, "target"), sent: try required(sent, "sent"),
            received: answer.received, status: answer.status, failure: answer.failure,
            outcome: answer.outcome, excerpt: answer.excerpt, meets: answer.meets)
    }
}

private func required<Member>(_ member: Member?, _ name: String) throws(JSONError) -> Member {
    guard let member else { throw JSONError(offset: 0, message: "`\(name)` is missing") }
    return member
}

extension JSONScanner {
    fileprivate mutating func time() throws(JSONError) -> Int64 {
        let start = self
        let time = try integer()
        guard time.magnitude <= HistoryFormat.momentLimitNanoseconds else {
            throw start.error("a time lies within 104 days of the run's origin, this one does not")
        }
        return Int64(time)
    }

    /// What is counted or numbered from 0.
    fileprivate mutating func natural() throws(JSONError) -> Int {
        let start = self
        let number = try integer()
        guard 0...Int(Int32.max) ~= number else {
            throw start.error("a number from 0 to \(Int32.max) should be here")
        }
        return number
    }

    mutating func integer() throws(JSONError) -> Int {
        let start = self
        guard case .int(let number) = try number() else { throw start.error("a whole number should be here") }
        return number
    }

    /// One of the raw values of an enumeration.
    mutating func word<Words: RawRepresentable<String> & CaseIterable>(
        of words: Words.Type
    ) throws(JSONError) -> Words {
        let start = self
        let text = try string()
        if let word = Words(rawValue: text) { return word }
        let known = Words.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        throw start.error("`\(text)` is none of \(known)")
    }

    /// 64 bits without a sign, as text; a number is read as well.
    fileprivate mutating func seed() throws(JSONError) -> UInt64 {
        let start = self
        switch try value() {
        case .string(let text):
            if let seed = UInt64(text) { return seed }
        case .int(let number):
            if let seed = UInt64(exactly: number) { return seed }
        case .null, .bool, .double, .array, .object:
            break
        }
        throw start.error("a seed should be here: a whole number below 2^64, as text")
    }
}
