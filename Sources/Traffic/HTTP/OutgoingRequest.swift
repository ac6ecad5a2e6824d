// A request ready to be written: everything that needs bindings has been filled in.

import Histories
import NIOCore

/// One rendered request.
struct OutgoingRequest {
    var method: String
    var target: String
    /// Head and body as they go onto the wire.
    var bytes: ByteBuffer
    var timeoutNanoseconds: Int64
    /// Program and arguments where a command is run in place of a request.
    var command: [String] = []
    /// Where in `bytes` the identifiers of the trace go; nowhere when the request has its own.
    var traceIndex: Int?

    /// Says in the `traceparent` (W3C Trace Context) which request of which operation it is.
    mutating func trace(_ trace: RequestTrace) {
        if let traceIndex { bytes.setBytes(trace.identifiers, at: traceIndex) }
    }
}
