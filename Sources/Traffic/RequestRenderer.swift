// Fills a request's placeholders and frames it: what leaves this file can be written as it is.

import Core
import Histories
import NIOCore
import Scenarios

/// Renders requests for one set of replicas.
struct RequestRenderer {
    private struct Place: Hashable {
        var operation: Int
        var step: Int
        var replica: Int
    }

    private let hosts: [String]
    /// What commands know of each replica.
    private let values: [[String: Value]]
    private let allocator = ByteBufferAllocator()
    /// Rendered requests that mention no value.
    private var constants: [Place: OutgoingRequest] = [:]

    init(_ replicas: [Address], values: [[String: Value]]) {
        self.values = values
        hosts = replicas.map { $0.host.contains(":") ? "[\($0.host)]:\($0.port)" : "\($0.host):\($0.port)" }
    }

    /// A step of an operation; one that mentions nothing is rendered once for each replica.
    ///
    /// - Parameter cookies: What a target is sent with, unless the request has a `Cookie` header of its own.
    mutating func render(
        _ position: Int, of operation: OperationPlan, in bindings: Bindings, replica: Int,
        cookies: ((String) -> String?)? = nil
    ) throws(BindingError) -> OutgoingRequest {
        let step = operation.steps[position]
        var place: Place?
        if let index = operation.index, step.placeholders.isEmpty, cookies == nil {
            let constant = Place(operation: index, step: position, replica: replica)
            if let request = constants[constant] { return request }
            place = constant
        }
        let template = step.declaration.request
        guard template.command.isEmpty else {
            return try command(template, in: bindings.adding(values[replica]))
        }
        let target = requestTarget(try template.target.text(in: bindings))
        var boundary: String?
        let body = try body(template.body, in: bindings, &boundary)
        var bytes = allocator.buffer(capacity: 256 + (body?.readableBytes ?? 0))
        bytes.writeString("\(template.method) \(target) HTTP/1.1\r\n")
        let traceIndex = writeTrace(of: step, into: &bytes)
        let hasFields = template.body?.hasFields == true
        var hasHost = false
        var hasType = false
        var hasCookie = false
        for header in step.headers {
            let name = header.name.lowercased()
            // Where there are fields, a content type can only be one of `defaults`, meant for others.
            if hasFields, name == "content-type" { continue }
            // The length is that of the rendered body, which nobody knows better.
            if name == "content-length" || name == "transfer-encoding" { continue }
            hasHost = hasHost || name == "host"
            hasType = hasType || name == "content-type"
            hasCookie = hasCookie || name == "cookie"
            bytes.writeString("\(header.name): \(singleLine(try header.value.text(in: bindings)))\r\n")
        }
        if !hasHost { bytes.writeString("host: \(hosts[replica])\r\n") }
        if !hasCookie, let cookies = cookies?(target) {
            bytes.writeString("cookie: \(singleLine(cookies))\r\n")
        }
        if let type = template.body?.contentType, !hasType {
            bytes.writeString("content-type: \(type)\(boundary.map { "; boundary=\($0)" } ?? "")\r\n")
        }
        if let body {
            bytes.writeString("content-length: \(body.readableBytes)\r\n\r\n")
            bytes.writeImmutableBuffer(body)
        } else if ["POST", "PUT", "PATCH"].contains(template.method) {
            bytes.writeString("content-length: 0\r\n\r\n")
        } else {
            bytes.writeString("\r\n")
        }
        let request = OutgoingRequest(
            method: template.method, target: target, bytes: bytes,
            timeoutNanoseconds: template.timeout.nanoseconds, traceIndex: traceIndex)
        if let place { constants[place] = request }
        return request
    }

    /// Leaves room for the trace's identifiers, and says where; nowhere when the request has its own.
    private func writeTrace(of step: StepPlan, into bytes: inout ByteBuffer) -> Int? {
        guard !step.headers.contains(where: { $0.name.lowercased() == "traceparent" }) else { return nil }
        bytes.writeString("traceparent: 00-")
        let index = bytes.writerIndex
        bytes.writeRepeatingByte(UInt8(ascii: "0"), count: RequestTrace.identifiersLength)
        bytes.writeString("-01\r\n")
        return index
    }

    private func command(
        _ template: RequestTemplate, in bindings: Bindings
    ) throws(BindingError) -> OutgoingRequest {
        let words = try template.command.map { word throws(BindingError) in try word.text(in: bindings) }
        let target = try template.target.text(in: bindings)
        return OutgoingRequest(
            method: template.method, target: target,
            bytes: allocator.buffer(string: "\(template.method) \(target)\n"),
            timeoutNanoseconds: template.timeout.nanoseconds, command: words)
    }

    private func body(
        _ body: RequestTemplate.Body?, in bindings: Bindings, _ boundary: inout String?
    ) throws(BindingError) -> ByteBuffer? {
        switch body {
        case .json(let value): return allocator.buffer(string: JSON.text(try value.value(in: bindings)))
        case .text(let template): return allocator.buffer(string: try template.text(in: bindings))
        case .zeros(let bytes): return ByteBuffer(repeating: 0, count: bytes)
        case .form(let fields):
            let pairs = try fields.map { field throws(BindingError) in
                field.name.percentEncoded + "=" + (try field.value.text(in: bindings)).percentEncoded
            }
            return allocator.buffer(string: pairs.joined(separator: "&"))
        case .multipart(let fields):
            let parts = try fields.map { field throws(BindingError) in try part(field, in: bindings) }
            var free = "contend"
            while parts.contains(where: { $0.contains(free) }) { free += "-\(free.utf8.count)" }
            boundary = free
            let text = parts.reduce(into: "") { $0 += "--\(free)\r\n\($1)\r\n" }
            return allocator.buffer(string: text + "--\(free)--\r\n")
        case nil: return nil
        }
    }

    /// One part of a multipart body, without its boundary (RFC 7578).
    private func part(_ field: BodyField, in bindings: Bindings) throws(BindingError) -> String {
        func quoted(_ text: String) -> String {
            "\"" + text.percentEncoded { $0 != UInt8(ascii: "\"") && $0 != 10 && $0 != 13 } + "\""
        }
        var head = "content-disposition: form-data; name=\(quoted(field.name))"
        if let file = field.file {
            head += "; filename=\(quoted(try file.name.text(in: bindings)))"
            head += "\r\ncontent-type: \(singleLine(try file.type.text(in: bindings)))"
        }
        return head + "\r\n\r\n" + (try field.value.text(in: bindings))
    }
}

/// Percent-encodes what must not stand in a request line: spaces, controls, and all beyond ASCII.
func requestTarget(_ text: String) -> String { text.percentEncoded { (0x21...0x7e).contains($0) } }

/// A header value cannot hold a line break; one in a bound value would begin another header.
private func singleLine(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 10 || $0 == 13 || $0 == 0 }) else { return text }
    return String(text.unicodeScalars.map { [0, 10, 13].contains($0.value) ? " " : Character($0) })
}
