// Two ways to ask a replica, so that one suite runs against the routes in memory and against a real process.

import Foundation
import Glibc
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import ImageService

/// What a replica answered.
struct Reply: Sendable {
    var status: Int
    var headers: [String: String]
    var body: String

    var json: JSONValue {
        get throws { try JSONValue(parsing: body.utf8) }
    }
}

/// Sends one request to a replica.
protocol ServiceClient: Sendable {
    func send(_ method: String, _ path: String, _ body: String, _ headers: [String: String]) async throws
        -> Reply
}

extension ServiceClient {
    func send(_ method: String, _ path: String, _ body: String = "", as headers: [String: String] = [:])
        async throws -> Reply
    {
        try await send(method, path, body, headers)
    }
}

/// The routes without a socket.
struct RouterClient: ServiceClient {
    private let responder: RouterResponder<BasicRequestContext>
    private let logger: Logger

    init(_ registry: ImageRegistry) {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        self.logger = logger
        responder = ImageRoutes(registry: registry, answerer: Answerer(logger: logger)).router()
            .buildResponder()
    }

    func send(_ method: String, _ path: String, _ body: String, _ headers: [String: String]) async throws
        -> Reply
    {
        var fields = HTTPFields()
        for (name, value) in headers { fields[try #require(HTTPFields.Element.Name(name))] = value }
        let head = HTTPRequest(
            method: try #require(.init(method)), scheme: "http", authority: "test", path: path,
            headerFields: fields)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
        let source = ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: logger)
        let response = try await responder.respond(to: request, context: BasicRequestContext(source: source))
        let writer = Collector()
        try await response.body.write(writer)
        let pairs = response.headers.map { ($0.name.canonicalName, $0.value) }
        return Reply(
            status: response.status.code, headers: Dictionary(pairs) { $1 },
            body: String(buffer: writer.buffer))
    }

    private final class Collector: ResponseBodyWriter {
        var buffer = ByteBuffer()
        func write(_ part: ByteBuffer) async throws { buffer.writeImmutableBuffer(part) }
        func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}

/// A replica over TCP, one connection a request.
struct SocketClient: ServiceClient {
    let port: Int

    struct Unreachable: Error {}

    func send(_ method: String, _ path: String, _ body: String, _ headers: [String: String]) async throws
        -> Reply
    {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        text += "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let answer = try exchange(Array(text.utf8))
        let parts = String(decoding: answer, as: UTF8.self).split(
            separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = try #require(parts.first).split(separator: "\r\n")
        let status = try #require(lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        let pairs = lines.dropFirst().compactMap { line -> (String, String)? in
            let halves = line.split(separator: ":", maxSplits: 1)
            return halves.count == 2
                ? (halves[0].lowercased(), halves[1].trimmingCharacters(in: .whitespaces)) : nil
        }
        return Reply(status: status, headers: Dictionary(pairs) { $1 }, body: String(parts.last ?? ""))
    }

    private func exchange(_ request: [UInt8]) throws -> [UInt8] {
        let descriptor = try connected()
        defer { close(descriptor) }
        guard write(descriptor, request, request.count) == request.count else { throw Unreachable() }
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count <= 0 { break }
            answer += piece[..<count]
        }
        if answer.isEmpty { throw Unreachable() }
        return answer
    }

    func connected() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0 {
            close(descriptor)
            throw Unreachable()
        }
        return descriptor
    }
}
