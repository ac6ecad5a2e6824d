// What all answers under way hold together is limited, and what was given up for it is told.

import Histories
import NIOCore
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct AnswerBudgetTests {
    @Test func whatIsGivenBackCanBeHeldAgain() {
        let budget = AnswerBudget(limitBytes: 100)
        #expect(budget.hold(60) && budget.hold(40))
        #expect(!budget.hold(1) && budget.refused == 1)
        #expect(budget.hold(-61) && budget.hold(60) && budget.refused == 1)
    }

    @Test func anUnfinishedAnswerHoldsItsBytesAndAWholeOneNone() {
        var exchange = HTTPExchange(bodyLimitBytes: 1 << 20)
        #expect(exchange.heldBytes == 0 && exchange.begin(isHeadRequest: false))
        var part = ByteBuffer(string: "HTTP/1.1 200 x\r\ncontent-length: 10\r\n\r\n12345")
        _ = exchange.received(&part)
        #expect(exchange.heldBytes > 5)
        var rest = ByteBuffer(string: "67890")
        _ = exchange.received(&rest)
        #expect(exchange.heldBytes == 0)
        _ = exchange.begin(isHeadRequest: false)
        var again = ByteBuffer(string: "HTTP/1.1 200 x\r\ncontent-length: 10\r\n\r\n12345")
        _ = exchange.received(&again)
        guard case .deliverAndClose(let answer) = exchange.gaveUp() else {
            Issue.record("the answer was not given up")
            return
        }
        #expect(answer.failure == .malformed && exchange.heldBytes == 0 && !exchange.isUsable)
    }

    /// Each answer is allowed, all together are not: those that go too far are given up, the others complete.
    @Test func answersThatHoldTooMuchTogetherAreGivenUpAndTold() async throws {
        let body = String(repeating: "x", count: 100_000)
        let server = try await TestServer.start { _ in
            .raw("HTTP/1.1 200 x\r\ncontent-length: 200000\r\n\r\n" + body)
        }
        let read = operation("read", request("GET", "/read", timeout: .milliseconds(500)), isRead: true)
        let load = Load(
            shape: .burst(rounds: 1, clients: 4), mix: [MixEntry(operation: "read", weight: 1)])
        let run = try await run(scenario([read], load: load), against: [server], answersLimitBytes: 250_000)
        let failures = run.history.operations.flatMap(\.requests).compactMap(\.failure)
        #expect(failures.contains(.malformed) && failures.contains(.timeout))
        #expect(run.summary.notices.contains { $0.contains("given up half-read") })
    }
}
