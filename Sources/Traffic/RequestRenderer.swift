// Fills a request's placeholders and frames it: what leaves this file can be written as it is.

import History
import NIOCore
import NIOHTTP1
import Scenario

/// Renders requests for one set of replicas.
struct RequestRenderer {
    private let hosts: [String]
    private let allocator = ByteBufferAllocator()

    init(_ replicas: [Address]) {
        hosts = replicas.map { $0.host.contains(":") ? "[\($0.host)]:\($0.port)" : "\($0.host):\($0.port)" }
    }

    func render(
        _ step: StepPlan, in bindings: Bindings, replica: Int
    ) throws(BindingError) -> OutgoingRequest {
        let template = step.declaration.request
        var headers = HTTPHeaders()
        headers.reserveCapacity(step.headers.count + 3)
        headers.add(name: "host", value: hosts[replica])
        for header in step.headers {
            headers.replaceOrAdd(name: header.name, value: singleLine(try header.value.text(in: bindings)))
        }
        let body = try body(template.body, in: bindings)
        if case .json? = template.body, !headers.contains(name: "content-type") {
            headers.add(name: "content-type", value: "application/json")
        }
        if let body {
            headers.replaceOrAdd(name: "content-length", value: String(body.readableBytes))
        } else if ["POST", "PUT", "PATCH"].contains(template.method) {
            headers.replaceOrAdd(name: "content-length", value: "0")
        }
        headers.remove(name: "transfer-encoding")
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: template.method),
            uri: requestTarget(try template.target.text(in: bindings)), headers: headers)
        return OutgoingRequest(head: head, body: body, timeoutNanoseconds: template.timeout.nanoseconds)
    }

    private func body(
        _ body: RequestTemplate.Body?, in bindings: Bindings
    ) throws(BindingError) -> ByteBuffer? {
        switch body {
        case .json(let value): return allocator.buffer(string: JSON.text(try value.value(in: bindings)))
        case .text(let template): return allocator.buffer(string: try template.text(in: bindings))
        case .zeros(let bytes): return ByteBuffer(repeating: 0, count: bytes)
        case nil: return nil
        }
    }
}

/// Percent-encodes what must not stand in a request line: spaces, controls, and all beyond ASCII.
func requestTarget(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7f }) else { return text }
    let digits = Array("0123456789ABCDEF")
    var target = ""
    for byte in text.utf8 {
        if byte <= 0x20 || byte >= 0x7f {
            target.append("%")
            target.append(digits[Int(byte >> 4)])
            target.append(digits[Int(byte & 15)])
        } else {
            target.unicodeScalars.append(Unicode.Scalar(byte))
        }
    }
    return target
}

/// A header value cannot hold a line break; one in a bound value would begin another header.
private func singleLine(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 10 || $0 == 13 || $0 == 0 }) else { return text }
    return String(text.unicodeScalars.map { [0, 10, 13].contains($0.value) ? " " : Character($0) })
}
