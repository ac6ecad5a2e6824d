// A request ready to be written: everything that needs bindings has been filled in.

import NIOCore
import NIOHTTP1

/// One rendered request.
struct OutgoingRequest {
    var head: HTTPRequestHead
    var body: ByteBuffer?
    var timeoutNanoseconds: Int64

    var method: String { head.method.rawValue }
    var target: String { head.uri }
}
