// Values that a model declares are compared with what services show by the types that both have.

import Core
import Histories
import Testing

@testable import Checking
@testable import Scenarios

@Suite struct TypedValueTests {
    private func constant(_ value: Value) -> Template {
        Template(parts: [.literal(value.text ?? JSON.text(value))], constant: value.text == nil ? value : nil)
    }

    /// One write of each value, one after the other, each read back as `shown`.
    private func register(_ values: [Value], shown: [Value]) -> Judgement {
        let names = values.indices.map { "write\($0)" }
        let model = Model(
            name: "value",
            kind: .register(
                write: zip(names, values).map { OperationBinding(operation: $0, value: constant($1)) },
                read: [Observation(operation: "show", value: .name("shown"))]), key: .name("key"))
        var run = RunBuilder(model, writes: names, reads: ["show"])
        for (index, name) in names.enumerated() {
            let start = Double(index) * 10
            run.add(name, start, start + 3)
            run.add("show", start + 1, start + 2.5, captures: ["shown": shown[index]])
            run.add("show", start + 5, start + 6, captures: ["shown": shown[index]])
        }
        return run.judged()
    }

    @Test func constantsOfEveryTypeAreWhatTheServiceShows() {
        let values: [Value] = [true, false, 1, .double(1.5), .null, "1", "true", "null", .double(2)]
        let shown: [Value] = [true, false, .double(1), .double(1.5), .null, "1", "true", "null", 2]
        let judgement = register(values, shown: shown)
        #expect(judgement.findings.isEmpty, "\(judgement.findings.map(\.title))")
        #expect(judgement.verdict == .pass, "\(judgement.checks)")
    }

    @Test(arguments: [(Value.bool(true), Value.string("true")), (1, "1"), (.null, "null"), ("1", 1)])
    func aConstantIsNotTheTextThatLooksLikeIt(declared: Value, shown: Value) {
        #expect(register([declared], shown: [shown]).verdict == .violation)
    }

    @Test func comparedAndSetConstantsKeepTheirTypes() {
        let model = Model(
            name: "flag",
            kind: .casRegister(
                write: [],
                compareAndSet: [
                    CompareAndSet(operation: "on", expected: constant(.null), new: constant(true))
                ],
                read: [Observation(operation: "show", value: .name("shown"))]), key: .name("key"),
            initial: .literal(.null))
        var run = RunBuilder(model, writes: ["on"], reads: ["show"])
        run.add("show", 0, 2, captures: ["shown": .null])
        run.add("on", 1, 3)
        run.add("show", 4, 5, captures: ["shown": true])
        #expect(run.judged().verdict == .pass)
        run.add("on", 6, 7)
        #expect(run.judged().verdict == .violation, "null is no longer there")
    }

    @Test func elementsThatAreNumbersAreNumbers() {
        let model = Model(
            name: "numbers",
            kind: .set(
                add: [OperationBinding(operation: "add", value: constant(7))], remove: [],
                read: [Observation(operation: "list", value: .name("all"))]), key: .name("key"),
            initial: .literal(.array([])))
        func verdict(shown: Value) -> Verdict {
            var run = RunBuilder(model, writes: ["add"], reads: ["list"])
            run.add("add", 0, 2)
            run.add("list", 1, 1.5, captures: ["all": .array([])])
            run.add("list", 3, 4, captures: ["all": .array([shown])])
            return run.judged().verdict
        }
        #expect(verdict(shown: 7) == .pass && verdict(shown: .double(7)) == .pass)
        #expect(verdict(shown: "7") == .violation)
    }

    @Test func amountsAndLimitsThatAreNumbersAreCounted() {
        let model = Model(
            name: "quota",
            kind: .boundedCounter(
                limit: constant(.double(2)),
                add: [OperationBinding(operation: "reserve", value: constant(.double(1)))], subtract: [],
                observe: [Observation(operation: "usage", value: .name("used"))]), key: .name("key"),
            initial: .literal(0))
        var run = RunBuilder(model, writes: ["reserve"], reads: ["usage"])
        run.add("reserve", 0, 2)
        run.add("reserve", 1, 3)
        run.add("usage", 4, 5, captures: ["used": 2])
        #expect(run.judged().verdict == .pass, "\(run.judged().checks)")
        run.add("reserve", 6, 7)
        #expect(run.judged().verdict == .violation)
    }

    @Test(arguments: [Value.int(1), .double(1), "1"])
    func aStateIsComparedByItsText(shown: Value) {
        let model = Model(
            name: "state",
            kind: .stateMachine(
                transitions: [
                    Transition(operation: "start", from: ["0"], to: "1"),
                    Transition(operation: "clear", from: [], to: "null"),
                ], observe: [Observation(operation: "show", value: .name("state"))]), key: .name("key"),
            initial: .literal(0))
        var run = RunBuilder(model, writes: ["start", "clear"], reads: ["show"])
        run.add("start", 0, 2)
        run.add("show", 1, 1.5, captures: ["state": 0])
        run.add("show", 3, 4, captures: ["state": shown])
        run.add("clear", 5, 6)
        run.add("show", 7, 8, captures: ["state": .null])
        #expect(run.judged().verdict == .pass, "\(run.judged().findings.map(\.title))")
    }

    // MARK: - Absence

    @Test func absenceIsWhatTheHistorySaysTheAnswerMet() throws {
        let absent = AnswerPattern([.json(JSONPath(segments: [.member("kvs")]), .absent)])
        let read = Observation(
            operation: "show", value: .name("shown"),
            absent: [AnswerPattern([.status(StatusSet([404...404]))]), absent])
        func observed(
            _ status: Int, meets: [String] = [], _ outcome: Outcome = .ok, failure: TransportFailure? = nil
        ) -> Value? {
            let request = RequestRecord(
                step: 0, attempt: 0, replica: 0, method: "GET", target: "/", sent: 0, received: 1,
                status: status, failure: failure, outcome: outcome, meets: meets)
            return OperationRecord(
                id: 0, client: 0, name: "show", phase: .load, captures: outcome == .ok ? ["shown": 3] : [:],
                invoked: 0, returned: 1, outcome: outcome, requests: [request]
            ).observedValue(read)
        }
        #expect(observed(200) == 3)
        #expect(observed(200, meets: ["json $.kvs absent"]) == "absent")
        #expect(observed(200, meets: ["json $.other absent"]) == 3)
        #expect(observed(404, .fail) == "absent")
        #expect(observed(500, .fail) == nil)
        #expect(observed(404, .unknown, failure: .disconnected) == nil, "no complete answer came")
    }
}
