// Follows requests and answers of one session, so that each statement's end is known.

import NIOCore

/// The server answers in the order of the requests; what it still owes stands in a queue.
///
/// `following` can become `skipping` (an error in an extended query, until the next Sync), which becomes
/// `following` again, and each can become `blind` (replication), which stays.
struct Conversation: Sendable {
    private enum Mode: Hashable { case following, skipping, blind }

    /// One answer that the server owes.
    private enum Owed: Sendable {
        case parse(name: String, Prepared)
        case bind(portal: String, Bound)
        case describe(isPortal: Bool, name: String)
        case close(isPortal: Bool, name: String)
        case execute(number: Int)
        case query(number: Int, StatementEnd?)
        case sync

        /// Whether the server says that it is ready once it has answered.
        var endsWithReady: Bool {
            switch self {
            case .query, .sync: true
            case .parse, .bind, .describe, .close, .execute: false
            }
        }
    }

    private struct Prepared: Sendable {
        var text: String
        var types: [UInt32]
    }

    private struct Bound: Sendable {
        var statement: Prepared
        var parameters: [WireParameter]
    }

    /// What names mean: to the server as far as it has answered, and to the client, which may be ahead of it.
    private struct Names<Meaning: Sendable>: Sendable {
        private var settled: [String: Meaning] = [:]
        /// The last meaning that was sent, and how many answers are owed about the name.
        private var sent: [String: (meaning: Meaning, owed: Int)] = [:]

        var count: Int { settled.count }

        /// As the server will know it once it has read all that was sent.
        subscript(name: String) -> Meaning? { sent[name]?.meaning ?? settled[name] }

        mutating func send(_ name: String, _ meaning: Meaning) {
            sent[name] = (meaning, (sent[name]?.owed ?? 0) + 1)
        }

        /// The server has answered about the name, or passed over the request: then without a meaning.
        mutating func settle(_ name: String, _ meaning: Meaning?) {
            if let meaning { settled[name] = meaning }
            guard let last = sent[name] else { return }
            sent[name] = last.owed > 1 ? (last.meaning, last.owed - 1) : nil
        }

        mutating func forget(_ name: String) { settled[name] = nil }

        mutating func change(_ name: String, _ change: (inout Meaning) -> Void) {
            if var meaning = settled[name] {
                change(&meaning)
                settled[name] = meaning
            }
            if var last = sent[name] {
                change(&last.meaning)
                sent[name] = last
            }
        }
    }

    /// Answers that may be owed at once.
    static let owedLimit = 100_000
    /// Names that may be known at once, of statements and of portals.
    static let nameLimit = 100_000

    private var mode = Mode.following
    private var owed = CircularBuffer<Owed>()
    private var prepared = Names<Prepared>()
    private var portals = Names<Bound>()
    private var isCopyingIn = false
    /// Whether the server has said that it is ready for the first time, which answers no request.
    private var hasBegun = false
    private var nextNumber = 0

    // MARK: The client

    mutating func sent(_ message: FrontendMessage) throws(WireError) -> WireEvent? {
        switch (mode, message) {
        case (.blind, _): return nil
        case (.skipping, .sync): mode = .following
        case (.skipping, _): return nil
        case (.following, _): break
        }
        guard owed.count < Self.owedLimit else {
            throw WireError(
                .order, "a client sent \(Self.owedLimit) requests without waiting for an answer")
        }
        switch message {
        case .query(let text): return begin(text, [], []) { .query(number: $0, nil) }
        case .functionCall: return begin("(function call)", [], []) { .query(number: $0, nil) }
        case .parse(let name, let text, let types):
            let statement = Prepared(text: text, types: types)
            prepared.send(name, statement)
            owed.append(.parse(name: name, statement))
        case .bind(let portal, let name, let parameters):
            let statement = prepared[name] ?? Prepared(text: "(unknown statement \(name))", types: [])
            let bound = Bound(statement: statement, parameters: parameters)
            portals.send(portal, bound)
            owed.append(.bind(portal: portal, bound))
        case .execute(let name):
            let bound = portals[name]
            return begin(
                bound?.statement.text ?? "(unknown portal \(name))", bound?.parameters ?? [],
                bound?.statement.types ?? []
            ) { .execute(number: $0) }
        case .describe(let isPortal, let name): owed.append(.describe(isPortal: isPortal, name: name))
        case .close(let isPortal, let name): owed.append(.close(isPortal: isPortal, name: name))
        case .sync: if !isCopyingIn { owed.append(.sync) }
        case .copyEnd: isCopyingIn = false
        case .flush, .terminate, .other: break
        }
        return nil
    }

    /// What a portal would execute, as the server will know it once it has read all that was sent.
    func statement(of portal: String) -> Statement? {
        portals[portal].map {
            Statement(
                number: nextNumber, text: $0.statement.text, parameters: $0.parameters,
                types: $0.statement.types)
        }
    }

    private mutating func begin(
        _ text: String, _ parameters: [WireParameter], _ types: [UInt32], _ owes: (Int) -> Owed
    ) -> WireEvent {
        let number = nextNumber
        nextNumber += 1
        owed.append(owes(number))
        return .began(Statement(number: number, text: text, parameters: parameters, types: types))
    }

