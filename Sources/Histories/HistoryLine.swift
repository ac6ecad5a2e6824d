// One line of a history file as a value; the order of its members does not matter, and members
// that it does not know are passed over.

import Core

/// A line that the reader understands.
struct HistoryLine {
    enum Kind {
        /// A `HistoryHeader`, not read yet.
        case header(Value)
        case invoke, attempt, end
        case rare(RareLine)
    }

    private(set) var kind = Kind.invoke
    /// As much as the line says of it; an attempt has one request.
    var operation = OperationRecord(id: 0, client: 0, name: "", phase: .load, invoked: 0)

    private var event: Event?
    private var sent = Requests()
    private var found: Found = []
    private var isOpen = false
    private var isHeader = false

    private enum Event {
        case invoke, attempt, end
        case rare(String)
    }

    /// A line is read where it is, since a copy would cost as much as reading it.
    mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>, known: KnownStrings? = nil
    ) throws(JSONError) {
        var scanner = JSONScanner(bytes, known: known)
        try scanner.eachShortMember { scanner, name throws(JSONError) in try read(name, from: &scanner) }
        try scanner.end()
        try conclude(bytes)
    }

    /// Names by how often they come.
    private mutating func read(_ member: UInt64, from scanner: inout JSONScanner) throws(JSONError) {
        if scanner.takeNull() {
            if member == JSONScanner.packed("returned") { isOpen = true }
            return
        }
        switch member {
        case JSONScanner.packed("time"):
            operation.invoked = try scanner.time()
            found.insert(.time)
        case JSONScanner.packed("event"): try readEvent(from: &scanner)
        case JSONScanner.packed("id"):
            operation.id = try scanner.integer()
            found.insert(.id)
        case JSONScanner.packed("client"):
            operation.client = try scanner.natural()
            found.insert(.client)
        case JSONScanner.packed("name"):
            operation.name = try scanner.string()
            found.insert(.name)
        case JSONScanner.packed("phase"):
            operation.phase = try scanner.phase()
            found.insert(.phase)
        case JSONScanner.packed("values"): operation.values = try scanner.namedValues()
        case JSONScanner.packed("request"):
            sent = Requests()
            sent.append(try scanner.request())
        case JSONScanner.packed("captures"): operation.captures = try scanner.namedValues()
        case JSONScanner.packed("requests"):
            operation.requests = Requests()
            try scanner.elements { scanner throws(JSONError) in
                operation.requests.append(try scanner.request())
            }
        case JSONScanner.packed("round"): operation.round = try scanner.natural()
        case JSONScanner.packed("intended"): operation.intended = try scanner.time()
        case JSONScanner.packed("contend"): isHeader = try scanner.value() == .string(HistoryFormat.name)
        default: try scanner.skipValue()
        }
    }

    private mutating func readEvent(from scanner: inout JSONScanner) throws(JSONError) {
        let start = scanner.offset
        switch try scanner.shortString() {
        case JSONScanner.packed("invoke"): event = .invoke
        case JSONScanner.packed("ok"): (event, operation.outcome) = (.end, .ok)
        case JSONScanner.packed("fail"): (event, operation.outcome) = (.end, .fail)
        case JSONScanner.packed("unknown"): event = .end
        case JSONScanner.packed("attempt"): event = .attempt
        default:
            scanner.offset = start
            event = .rare(try scanner.string())
        }
    }

    /// `bytes` are the line itself: those that are few are read once more.
    private mutating func conclude(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) {
        if isHeader {
            kind = .header(try JSON.parse(bytes))
            return
        }
        switch event {
        case .invoke:
            try found.require([.id, .client, .name, .phase, .time])
            operation.captures = NamedValues()
            swap(&operation.requests, &sent)
        case .attempt:
            try found.require(.id)
            if sent.isEmpty { throw JSONError.missing("request") }
            kind = .attempt
            swap(&operation.requests, &sent)
        case .end:
            try found.require(.time)
            try found.require(.id)
            kind = .end
            if !isOpen { operation.returned = operation.invoked }
        case .rare(let event): kind = .rare(try RareLine(event, try JSON.parse(bytes)))
        case nil: throw JSONError.missing("event")
        }
    }
}

/// Members that were found of those that must be there.
private struct Found: OptionSet {
    let rawValue: UInt16

    static let id = Found(rawValue: 1 << 0)
    static let client = Found(rawValue: 1 << 1)
    static let name = Found(rawValue: 1 << 2)
    static let phase = Found(rawValue: 1 << 3)
    static let time = Found(rawValue: 1 << 4)
    static let step = Found(rawValue: 1 << 5)
    static let attempt = Found(rawValue: 1 << 6)
    static let replica = Found(rawValue: 1 << 7)
    static let method = Found(rawValue: 1 << 8)
    static let target = Found(rawValue: 1 << 9)
    static let sent = Found(rawValue: 1 << 10)

    private static let names = [
        "id", "client", "name", "phase", "time", "step", "attempt", "replica", "method", "target", "sent",
    ]

    func require(_ wanted: Found) throws(JSONError) {
        let missing = wanted.subtracting(self).rawValue
        if missing != 0 { throw JSONError.missing(Self.names[missing.trailingZeroBitCount]) }
    }
}

extension JSONError {
    fileprivate static func missing(_ name: String) -> JSONError {
        JSONError(offset: 0, message: "`\(name)` is missing")
    }
}

extension JSONScanner {
    fileprivate mutating func request() throws(JSONError) -> RequestRecord {
        var request = RequestRecord(step: 0, attempt: 0, replica: 0, method: "GET", target: "", sent: 0)
        var found: Found = []
        try eachShortMember { scanner, member throws(JSONError) in
            if !scanner.takeNull() { found.insert(try request.read(member, from: &scanner)) }
        }
        try found.require([.step, .attempt, .replica, .method, .target, .sent])
        return request
    }
}

extension RequestRecord {
    /// Gives the member if it must be there.
    fileprivate mutating func read(
        _ member: UInt64, from scanner: inout JSONScanner
    ) throws(JSONError) -> Found {
        switch member {
        case JSONScanner.packed("step"):
            step = try scanner.natural()
            return .step
        case JSONScanner.packed("attempt"):
            attempt = try scanner.natural()
            return .attempt
        case JSONScanner.packed("replica"):
            replica = try scanner.natural()
            return .replica
        case JSONScanner.packed("method"):
            method = try scanner.string()
            return .method
        case JSONScanner.packed("target"):
            target = try scanner.string()
            return .target
        case JSONScanner.packed("sent"):
            sent = try scanner.time()
            return .sent
        case JSONScanner.packed("received"): received = try scanner.time()
        case JSONScanner.packed("status"): status = try scanner.integer()
        case JSONScanner.packed("failure"): failure = try scanner.word(of: TransportFailure.self)
        case JSONScanner.packed("outcome"): outcome = try scanner.outcome()
        case JSONScanner.packed("excerpt"): excerpt = try scanner.string()
        case JSONScanner.packed("meets"):
            var conditions: [String] = []
            try scanner.elements { scanner throws(JSONError) in conditions.append(try scanner.string()) }
            meets = conditions
        default: try scanner.skipValue()
        }
        return []
    }
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
