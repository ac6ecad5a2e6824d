// A request ready to be written: everything that needs bindings has been filled in.

import NIOCore

/// One rendered request.
struct OutgoingRequest {
    var method: String
    var target: String
    /// Head and body as they go onto the wire.
    var bytes: ByteBuffer
    var timeoutNanoseconds: Int64
}