    // MARK: The server

    mutating func received(_ message: BackendMessage) throws(WireError) -> [WireEvent] {
        guard mode != .blind else { return [] }
        switch message {
        case .keyData(let process): return [.connected(process: process)]
        case .parseComplete: try settle("ParseComplete") { if case .parse = $0 { true } else { false } }
        case .bindComplete: try settle("BindComplete") { if case .bind = $0 { true } else { false } }
        case .closeComplete: try settle("CloseComplete") { if case .close = $0 { true } else { false } }
        case .parameterTypes(let types):
            if case .describe(isPortal: false, let name)? = owed.first {
                prepared.change(name) { $0.types = types }
            }
        case .describedRows: if case .describe? = owed.first { owed.removeFirst() }
        case .commandComplete(let rows): return try done(rows: rows)
        case .emptyQuery, .portalSuspended: return try done(rows: nil)
        case .error(let error): return failed(error)
        case .ready(let status): return ready() + [.ready(status)]
        case .copyIn: beginCopyIn()
        case .copyBoth: mode = .blind
        case .functionResult, .aside, .other: break
        }
        return []
    }

    /// The connection has ended.
    mutating func ended() -> [WireEvent] {
        defer { owed.removeAll() }
        return owed.compactMap { request in
            switch request {
            case .execute(let number): .ended(number: number, .unanswered)
            case .query(let number, let end): .ended(number: number, end ?? .unanswered)
            case .parse, .bind, .describe, .close, .sync: nil
            }
        }
    }

    /// The oldest request is answered with success.
    private mutating func settle(_ answer: String, _ isExpected: (Owed) -> Bool) throws(WireError) {
        guard let request = owed.first, isExpected(request) else {
            throw WireError(.order, "the server sent a \(answer) that nobody had asked for")
        }
        owed.removeFirst()
        switch request {
        case .parse(let name, let statement): prepared.settle(name, statement)
        case .bind(let portal, let bound): portals.settle(portal, bound)
        case .close(isPortal: true, let name): portals.forget(name)
        case .close(isPortal: false, let name): prepared.forget(name)
        case .describe, .execute, .query, .sync: break
        }
        guard prepared.count <= Self.nameLimit, portals.count <= Self.nameLimit else {
            throw WireError(
                .order, "a session has more than \(Self.nameLimit) prepared statements or portals")
        }
    }

    private mutating func done(rows: Int?) throws(WireError) -> [WireEvent] {
        switch owed.first {
        case .execute(let number)?:
            owed.removeFirst()
            return [.ended(number: number, .done(rows: rows))]
        case .query(let number, let end)?:
            var sum = rows
            if case .done(let before?)? = end { sum = before + (rows ?? 0) }
            owed[owed.startIndex] = .query(number: number, .done(rows: sum))
            return []
        case .parse?, .bind?, .describe?, .close?, .sync?, nil:
            throw WireError(.order, "the server ended a statement that nobody had sent")
        }
    }

    private mutating func failed(_ error: WireServerError) -> [WireEvent] {
        isCopyingIn = false
        switch owed.first {
        case .query(let number, _)?:
            owed[owed.startIndex] = .query(number: number, .failed(error))
            return []
        case .execute(let number)?:
            owed.removeFirst()
            return [.ended(number: number, .failed(error))] + skipToSync()
        case .parse(_, let statement)?: return [.failed(error, text: statement.text)] + skipToSync()
        case .bind(_, let bound)?: return [.failed(error, text: bound.statement.text)] + skipToSync()
        case .describe?, .close?: return [.failed(error, text: nil)] + skipToSync()
        case .sync?, nil: return [.failed(error, text: nil)]
        }
    }

    /// The server passes over everything up to the next Sync.
    private mutating func skipToSync() -> [WireEvent] {
        var events: [WireEvent] = []
        while let request = owed.first {
            if case .sync = request { return events }
            owed.removeFirst()
            switch request {
            case .execute(let number), .query(let number, _): events.append(.ended(number: number, .skipped))
            case .parse(let name, _): prepared.settle(name, nil)
            case .bind(let portal, _): portals.settle(portal, nil)
            case .describe, .close, .sync: break
            }
        }
        mode = .skipping
        return events
    }

    /// The server waits: the request that ends with this has ended, and all before it.
    private mutating func ready() -> [WireEvent] {
        guard hasBegun else {
            hasBegun = true
            return []
        }
        var events: [WireEvent] = []
        while let request = owed.first {
            owed.removeFirst()
            switch request {
            case .execute(let number): events.append(.ended(number: number, .skipped))
            case .query(let number, let end): events.append(.ended(number: number, end ?? .done(rows: nil)))
            case .parse(let name, _): prepared.settle(name, nil)
            case .bind(let portal, _): portals.settle(portal, nil)
            case .describe, .close, .sync: break
            }
            if request.endsWithReady { break }
        }
        return events
    }

    /// The server passes over every Sync until the copied rows end.
    private mutating func beginCopyIn() {
        isCopyingIn = true
        var isFirst = true
        owed.removeAll { request in
            defer { isFirst = false }
            if !isFirst, case .sync = request { return true }
            return false
        }
    }
}
