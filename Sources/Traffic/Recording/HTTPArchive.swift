// Exchanges as an HTTP Archive (HAR 1.2), which browsers save as well.

import Core
import Histories
import NIOCore
import NIOHTTP1

struct HTTPArchive: Sendable {
    /// As in `http://host:port`.
    let origin: String
    private var entries: [Value] = []

    init(origin: String) { self.origin = origin }

    var count: Int { entries.count }

    var document: Value {
        .object([
            "log": .object([
                "version": "1.2", "entries": .array(entries),
                "creator": .object(["name": "contend", "version": "1"]),
            ])
        ])
    }

    mutating func add(_ exchange: RecordedExchange) {
        let took = Value.double(Double(exchange.tookNanoseconds) / 1e6)
        entries.append(
            .object([
                "startedDateTime": .string(Timestamp.text(exchange.unixNanoseconds)), "time": took,
                "request": request(exchange), "response": Self.response(exchange), "cache": .object([:]),
                "timings": .object(["send": 0, "wait": took, "receive": 0]),
            ]))
    }

    private func request(_ exchange: RecordedExchange) -> Value {
        let head = exchange.request
        var members = Self.message(head.headers, exchange.sent)
        members["method"] = .string(head.method.rawValue)
        members["url"] = .string(origin + head.uri)
        members["queryString"] = .array([])
        if exchange.sent.readableBytes > 0 {
            members["postData"] = Self.content(exchange.sent, of: head.headers)
        }
        return .object(members)
    }

    private static func response(_ exchange: RecordedExchange) -> Value {
        let head = exchange.answer
        var members = message(head.headers, exchange.received)
        members["status"] = .int(Int(head.status.code))
        members["statusText"] = .string(head.status.reasonPhrase)
        members["content"] = content(exchange.received, of: head.headers)
        members["redirectURL"] = .string(head.headers.first(name: "location") ?? "")
        return .object(members)
    }

    /// What request and response both have; sizes that are not known are -1.
    private static func message(_ headers: HTTPHeaders, _ body: ByteBuffer) -> [String: Value] {
        let list = headers.map { Value.object(["name": .string($0.name), "value": .string($0.value)]) }
        return [
            "httpVersion": "HTTP/1.1", "cookies": .array([]), "headers": .array(list), "headersSize": -1,
            "bodySize": .int(body.readableBytes),
        ]
    }

    /// What is no text goes as base64.
    private static func content(_ body: ByteBuffer, of headers: HTTPHeaders) -> Value {
        var members: [String: Value] = [
            "mimeType": .string(headers.first(name: "content-type") ?? ""), "size": .int(body.readableBytes),
        ]
        if let text = String(validating: body.readableBytesView, as: UTF8.self) {
            members["text"] = .string(text)
        } else {
            members["text"] = .string(Base64.text(of: body.readableBytesView))
            members["encoding"] = "base64"
        }
        return .object(members)
    }
}
