// What the proxy's session promises of bytes of drivers and servers.

import NIOCore

@testable import PostgresWire

/// Stretches of the input alternate between client and server: a byte with the length, and who sends it.
///
/// Whatever they are, what the session passes on is what came, but for a request to encrypt and its refusal;
/// and each statement that begins ends once.
func checkWire(_ bytes: [UInt8]) throws {
    try checkPassing(bytes)
    try checkHolding(bytes)
}

/// The same stretches, with every statement held and released at once: each that begins ends once.
private func checkHolding(_ bytes: [UInt8]) throws {
    var session = WireSession(isControlled: true)
    var rest = bytes[...]
    var open: Set<Int> = []
    func note(_ events: [WireEvent]) throws(BrokenPromise) {
        for event in events {
            switch event {
            case .began(let statement):
                try promise(open.insert(statement.number).inserted, "a statement began twice")
            case .ended(let number, _):
                try promise(open.remove(number) != nil, "a statement ended that had not begun")
            case .connected, .ready, .failed, .cancel: break
            }
        }
    }
    var reaction = session.hold(true)
    while let head = rest.popFirst() {
        let piece = ByteBuffer(bytes: rest.prefix(Int(head >> 1)))
        rest = rest.dropFirst(Int(head >> 1))
        reaction = head & 1 == 0 ? session.sent(piece) : session.received(piece)
        try note(reaction.events)
        while reaction.held != nil, reaction.problem == nil {
            reaction = session.release()
            try note(reaction.events)
        }
        if reaction.problem != nil { break }
    }
    try note(session.ended())
    try promise(open.isEmpty, "a statement has no end")
}

/// Everything passes.
private func checkPassing(_ bytes: [UInt8]) throws {
    var session = WireSession()
    var rest = bytes[...]
    var (sent, passed): ([UInt8], [UInt8]) = ([], [])
    var open: Set<Int> = []
    func note(_ events: [WireEvent]) throws(BrokenPromise) {
        for event in events {
            switch event {
            case .began(let statement):
                try promise(open.insert(statement.number).inserted, "a statement began twice")
                _ = statement.inlined
            case .ended(let number, _):
                try promise(open.remove(number) != nil, "a statement ended that had not begun")
            case .connected, .ready, .failed, .cancel: break
            }
        }
    }
    while let head = rest.popFirst() {
        let piece = ByteBuffer(bytes: rest.prefix(Int(head >> 1)))
        rest = rest.dropFirst(Int(head >> 1))
        let reaction = head & 1 == 0 ? session.sent(piece) : session.received(piece)
        try note(reaction.events)
        // A sentence, and the connection ends.
        if reaction.problem != nil { break }
        if head & 1 == 0 { sent += piece.readableBytesView }
        passed += reaction.toServer.flatMap(\.readableBytesView)
        let back = reaction.toClient.flatMap(\.readableBytesView)
        try promise(head & 1 == 0 || back == Array(piece.readableBytesView), "an answer was changed")
        try promise(sent.suffix(passed.count) == passed[...], "a request was changed")
    }
    try note(session.ended())
    try promise(open.isEmpty, "a statement has no end")
}
