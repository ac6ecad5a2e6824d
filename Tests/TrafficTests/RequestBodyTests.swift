// What requests carry: forms, files, content types, drawn texts, and what filters of captures looked at.

import Core
import Histories
import NIOHTTP1
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct RequestBodyTests {
    private func sent(
        _ request: RequestTemplate, defaults: RequestDefaults = RequestDefaults(), seed: UInt64 = 7
    ) async throws -> SeenRequest {
        let server = try await TestServer.start { _ in .status(200) }
        var scenario = single(operation("put", request))
        scenario.defaults = defaults
        _ = try await run(scenario, against: [server], seed: seed)
        return try #require(server.requests.first)
    }

    @Test func aFormIsEncoded() async throws {
        let fields = [("a b", "x&y=ü"), ("n", "1"), ("n", "2")].map {
            BodyField(name: $0.0, value: Template(parts: [.literal($0.1)]))
        }
        var defaults = RequestDefaults()
        defaults.headers = [HeaderTemplate(name: "Content-Type", value: "application/json")]
        let seen = try await sent(request("POST", "/", body: .form(fields)), defaults: defaults)
        #expect(seen.body == "a%20b=x%26y%3D%C3%BC&n=1&n=2")
        #expect(seen.headers["content-type"] == ["application/x-www-form-urlencoded"])
    }

    @Test func aMultipartBodyHasABoundaryThatNoPartHolds() async throws {
        let fields = [
            BodyField(name: "note", value: "--contend"),
            BodyField(
                name: "up", value: "hello", file: .init(name: "a\"b.txt", type: "text/plain")),
        ]
        let seen = try await sent(request("POST", "/", body: .multipart(fields)))
        #expect(seen.headers["content-type"] == ["multipart/form-data; boundary=contend-7"])
        #expect(
            seen.body == """
                --contend-7\r
                content-disposition: form-data; name="note"\r
                \r
                --contend\r
                --contend-7\r
                content-disposition: form-data; name="up"; filename="a%22b.txt"\r
                content-type: text/plain\r
                \r
                hello\r
                --contend-7--\r

                """)
    }

    @Test func aContentTypeIsNeverMissing() async throws {
        let text = try await sent(request("POST", "/", body: .text("a")))
        #expect(text.headers["content-type"] == ["text/plain; charset=utf-8"])
        let zeros = try await sent(request("POST", "/", body: .zeros(bytes: 2)))
        #expect(zeros.headers["content-type"] == ["application/octet-stream"])
        let own = try await sent(request("POST", "/", headers: [("Content-Type", "a/b")], body: .text("a")))
        #expect(own.headers["content-type"] == ["a/b"])
        #expect(try await sent(request("GET", "/")).headers["content-type"].isEmpty)
    }

    @Test func theSameSeedDrawsTheSameUUID() async throws {
        let request = request("PUT", "/${{ uuid }}")
        let first = try await sent(request).target
        #expect(
            first.wholeMatch(of: /\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/)
                != nil)
        #expect(try await sent(request).target == first)
        #expect(try await sent(request, seed: 8).target != first)
    }

    @Test func timeStampsAreThoseOfTheWallClock() {
        #expect(Timestamp.text(1_796_044_770_042_000_000) == "2026-11-30T13:19:30.042Z")
        #expect(Timestamp.text(951_782_400_000_000_000) == "2000-02-29T00:00:00.000Z")
    }

    @Test func nowIsBoundAndRecorded() async throws {
        let server = try await TestServer.start { _ in .status(200) }
        let origin: Int64 = 1_796_044_770_042_000_000
        let run = try await run(
            single(operation("put", request("PUT", "/${{ now }}/${{ now.unix }}/${{ now.unix-ms }}"))),
            against: [server], clock: TrafficClock(unixOriginNanoseconds: origin, now: testNow))
        let values = try #require(run.operations("put").first).values
        guard let text = values["now"]?.text, case .int(let seconds)? = values["now.unix"],
            case .int(let milliseconds)? = values["now.unix-ms"]
        else {
            Issue.record("the time is not recorded")
            return
        }
        #expect(server.requests.first?.target == "/\(text)/\(seconds)/\(milliseconds)")
        #expect(milliseconds >= 1_796_044_770_042 && milliseconds / 1_000 == seconds)
        #expect(Timestamp.text(Int64(milliseconds) * 1_000_000) == text)
    }

    @Test func aWaitIsAPauseBetweenTwoRequests() throws {
        var second = Step(name: "b", request: request("PUT", "/"))
        second.wait = .milliseconds(10)...(.milliseconds(30))
        let declaration = OperationDeclaration(
            name: "put", steps: [Step(name: "a", request: request("PUT", "/")), second])
        let plan = OperationPlan(declaration, index: 0, in: single(declaration))
        var pauses: Set<Int64> = []
        for seed in 0..<20 {
            var generator = SeededGenerator(state: UInt64(seed))
            var progress = OperationProgress(plan)
            let next = progress.answered(.ok, retryMatches: false, using: &generator)
            guard case .send(step: 1, attempt: 0, let pause) = next else {
                Issue.record("\(next) is not the second step")
                return
            }
            pauses.insert(pause)
        }
        #expect(pauses.count > 10 && pauses.allSatisfy { (10_000_000...30_000_000).contains($0) })
    }

    @Test func aWaitIsNoRequest() async throws {
        let server = try await TestServer.start { _ in .status(200) }
        var second = Step(name: "b", request: request("PUT", "/"))
        second.wait = .milliseconds(1)...(.milliseconds(2))
        let declaration = OperationDeclaration(
            name: "put", steps: [Step(name: "a", request: request("PUT", "/")), second])
        let run = try await run(single(declaration), against: [server])
        let record = try #require(run.operations("put").first)
        #expect(record.outcome == .ok && record.requests.count == 2)
        #expect(server.requests.count == 2 && run.summary.counters.requests == 2)
    }

    @Test func aRecordSaysWhatAFilterLookedAt() async throws {
        let server = try await TestServer.start { _ in .json(#"{"v":[{"s":"a","n":1}]}"#) }
        let captures = try ["$.v[?@.s == 'b'] length", "$.v[?@.x == 1] length"].enumerated().map {
            Capture(name: "c\($0.offset)", source: .json(try JSONPath(text: $0.element)))
        }
        let run = try await run(
            single(operation("put", request("PUT", "/"), captures: captures)), against: [server])
        let record = try #require(run.operations("put").first)
        #expect(record.captures["c0"] == 0 && record.captures["c1"] == 0)
        #expect(record.requests.last?.meets == ["$.v[?@.s]"])
    }
}
