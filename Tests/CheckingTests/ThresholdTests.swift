// What thresholds measure, and what they say: value, limit and unit as numbers, and the verdict of both.

import Core
import Histories
import Testing

@testable import Checking
@testable import Scenarios

@Suite struct ThresholdTests {
    /// Ten writes of 1 to 10 ms, then two reads of 20 and 21 ms; one write failed, one is unknown.
    private func sample() -> RunBuilder {
        var run = RunBuilder(writes: ["put"], reads: ["get"])
        for number in 1...10 {
            let outcome: Outcome = number == 9 ? .fail : number == 10 ? .unknown : .ok
            run.add("put", 0, Double(number), outcome, status: outcome == .unknown ? 503 : nil)
        }
        run.add("get", 0, 20)
        run.add("get", 79, 100)
        return run
    }

    private func check(
        _ run: RunBuilder, _ measure: Threshold.Measure, of operation: String? = nil,
        _ comparison: Comparison.Operator, _ limit: Double, observations: Observations = Observations()
    ) throws -> Check {
        var run = run
        run.thresholds = [
            Threshold(
                measure: measure, operation: operation, comparison: comparison, limit: limit, source: "limit")
        ]
        let judgement = judge(
            run.history, by: run.scenario, options: run.options, observations: observations)
        return try #require(judgement.checks.first { $0.limit != nil })
    }

    private func check(
        _ run: RunBuilder, _ measure: Threshold.Measure, of operation: String? = nil, _ limit: Double,
        observations: Observations = Observations()
    ) throws -> Check {
        try check(run, measure, of: operation, .less, limit, observations: observations)
    }

