// What the client makes of every kind of answer, and of none, against a real socket.

import Core
import Histories
import NIOHTTP1
import Testing

@testable import Scenarios
@testable import Traffic
@testable import Transport

@Suite struct AnswerTests {
    /// The one operation recorded when every request gets this reply.
    private func outcome(
        of operation: OperationDeclaration, when reply: Reply, bodyLimitBytes: Int = 1 << 20
    ) async throws -> OperationRecord {
        let server = try await TestServer.start { _ in reply }
        let run = try await run(single(operation), against: [server], bodyLimitBytes: bodyLimitBytes)
        return try #require(run.history.operations.first)
    }

    private let write = operation("write", request("POST", "/write"))

    @Test func aPlainAnswerIsReadAndRecordedWithItsTimes() async throws {
        let record = try await outcome(of: write, when: .status(201))
        #expect(record.outcome == .ok)
        let sent = try #require(record.requests.first)
        #expect(sent.status == 201)
        #expect(sent.failure == nil)
        #expect(record.invoked == sent.sent)
        #expect(try #require(sent.received) >= sent.sent)
        #expect(record.returned == sent.received)
    }

    @Test func aChunkedBodyIsPutTogether() async throws {
        let read = operation(
            "read", request("GET", "/read"), captures: [capture("name", "name")], isRead: true)
        let record = try await outcome(
            of: read,
            when: .raw(
                "HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"nam\r\n6\r\ne\":\"a\"\r\n1\r\n}\r\n0\r\n\r\n"
            ))
        #expect(record.outcome == .ok)
        #expect(record.captures == ["name": "a"])
    }

    @Test func aBodyThatEndsWithTheConnectionIsComplete() async throws {
        let read = operation(
            "read", request("GET", "/read"), captures: [capture("name", "name")], isRead: true)
        let record = try await outcome(of: read, when: .rawThenClose("HTTP/1.1 200 x\r\n\r\n{\"name\":1}"))
        #expect(record.outcome == .ok)
        #expect(record.captures == ["name": 1])
    }

    @Test(arguments: [204, 304]) func anAnswerWithoutBodyEndsAtItsHead(status: Int) async throws {
        let record = try await outcome(of: write, when: .raw("HTTP/1.1 \(status) x\r\n\r\n"))
        #expect(record.requests.first?.status == status)
        #expect(record.requests.first?.failure == nil)
    }

    @Test func theAnswerToHeadHasNoBodyWhateverItsLength() async throws {
        let head = operation("head", request("HEAD", "/"), isRead: true)
        let record = try await outcome(of: head, when: .raw("HTTP/1.1 200 x\r\ncontent-length: 99\r\n\r\n"))
        #expect(record.outcome == .ok)
    }

    @Test func anInterimAnswerIsPassedOver() async throws {
        let record = try await outcome(
            of: write, when: .raw("HTTP/1.1 103 x\r\n\r\nHTTP/1.1 201 x\r\ncontent-length: 0\r\n\r\n"))
        #expect(record.requests.first?.status == 201)
    }

    @Test func aWriteWithoutAnswerInTimeIsUnknown() async throws {
        let slow = operation("write", request("POST", "/write", timeout: .milliseconds(30)))
        let record = try await outcome(of: slow, when: .silence)
        #expect(record.outcome == .unknown)
        #expect(record.requests.first?.failure == .timeout)
    }

    @Test func aWriteWhoseConnectionBreaksIsUnknown() async throws {
        let record = try await outcome(of: write, when: .reset)
        #expect(record.outcome == .unknown)
        #expect(record.requests.first?.failure == .disconnected)
    }

    @Test func anAnswerThatBreaksOffIsDisconnected() async throws {
        let record = try await outcome(
            of: write, when: .rawThenClose("HTTP/1.1 201 x\r\ncontent-length: 10\r\n\r\nabc"))
        #expect(record.outcome == .unknown)
        #expect(record.requests.first?.failure == .disconnected)
    }

    @Test func bytesThatAreNotHTTPAreMalformed() async throws {
        let record = try await outcome(of: write, when: .raw("nonsense\r\n\r\n"))
        #expect(record.outcome == .unknown)
        #expect(record.requests.first?.failure == .malformed)
    }

    @Test(arguments: [
        "content-length: 3000\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nbb8\r\n\(String(repeating: "a", count: 3000))\r\n0\r\n\r\n",
    ])
    func aBodyPastTheLimitIsRefused(rest: String) async throws {
        let record = try await outcome(
            of: write, when: .raw("HTTP/1.1 200 x\r\n" + rest), bodyLimitBytes: 2_000)
        #expect(record.outcome == .unknown)
        #expect(record.requests.first?.failure == .malformed)
    }

    @Test func aServerErrorKeepsTheBeginningOfItsBody() async throws {
        let record = try await outcome(of: write, when: .status(500, String(repeating: "x", count: 2_000)))
        #expect(record.outcome == .unknown)
        #expect(
            record.requests.first?.excerpt == String(repeating: "x", count: RequestRecord.excerptLimitBytes))
    }

    @Test func aRefusedConnectionIsASureFailure() async throws {
        let port = try DeafPort()
        let run = try await run(single(write), against: [], at: [port.address])
        let record = try #require(run.history.operations.first)
        #expect(record.outcome == .fail)
        #expect(record.requests.first?.failure == .refused)
    }

    @Test func connectionsAreKeptAliveAndReopenedAfterAClose() async throws {
        let server = try await TestServer.start { request in
            request.number == 2
                ? .rawThenClose("HTTP/1.1 200 x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
                : .status(200)
        }
        var five = single(write)
        five.load.shape = .burst(rounds: 5, clients: 1)
        let run = try await run(five, against: [server])
        #expect(run.history.operations.map(\.outcome) == [.ok, .ok, .ok, .ok, .ok])
        #expect(server.requests.map(\.connection) == [0, 0, 0, 1, 1])
    }

    @Test func requestsAreFramedAndFilledIn() async throws {
        let server = try await TestServer.start { _ in .status(200) }
        let declared = operation(
            "put",
            request(
                "PUT", "/things/${{ size }}?q=a b", headers: [("X-Own", "${{ size }}")],
                body: .json(.object(["size": .template(template("${{ size }}")), "of": .literal("x")]))),
            vary: [NamedVariation(name: "size", variation: .choice([3]))])
        var scenario = single(declared)
        scenario.defaults.headers = [
            HeaderTemplate(name: "x-own", value: template("default")),
            HeaderTemplate(name: "X-Default", value: template("d")),
        ]
        _ = try await run(scenario, against: [server])
        let request = try #require(server.requests.first)
        #expect(request.target == "/things/3?q=a%20b")
        #expect(request.body == #"{"of":"x","size":3}"#)
        #expect(request.headers["x-own"] == ["3"])
        #expect(request.headers["x-default"] == ["d"])
        #expect(request.headers["content-type"] == ["application/json"])
        #expect(request.headers["content-length"] == ["19"])
        #expect(request.headers["host"] == ["127.0.0.1:\(server.address.port)"])
    }
}
