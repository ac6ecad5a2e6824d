// One line of a history file as a value; the order of its members does not matter, and members
// that it does not know are passed over.

import Core

/// A line that the reader understands.
enum HistoryLine {
    /// A `HistoryHeader`, not read yet.
    case header(Value)
    case invoke(OperationRecord)
    case attempt(id: Int, request: RequestRecord, captures: NamedValues)
    case completion(Completion)
    case rare(RareLine)

    struct Completion {
        var id: Int
        var outcome: Outcome
        var returned: Int64?
        var captures: NamedValues
        var requests: [RequestRecord]
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>, known: KnownStrings? = nil) throws(JSONError) {
        var scanner = JSONScanner(bytes, known: known)
        var members = LineMembers()
        try scanner.eachShortMember { scanner, name throws(JSONError) in
            try members.read(name, from: &scanner)
        }
        try scanner.end()
        self = try members.line(bytes)
    }
}

/// The members of a line before it is known which line it is.
private struct LineMembers {
    private var time: Int64?
    private var event: Event?
    private var id: Int?
    private var client: Int?
    private var name: String?
    private var phase: Phase?
    private var round: Int?
    private var values = NamedValues()
    private var captures = NamedValues()
    private var intended: Int64?
    private var request: RequestRecord?
    private var requests: [RequestRecord] = []
    private var isOpen = false
    private var isHeader = false

    private enum Event {
        case invoke, attempt
        case end(Outcome)
        case rare(String)
    }

    /// Names by how often they come.
    mutating func read(_ member: UInt64, from scanner: inout JSONScanner) throws(JSONError) {
        if scanner.takeNull() {
            if member == JSONScanner.packed("returned") { isOpen = true }
            return
        }
        switch member {
        case JSONScanner.packed("time"): time = try scanner.time()
        case JSONScanner.packed("event"): event = try Self.event(from: &scanner)
        case JSONScanner.packed("id"): id = try scanner.integer()
        case JSONScanner.packed("client"): client = try scanner.natural()
        case JSONScanner.packed("name"): name = try scanner.string()
        case JSONScanner.packed("phase"): phase = try scanner.phase()
        case JSONScanner.packed("values"): values = try scanner.namedValues()
        case JSONScanner.packed("request"): request = try RequestRecord(from: &scanner)
        case JSONScanner.packed("captures"): captures = try scanner.namedValues()
        case JSONScanner.packed("requests"):
            var requests: [RequestRecord] = []
            try scanner.elements { scanner throws(JSONError) in
                requests.append(try RequestRecord(from: &scanner))
            }
            self.requests = requests
        case JSONScanner.packed("round"): round = try scanner.natural()
        case JSONScanner.packed("intended"): intended = try scanner.time()
        case JSONScanner.packed("contend"): isHeader = try scanner.value() == .string(HistoryFormat.name)
        default: try scanner.skipValue()
        }
    }

    private static func event(from scanner: inout JSONScanner) throws(JSONError) -> Event {
        let start = scanner.offset
        switch try scanner.shortString() {
        case JSONScanner.packed("invoke"): return .invoke
        case JSONScanner.packed("ok"): return .end(.ok)
        case JSONScanner.packed("fail"): return .end(.fail)
        case JSONScanner.packed("unknown"): return .end(.unknown)
        case JSONScanner.packed("attempt"): return .attempt
        default:
            scanner.offset = start
            return .rare(try scanner.string())
        }
    }

    /// `bytes` are the line itself: those that are few are read once more.
    consuming func line(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) -> HistoryLine {
        if isHeader { return .header(try JSON.parse(bytes)) }
        switch try required(event, "event") {
        case .invoke:
            var operation = OperationRecord(
                id: try required(id, "id"), client: try required(client, "client"),
                name: try required(name, "name"), phase: try required(phase, "phase"), round: round,
                intended: intended, invoked: try required(time, "time"))
            operation.values = values
            if let request { operation.requests = [request] }
            return .invoke(operation)
        case .attempt:
            return .attempt(
                id: try required(id, "id"), request: try required(request, "request"), captures: captures)
        case .end(let outcome):
            let time = try required(time, "time")
            return .completion(
                HistoryLine.Completion(
                    id: try required(id, "id"), outcome: outcome, returned: isOpen ? nil : time,
                    captures: captures, requests: requests))
        case .rare(let event):
            return .rare(try RareLine(event, try JSON.parse(bytes)))
        }
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
        try scanner.eachShortMember { scanner, member throws(JSONError) in
            if scanner.takeNull() { return }
            switch member {
            case JSONScanner.packed("step"): step = try scanner.natural()
            case JSONScanner.packed("attempt"): attempt = try scanner.natural()
            case JSONScanner.packed("replica"): replica = try scanner.natural()
            case JSONScanner.packed("method"): method = try scanner.string()
            case JSONScanner.packed("target"): target = try scanner.string()
            case JSONScanner.packed("sent"): sent = try scanner.time()
            case JSONScanner.packed("received"): answer.received = try scanner.time()
            case JSONScanner.packed("status"): answer.status = try scanner.integer()
            case JSONScanner.packed("failure"): answer.failure = try scanner.word(of: TransportFailure.self)
            case JSONScanner.packed("outcome"): answer.outcome = try scanner.outcome()
            case JSONScanner.packed("excerpt"): answer.excerpt = try scanner.string()
            case JSONScanner.packed("meets"):
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
        let start = offset
        let time = try integer()
        guard HistoryFormat.isMoment(time) else {
            throw JSONError(
                offset: start,
                message: "a time lies within 104 days of the run's origin, this one does not")
        }
        return Int64(time)
    }

    /// What is counted or numbered from 0.
    fileprivate mutating func natural() throws(JSONError) -> Int {
        let start = offset
        let number = try integer()
        guard 0...Int(Int32.max) ~= number else {
            throw JSONError(offset: start, message: "a number from 0 to \(Int32.max) should be here")
        }
        return number
    }

    fileprivate mutating func phase() throws(JSONError) -> Phase {
        let start = offset
        switch try? shortString() {
        case Self.packed("setup"): return .setup
        case Self.packed("before"): return .before
        case Self.packed("load"): return .load
        case Self.packed("after"): return .after
        case Self.packed("final"): return .final
        default:
            offset = start
            return try word(of: Phase.self)
        }
    }

    fileprivate mutating func outcome() throws(JSONError) -> Outcome {
        let start = offset
        switch try? shortString() {
        case Self.packed("ok"): return .ok
        case Self.packed("fail"): return .fail
        case Self.packed("unknown"): return .unknown
        default:
            offset = start
            return try word(of: Outcome.self)
        }
    }

    /// One of the raw values of an enumeration.
    mutating func word<Words: RawRepresentable<String> & CaseIterable>(
        of words: Words.Type
    ) throws(JSONError) -> Words {
        let start = offset
        let text = try string()
        if let word = Words(rawValue: text) { return word }
        let known = Words.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        throw JSONError(offset: start, message: "`\(text)` is none of \(known)")
    }
}
