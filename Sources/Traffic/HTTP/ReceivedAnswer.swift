// What came back for one request, before any rule has looked at it.

import Histories
import NIOCore

struct ReceivedAnswer: Sendable {
    var status: Int?
    /// The head's bytes; most answers are never asked for more than their status.
    var head: ByteBuffer?
    var body: ByteBuffer?
    /// What a command wrote beside its output.
    var errors: ByteBuffer?
    var failure: TransportFailure?
    /// Nanoseconds since the run's origin, after the last byte; stamped by the connection.
    var received: Int64 = 0

    /// The head's fields, names in lower case.
    var headers: [(name: String, value: String)] {
        guard let head else { return [] }
        return head.readableBytesView.split(separator: 10).dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let value = String(decoding: line[(colon + 1)...], as: UTF8.self)
            return (
                String(decoding: line[..<colon], as: UTF8.self).lowercased(),
                String(value.drop { $0 == " " || $0 == "\t" }.filter { $0 != "\r" })
            )
        }
    }
}