    @Test func percentilesAreExactByNearestRank() throws {
        let run = sample()
        let expected: [(Double, String?, Double)] = [
            (50, "put", 5), (90, "put", 9), (90.1, "put", 10), (100, "put", 10), (0, "put", 1),
            (50, nil, 6), (99, nil, 21), (100, "get", 21),
        ]
        for (percentile, operation, milliseconds) in expected {
            let check = try check(run, .latency(percentile: percentile), of: operation, milliseconds / 1000)
            #expect(
                check.measured == milliseconds && check.limit == milliseconds && check.unit == .milliseconds)
            #expect(check.verdict == .degraded, "p(\(percentile)) is not below itself")
            let above = try self.check(
                run, .latency(percentile: percentile), of: operation, .lessOrEqual, milliseconds / 1000)
            #expect(above.verdict == .pass)
        }
    }

    @Test func theNearestRankIsNotMovedByBinaryFractions() {
        #expect(Threshold.nearestRank(99.9, of: 1000) == 999)
        #expect(Threshold.nearestRank(99.9, of: 1001) == 1000)
        #expect(Threshold.nearestRank(0, of: 7) == 1 && Threshold.nearestRank(100, of: 7) == 7)
        for count in 1...2000 {
            for tenths in stride(from: 1, through: 1000, by: 37) {
                let exact = (tenths * count + 999) / 1000
                #expect(Threshold.nearestRank(Double(tenths) / 10, of: count) == max(exact, 1))
            }
        }
    }

    @Test func latencyCountsFromTheIntendedStart() throws {
        var run = sample()
        run.operations[0].intended = RunBuilder.time(-100)
        #expect(try check(run, .latency(percentile: 100), of: "put", 1).measured == 101)
    }

    @Test func sharesAreOfTheOperationsNamedOrOfAll() throws {
        let run = sample()
        #expect(try check(run, .outcome(.fail), of: "put", 0.11).measured == 10)
        #expect(try check(run, .outcome(.ok), of: "put", .greaterOrEqual, 0.8).verdict == .pass)
        #expect(try check(run, .outcome(.ok), of: "put", .greaterOrEqual, 0.81).verdict == .degraded)
        let unknown = try check(run, .outcome(.unknown), 0.07)
        #expect(unknown.verdict == .degraded && unknown.limit == 7 && unknown.unit == .percent)
        #expect(unknown.measured.map { abs($0 - 100.0 / 12) < 1e-6 } == true)
        #expect(try check(run, .serverErrors, of: "put", 0.1).measured == 10)
        #expect(try check(run, .serverErrors, of: "get", 0.1).measured == 0)
    }

    @Test func throughputIsOverTheWholeLoad() throws {
        let run = sample()
        #expect(try check(run, .throughput, .greaterOrEqual, 120).measured == 120)
        #expect(try check(run, .throughput, of: "get", .greaterOrEqual, 20).measured == 20)
        #expect(try check(run, .throughput, .greaterOrEqual, 121).verdict == .degraded)
    }

    @Test func attemptsOfClientServiceAndDatabaseCount() throws {
        var run = sample()
        var retried = run.operations[0]
        for attempt in 1..<3 {
            var request = retried.requests[0]
            request.attempt = attempt
            retried.requests.append(request)
        }
        retried.captures["attempts"] = 4
        run.operations[0] = retried
        #expect(try check(run, .mostAttempts, .lessOrEqual, 5).measured == 6)
        // 6 of the first and one of each other, over 10 that were ok.
        let perSuccess = try check(run, .attemptsPerSuccess, .lessOrEqual, 1.7)
        #expect(perSuccess.measured == 1.7 && perSuccess.verdict == .pass && perSuccess.unit == .perSuccess)
        var observations = Observations()
        observations.errors = (0..<20).map {
            ServerError(time: Int64($0), backend: 1, code: "40001")
        }
        #expect(try check(run, .attemptsPerSuccess, 9, observations: observations).measured == 3.2)
    }

    @Test func deadlocksAreUnknownUnlessTheDatabaseCountedThem() throws {
        let run = sample()
        let unwatched = try check(run, .deadlocks, .lessOrEqual, 0)
        #expect(unwatched.verdict == .unknown && unwatched.measured == nil && unwatched.limit == 0)
        var observations = Observations()
        observations.counters = [
            DatabaseCounters(time: 0, deadlocks: 2, commits: 0, rollbacks: 0, conflicts: 0),
            DatabaseCounters(time: 9, deadlocks: 5, commits: 0, rollbacks: 0, conflicts: 0),
        ]
        let counted = try check(run, .deadlocks, .lessOrEqual, 2, observations: observations)
        #expect(counted.verdict == .degraded && counted.measured == 3 && counted.unit == .deadlocks)
        #expect(try check(run, .deadlocks, .lessOrEqual, 3, observations: observations).verdict == .pass)
    }

    @Test func whatWasNotMeasuredIsUnknownAndHasNoValue() throws {
        for measure: Threshold.Measure in [
            .latency(percentile: 50), .outcome(.ok), .serverErrors, .attemptsPerSuccess, .mostAttempts,
        ] {
            let check = try check(sample(), measure, of: "nothing", 1)
            #expect(check.verdict == .unknown && check.measured == nil && check.limit != nil)
        }
        #expect(try check(RunBuilder(), .throughput, .greater, 1).verdict == .unknown)
    }

    @Test func theExplanationSaysValueAndLimit() throws {
        let run = sample()
        #expect(
            try check(run, .latency(percentile: 50), of: "put", 0.25).explanation
                == "p(50) of 10 put was 5.000 ms; limit below 250 ms")
        #expect(
            try check(run, .outcome(.unknown), 0.05).explanation
                == "8.3 % of 12 operations were unknown; limit below 5 %")
        #expect(
            try check(run, .mostAttempts, .lessOrEqual, 1).explanation
                == "at most 1 attempt for one operation; limit at most 1 attempt")
        let contention = try check(run, .contention, .greaterOrEqual, 1)
        #expect(contention.kind == .vacuity && contention.measured != nil && contention.limit == 100)
        #expect(contention.explanation.hasSuffix("limit at least 100 %: too little to prove anything"))
    }
}
