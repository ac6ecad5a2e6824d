// Thresholds that may end the load: what the counts say is what the whole list of operations would say.

import Core
import Histories
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct LiveThresholdTests {
    private static func put(_ milliseconds: Int, _ outcome: Outcome = .ok, tries: Int = 1) -> OperationRecord
    {
        OperationRecord(
            id: 0, client: 0, name: "put", phase: .load, invoked: 0,
            returned: Int64(milliseconds) * 1_000_000, outcome: outcome,
            requests: (0..<tries).map {
                RequestRecord(
                    step: 0, attempt: $0, replica: 0, method: "PUT", target: "/", sent: 0,
                    status: outcome == .unknown ? 500 : 200)
            })
    }

    private static func live(
        _ measure: Threshold.Measure, _ comparison: Comparison.Operator, _ limit: Double, after: Int = 100,
        of operation: String? = nil, _ operations: [OperationRecord]
    ) -> LiveThreshold {
        var live = LiveThreshold(
            Threshold(
                measure: measure, operation: operation, comparison: comparison, limit: limit, source: "limit",
                abortsEarlyAfter: after))
        for operation in operations { live.add(operation) }
        return live
    }

    /// The oracle sorts all latencies and compares the one at the nearest rank.
    @Test func aPercentileIsExceededExactlyIfTheValueAtItsRankFails() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(state: seed)
        var exceeded = 0
        for _ in 0..<2000 {
            let count = Int.random(in: 1...40, using: &generator)
            let latencies = (0..<count).map { _ in Int.random(in: 1...20, using: &generator) }
            let percentile = Double(Int.random(in: 0...1000, using: &generator)) / 10
            let limit = Double(Int.random(in: 1...20, using: &generator)) / 1000
            let operators: [Comparison.Operator] = [.less, .lessOrEqual, .greater, .greaterOrEqual]
            let comparison = operators[Int.random(in: 0..<4, using: &generator)]
            let live = Self.live(
                .latency(percentile: percentile), comparison, limit, after: 1,
                latencies.map { Self.put($0) })
            let value = latencies.sorted()[Threshold.nearestRank(percentile, of: count) - 1]
            let fails = !comparison.holds(Double(value) / 1000, limit)
            let isKnown = percentile < 100 || comparison.isMaximum
            if isKnown { #expect(live.isExceeded(after: 1, planned: nil) == fails, "seed \(seed)") }
            if fails { exceeded += 1 }
        }
        #expect(exceeded > 200)
    }

    @Test func aRateCountsFromTheFirstStartOfAnyOperation() {
        func started(_ name: String, _ invoked: Int64, intended: Int64? = nil) -> OperationRecord {
            OperationRecord(
                id: 0, client: 0, name: name, phase: .load, round: nil, values: [:], intended: intended,
                invoked: invoked, returned: invoked + 1, outcome: .ok, requests: [])
        }
        var live = Self.live(.throughput, .greater, 5, of: "put", [])
        #expect(live.began == nil)
        live.add(started("put", 9_000))
        live.add(started("show", 8_000, intended: 7_000))
        #expect(live.began == 7_000 && live.operations == 1)
        var all = Self.live(.throughput, .greater, 5, of: "put", [started("put", 3_000)])
        all.add(live)
        #expect(all.began == 3_000 && all.operations == 2)
    }

    @Test func nothingIsExceededBeforeTheStatedNumberOfOperations() {
        let slow = (0..<99).map { _ in Self.put(500) }
        let percentile = Threshold.Measure.latency(percentile: 50)
        #expect(!Self.live(percentile, .less, 0.2, slow).isExceeded(after: 1, planned: nil))
        #expect(
            Self.live(percentile, .less, 0.2, slow + [Self.put(1)]).isExceeded(after: 1, planned: nil))
        #expect(!Self.live(.outcome(.ok), .greater, 0.5, []).isExceeded(after: 1, planned: nil))
    }

    @Test func whatCanNeverBeMendedIsExceededAtOnce() {
        let one = [Self.put(500, .unknown, tries: 6)]
        #expect(Self.live(.latency(percentile: 100), .less, 0.2, one).isExceeded(after: 1, planned: nil))
        #expect(Self.live(.mostAttempts, .lessOrEqual, 5, one).isExceeded(after: 1, planned: nil))
        #expect(!Self.live(.mostAttempts, .lessOrEqual, 6, one).isExceeded(after: 1, planned: nil))
        // A maximum that is asked to be large may still become so.
        #expect(!Self.live(.latency(percentile: 100), .greater, 0.7, one).isExceeded(after: 1, planned: nil))
        // With 40 operations in all, 2 of them can be 5 % and no less; 1 can still be mended.
        let two = one + one
        #expect(Self.live(.outcome(.unknown), .less, 0.05, two).isExceeded(after: 1, planned: 40))
        #expect(!Self.live(.outcome(.unknown), .less, 0.05, one).isExceeded(after: 1, planned: 40))
        #expect(!Self.live(.outcome(.unknown), .less, 0.05, two).isExceeded(after: 1, planned: nil))
        #expect(Self.live(.outcome(.ok), .greaterOrEqual, 0.96, two).isExceeded(after: 1, planned: 40))
        #expect(!Self.live(.outcome(.ok), .greaterOrEqual, 0.95, two).isExceeded(after: 1, planned: 40))
        // p(95) of 40 is the 38th: three above the limit are too many.
        let percentile = Threshold.Measure.latency(percentile: 95)
        #expect(!Self.live(percentile, .less, 0.2, two).isExceeded(after: 1, planned: 40))
        #expect(Self.live(percentile, .less, 0.2, two + one).isExceeded(after: 1, planned: 40))
    }

    @Test func sharesRatesAndAttemptsAreMeasured() {
        let operations =
            (0..<90).map { _ in Self.put(1) } + (0..<10).map { _ in Self.put(1, .unknown, tries: 3) }
        #expect(Self.live(.outcome(.unknown), .less, 0.1, operations).measured(after: 1) == 0.1)
        #expect(Self.live(.serverErrors, .less, 0.1, operations).isExceeded(after: 1, planned: nil))
        #expect(!Self.live(.serverErrors, .lessOrEqual, 0.1, operations).isExceeded(after: 1, planned: nil))
        #expect(Self.live(.throughput, .greater, 60, operations).isExceeded(after: 2, planned: nil))
        #expect(!Self.live(.throughput, .greater, 40, operations).isExceeded(after: 2, planned: nil))
        #expect(
            Self.live(.attemptsPerSuccess, .less, 1.3, operations).measured(after: 1) == 120.0 / 90)
        #expect(Self.live(.outcome(.ok), .less, 0.5, of: "get", operations).operations == 0)
    }

    @Test func aLoadKnowsWhichOfItsThresholdsIsExceededAndByHowMuch() async throws {
        let server = try await TestServer.start { request in
            request.number % 4 == 3 ? .status(500) : .status(200)
        }
        var declared = scenario(
            [operation("put", request("PUT", "/"))],
            load: Load(
                shape: .burst(rounds: 10, clients: 4), mix: [MixEntry(operation: "put", weight: 1)]))
        func threshold(_ measure: Threshold.Measure, _ limit: Double, after: Int?) -> Threshold {
            Threshold(
                measure: measure, comparison: .less, limit: limit, source: "limit", abortsEarlyAfter: after)
        }
        declared.thresholds = [
            threshold(.outcome(.ok), 0.1, after: nil), threshold(.latency(percentile: 99), 60, after: 1),
            threshold(.serverErrors, 0.2, after: 40),
        ]
        var seen: [ExceededThreshold?] = []
        _ = try await run(declared, against: [server]) { traffic in
            #expect(traffic.canAbortEarly)
            seen.append(await traffic.exceededThreshold())
            try await traffic.run(rounds: 0..<5)
            seen.append(await traffic.exceededThreshold())
            try await traffic.run(rounds: 5..<10)
            seen.append(await traffic.exceededThreshold())
        }
        #expect(seen[0] == nil)
        #expect(seen[1] == nil, "20 of 40 were measured, 5 of which failed: fewer than 8 of 40")
        #expect(seen[2]?.threshold == declared.thresholds[2] && seen[2]?.measured == 0.25)
        #expect(seen[2]?.operations == 40)
    }

    @Test func aPercentileIsToldFromTheHistograms() async throws {
        let server = try await TestServer.start { _ in .status(200) }
        var declared = scenario(
            [operation("put", request("PUT", "/"))],
            load: Load(
                shape: .burst(rounds: 5, clients: 4), mix: [MixEntry(operation: "put", weight: 1)]))
        declared.thresholds = [
            Threshold(
                measure: .latency(percentile: 50), operation: "put", comparison: .less, limit: 1e-9,
                source: "limit", abortsEarlyAfter: 20)
        ]
        var exceeded: ExceededThreshold?
        let run = try await run(declared, against: [server]) { traffic in
            try await traffic.run()
            exceeded = await traffic.exceededThreshold()
        }
        let latencies = run.operations("put").compactMap(\.latencyNanoseconds).sorted()
        let exact = Double(latencies[9]) / 1e9
        let told = try #require(exceeded?.measured)
        #expect(abs(told - exact) <= exact * 0.01 + 2e-6, "\(told) for \(exact)")
    }
}
