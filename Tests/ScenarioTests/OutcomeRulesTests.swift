// How answers are classified: the grammar of patterns, the precedence, and the defaults.

import Core
import Histories
import Testing

@testable import Scenarios

@Suite struct OutcomeRulesTests {
    @Test func unknownWinsOverFailAndFailOverOk() throws {
        let all = try OutcomeRules(ok: patterns("2xx"), fail: patterns("200"), unknown: patterns("200"))
        #expect(all.classify(answer(200), isRead: false).outcome == .unknown)
        let two = try OutcomeRules(ok: patterns("2xx"), fail: patterns("200"))
        #expect(two.classify(answer(200), isRead: false).outcome == .fail)
        #expect(two.classify(answer(201), isRead: false).outcome == .ok)
        let declared = try OutcomeRules(ok: patterns("404"), fail: patterns("500"))
        #expect(declared.classify(answer(404), isRead: false).outcome == .ok)
        #expect(declared.classify(answer(500), isRead: false).outcome == .fail)
    }

    @Test(arguments: [
        (200, Outcome.ok, Outcome.ok), (204, .ok, .ok), (302, .unknown, .fail), (304, .unknown, .fail),
        (400, .fail, .fail),
        (404, .fail, .fail), (408, .unknown, .fail), (409, .fail, .fail), (499, .fail, .fail),
        (500, .unknown, .fail),
        (503, .unknown, .fail), (101, .unknown, .fail),
    ])
    func defaultsByStatus(status: Int, write: Outcome, read: Outcome) {
        #expect(OutcomeRules().classify(answer(status), isRead: false).outcome == write)
        #expect(OutcomeRules().classify(answer(status), isRead: true).outcome == read)
    }

    @Test(arguments: [
        (TransportFailure.refused, Outcome.fail), (.timeout, .unknown), (.disconnected, .unknown),
        (.malformed, .unknown),
    ])
    func defaultsWithoutAnAnswer(failure: TransportFailure, outcome: Outcome) {
        for isRead in [false, true] {
            let answer = Answer(status: failure == .malformed ? 200 : nil, failure: failure)
            #expect(OutcomeRules().classify(answer, isRead: isRead).outcome == outcome)
        }
    }

    @Test func aCutAnswerMatchesNoStatus() throws {
        let rules = try OutcomeRules(ok: patterns("201"))
        #expect(rules.classify(Answer(status: 201, failure: .malformed), isRead: false).outcome == .unknown)
    }

    @Test func unlistedSuccessIsUnknownWhereOkIsDeclared() throws {
        let rules = try OutcomeRules(ok: patterns("status 201"))
        let (outcome, reason) = rules.classify(answer(200), isRead: false)
        #expect(outcome == .unknown)
        #expect(reason == "200 is not listed under ok")
        #expect(rules.classify(answer(201), isRead: false).reason == "ok: status 201")
    }

    @Test func bodyAndHeadersDecide() throws {
        let rules = try OutcomeRules(
            ok: patterns("status 201 and json $.status == \"ACCEPT\""),
            fail: patterns(
                "json $.status == \"ABORT\", json $.succeeded absent and status 200, header X-Error present"))
        #expect(rules.classify(answer(201, ["status": "ACCEPT"]), isRead: false).outcome == .ok)
        #expect(rules.classify(answer(201, ["status": "ABORT"]), isRead: false).outcome == .fail)
        #expect(rules.classify(answer(201, ["status": "?"]), isRead: false).outcome == .unknown)
        #expect(rules.classify(answer(200, [:]), isRead: false).outcome == .fail)
        #expect(rules.classify(answer(200), isRead: false).outcome == .unknown, "no JSON, nothing absent")
        #expect(rules.classify(answer(200, ["succeeded": true]), isRead: false).outcome == .unknown)
        let header = Answer(status: 201, headers: [("x-error", "1")])
        #expect(rules.classify(header, isRead: false).outcome == .fail)
    }

    @Test func numbersCompareAsNumbersAndNullIsPresent() throws {
        #expect(try matches("json $.n == 1", ["n": .double(1)]))
        #expect(try matches("json $.n != 1", ["n": 2]))
        #expect(try matches("json $.n == null and json $.n present", ["n": .null]))
        #expect(try matches("json $.n != 1", [:]))
        #expect(try !matches("json $.n == \"1\"", ["n": 1]))
        #expect(try matches("json $.tags length == 2", ["tags": .array([1, 2])]))
    }

    @Test func theKeywordCarriesOnOverCommas() throws {
        #expect(try patterns("status 403, 404") == [statuses(403, 404)])
        #expect(try patterns("403,5xx").first?.description == "status 403, 5xx")
        #expect(
            try patterns("timeout, status 500, 501, disconnected").map(\.description) == [
                "timeout", "status 500, 501", "disconnected",
            ])
    }

    @Test(arguments: [
        ("status", "a condition is missing", 0), ("status 4040", "`4040` is no condition", 0),
        ("json id == 1", "a JSON path begins with $", 5), ("json $.a = 1", "a test must follow", 9),
        ("json $.a == x", "a value must follow", 12), ("timeout or 500", "`or 500` does not belong here", 8),
        ("json $.a == \"x", "this quote is never closed", 12), ("201,", "a condition is missing", 4),
    ])
    func mistakesAreTold(text: String, message: String, offset: Int) {
        let error = #expect(throws: TextError.self) { try AnswerPattern.alternatives(text) }
        #expect(error?.message == message)
        #expect(error?.offset == offset)
    }

    private func patterns(_ text: String) throws -> [AnswerPattern] { try AnswerPattern.alternatives(text) }
    private func matches(_ text: String, _ body: [String: Value]) throws -> Bool {
        try patterns(text).contains { $0.matches(answer(200, body)) }
    }
    private func answer(_ status: Int, _ body: [String: Value]? = nil) -> Answer {
        Answer(status: status, json: body.map { .object($0) })
    }
}
