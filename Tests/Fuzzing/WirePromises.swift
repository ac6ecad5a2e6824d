// What the proxy's session promises of bytes of drivers and servers.

import NIOCore

@testable import PostgresWire

/// Stretches of the input alternate between client and server: a byte with the length, and who sends it.
///
/// Whatever they are, what the session passes on is what came, but for a request to encrypt and its refusal;
/// and each statement that begins ends once.
func checkWire(_ bytes: [UInt8]) throws {
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
    do {
        while let head = rest.popFirst() {
            let piece = ByteBuffer(bytes: rest.prefix(Int(head >> 1)))
            rest = rest.dropFirst(Int(head >> 1))
            if head & 1 == 0 {
                sent += piece.readableBytesView
                let reaction = try session.sent(piece)
                passed += reaction.toServer.flatMap(\.readableBytesView)
                try note(reaction.events)
            } else {
                let reaction = try session.received(piece)
                let back = reaction.toClient.flatMap(\.readableBytesView)
                try promise(back == Array(piece.readableBytesView), "an answer was changed")
                try note(reaction.events)
            }
            try promise(sent.suffix(passed.count) == passed[...], "a request was changed")
        }
    } catch is WireError {
        // A sentence; the connection ends.
    }
    try note(session.ended())
    try promise(open.isEmpty, "a statement has no end")
}
