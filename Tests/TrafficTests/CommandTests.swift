// Operations that run a command: what its end and its output come to, and who ends it.

import Core
import Histories
import NIOCore
import NIOPosix
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct CommandTests {
    private static let words: [Template] = [
        "work", "--queue", template("${{ queue }}"), template("${{ port }}"),
    ]

    private static func work(
        outcome: OutcomeRules = OutcomeRules(), timeout: Duration = .seconds(10), isRead: Bool = false
    ) -> OperationDeclaration {
        let captures = [capture("job", "job"), Capture(name: "code", source: .status)]
        return OperationDeclaration(
            name: "work",
            steps: [
                Step(
                    name: "work", request: .command(words, timeout: timeout), captures: captures,
                    outcome: outcome)
            ], isRead: isRead, vary: [NamedVariation(name: "queue", variation: .choice(["red"]))])
    }

    private static func load(
        _ operation: OperationDeclaration, clock: TrafficClock = TrafficClock(now: testNow),
        run: @escaping CommandService.Run
    ) async throws -> OperationRecord {
        let service = CommandService(
            values: [["port": 1], ["port": 2]], sensitive: ["hush-hush"], run: run)
        let places = [Address(host: "127.0.0.1", port: 1), Address(host: "127.0.0.1", port: 2)]
        let result = try await TrafficTests.run(
            single(operation), against: [], at: places, commands: service, clock: clock)
        return try #require(result.history.operations.first)
    }

    @Test func theLastLineOfTheOutputIsReadAsJSON() async throws {
        let seen = Locked<[[String]]>([])
        let record = try await Self.load(Self.work()) { words, replica in
            seen.withLock { $0.append(words + ["\(replica)"]) }
            return EndedCommand(exit: 0, output: Array("connecting\n{\"job\": 7}\n".utf8))
        }
        #expect(record.outcome == .ok)
        #expect(record.captures == ["job": 7, "code": 0])
        #expect(seen.withLock { $0 } == [["work", "--queue", "red", "1", "0"]])
        let request = try #require(record.requests.first)
        #expect(request.isCommand && request.target == "work --queue red 1" && request.answer == "exit 0")
    }

    @Test(arguments: [
        (0, false, OutcomeRules(), Outcome.ok), (1, false, OutcomeRules(), .unknown),
        (1, true, OutcomeRules(), .fail), (3, false, OutcomeRules(fail: [AnswerPattern([.exit(3)])]), .fail),
        (0, false, OutcomeRules(ok: [AnswerPattern([.exit(3)])]), .unknown),
        (3, false, OutcomeRules(ok: [AnswerPattern([.exit(3)])]), .ok),
    ])
    func anExitStatusIsReadByTheRules(
        exit: Int, isRead: Bool, rules: OutcomeRules, outcome: Outcome
    ) async throws {
        let record = try await Self.load(Self.work(outcome: rules, isRead: isRead)) { _, _ in
            EndedCommand(exit: exit, output: Array("it says ".utf8), errors: Array("hush-hush".utf8))
        }
        #expect(record.outcome == outcome)
        if outcome != .ok { #expect(record.requests.first?.excerpt == "it says [redacted]") }
    }

    @Test func aCommandThatTakesTooLongIsEndedAndUnknown() async throws {
        let manual = ManualClock()
        let wasEnded = Locked(false)
        let record = try await Self.load(Self.work(timeout: .seconds(3)), clock: manual.clock) { _, _ in
            manual.advance(by: .seconds(3))
            return try await withTaskCancellationHandler {
                while true { try await Task.sleep(for: .milliseconds(1)) }
            } onCancel: {
                wasEnded.withLock { $0 = true }
            }
        }
        #expect(record.outcome == .unknown && record.requests.first?.failure == .timeout)
        #expect(wasEnded.withLock { $0 })
    }

    @Test func aCommandThatCannotBeStartedHasNoEffectAndIsTold() async throws {
        let record = try await Self.load(Self.work()) { _, _ in
            throw CommandNotStarted("there is no such program")
        }
        #expect(record.outcome == .fail && record.requests.first?.failure == .refused)
    }

    /// It may have done its work, whatever became of whoever ran it.
    @Test func aCommandThatIsLostIsUnknown() async throws {
        struct Lost: Error {}
        let record = try await Self.load(Self.work()) { _, _ in throw Lost() }
        #expect(record.outcome == .unknown && record.requests.first?.failure == .disconnected)
    }

    @Test func anOutputThatIsTooLongIsUnknown() async throws {
        let record = try await Self.load(Self.work()) { _, _ in EndedCommand(exit: 0, output: nil) }
        #expect(record.outcome == .unknown && record.requests.first?.failure == .malformed)
    }
}
