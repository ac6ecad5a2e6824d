// The listener behind `contend init --record`: what passes through it, and what it keeps.

import Core
import Foundation
import Histories
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing
import Transport

@testable import Traffic

@Suite struct RecordingProxyTests {
    private struct Client {
        let proxy: RecordingProxy

        /// One request as bytes, and all that comes back until the connection ends.
        func send(_ text: String) async throws -> String {
            try await exchange(text, with: Address(host: "127.0.0.1", port: proxy.port))
        }
    }

    private static func recorded(
        _ respond: @escaping @Sendable (SeenRequest) -> Reply,
        _ body: (Client, TestServer) async throws -> Void
    ) async throws -> [Value] {
        let server = try await TestServer.start(respond)
        let proxy = try RecordingProxy(port: 0, service: server.address) { _ in }
        try await body(Client(proxy: proxy), server)
        await server.stop()
        let archive = await stopped(proxy)
        return archive["log"]?["entries"]?.elements ?? []
    }

    /// The proxy waits for its threads, which no task may do.
    static func stopped(_ proxy: RecordingProxy) async -> Value {
        await withCheckedContinuation { done in
            Thread.detachNewThread { done.resume(returning: proxy.stop()) }
        }
    }

    @Test func requestsAndAnswersPassAndAreKept() async throws {
        let entries = try await Self.recorded { request in
            request.method == "POST"
                ? .json(#"{"id":7}"#, status: 201) : .raw("HTTP/1.1 204 x\r\n\r\n")
        } _: { client, server in
            let body = #"{"name":"a"}"#
            let made = try await client.send(
                "POST /notes?a=1 HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n"
                    + "content-length: \(body.utf8.count)\r\nconnection: close\r\n\r\n\(body)")
            #expect(made.hasPrefix("HTTP/1.1 201") && made.hasSuffix("\r\n\r\n{\"id\":7}"))
            let gone = try await client.send(
                "DELETE /notes/7 HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")
            #expect(gone.hasPrefix("HTTP/1.1 204"))
            #expect(server.requests.map(\.target) == ["/notes?a=1", "/notes/7"])
            #expect(server.requests.map(\.body) == [body, ""])
            #expect(server.requests.allSatisfy { $0.headers["host"] != ["here"] })
        }
        let seen = entries.map { entry in
            [
                entry["request"]?["method"]?.text, entry["request"]?["postData"]?["text"]?.text,
                entry["response"]?["status"].map { JSON.text($0) },
                entry["response"]?["content"]?["text"]?.text,
            ]
        }
        #expect(seen == [["POST", #"{"name":"a"}"#, "201", #"{"id":7}"#], ["DELETE", nil, "204", ""]])
        #expect(entries[0]["request"]?["url"]?.text?.hasSuffix("/notes?a=1") == true)
        #expect(entries[0]["startedDateTime"]?.text?.hasPrefix("20") == true)
    }

    /// Whatever ends first, the client gets all of it, and each of its answers.
    @Test func longAnswersAndPipelinedRequestsAreAnsweredWhole() async throws {
        let long = String(repeating: "x", count: 8_000_000)
        let entries = try await Self.recorded { request in
            request.target == "/long" ? .status(200, long) : .status(200, request.target)
        } _: { client, _ in
            let whole = try await client.send("GET /long HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            #expect(whole.utf8.count > long.utf8.count)
            let both = try await client.send(
                "GET /one HTTP/1.1\r\nhost: a\r\n\r\nGET /two HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
            )
            #expect(both.contains("/one") && both.hasSuffix("/two"))
        }
        #expect(entries.count == 3)
    }

    @Test func redirectionsToTheServiceStayWithTheListener() async throws {
        _ = try await Self.recorded { request in
            .raw(
                "HTTP/1.1 302 x\r\ncontent-length: 0\r\nlocation: http://\(request.headers["host"][0])/there\r\n\r\n"
            )
        } _: { client, _ in
            let answer = try await client.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            #expect(answer.lowercased().contains("location: /there\r\n"), "\(answer)")
        }
    }

    @Test func aServiceThatGivesNoAnswerIsABadGatewayAndIsNotKept() async throws {
        let entries = try await Self.recorded { _ in
            .reset
        } _: { client, _ in
            let answer = try await client.send("GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 502") && answer.contains("the service did not answer"))
        }
        #expect(entries.isEmpty)
    }

    @Test func aPortThatIsTakenIsAnErrorWithItsNumber() async throws {
        let server = try await TestServer.start { _ in .silence }
        let error = #expect(throws: TrafficError.self) {
            _ = try RecordingProxy(port: server.address.port, service: server.address) { _ in }
        }
        #expect(error?.message.contains("port \(server.address.port) of 127.0.0.1") == true)
        await server.stop()
    }
}

/// Sends bytes over a new connection and reads until it is closed.
func exchange(_ text: String, with place: Address) async throws -> String {
    let channel = try await ClientBootstrap(group: TestServer.group)
        .connect(host: place.host, port: place.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
    return try await channel.executeThenClose { inbound, outbound in
        try await outbound.write(ByteBuffer(string: text))
        var all = ByteBuffer()
        for try await part in inbound { all.writeImmutableBuffer(part) }
        return String(buffer: all)
    }
}
