// Thresholds as scenarios write them: what each measure may limit, its units, and what is said of mistakes.

import Core
import Testing

@testable import Scenarios

@Suite struct ThresholdTests {
    private func thresholds(_ text: String) throws -> [Threshold] {
        try Fixture.resolve(scenario(more: "thresholds:\n  \(text)\n")).thresholds
    }

    private func only(_ text: String) throws -> Threshold {
        let all = try thresholds(text)
        return try #require(all.count == 1 ? all.first : nil)
    }

    @Test func everyMeasureReadsItsUnit() throws {
        #expect(try only("put.latency: p(99.9)<250ms").measure == .latency(percentile: 99.9))
        #expect(try only("put.latency: p(99.9)<250ms").limit == 0.25)
        #expect(try only("put.latency: p(99.9)<250ms").operation == "put")
        #expect(try only("latency: max <= 2s").measure == .latency(percentile: 100))
        #expect(try only("latency: max <= 2s").operation == nil)
        #expect(try only("throughput: rate>=30/m").limit == 0.5)
        #expect(try only("put.ok: rate>=95%").measure == .outcome(.ok))
        #expect(try only("fail: rate<5%").measure == .outcome(.fail))
        #expect(try only("5xx: rate<1%").measure == .serverErrors)
        #expect(try only("retries: rate<=1.5/success").measure == .attemptsPerSuccess)
        #expect(try only("retries: max<=5").measure == .mostAttempts)
        #expect(try only("deadlocks: count==0").measure == .deadlocks)
        #expect(try thresholds("latency: [p(50)<1ms, p(95)<2ms]").map(\.limit) == [0.001, 0.002])
    }

    @Test func aThresholdKnowsItsPlaceAndItsName() throws {
        let all = try thresholds("put.latency:\n    - p(50)<1ms\n    - { limit: max<2s, abort-early: true }")
        #expect(all.map(\.position.line) == [11, 12])
        #expect(all.map(\.position.column) == [7, 16])
        #expect(all.map(\.name) == ["put.latency p(50)<1ms", "put.latency max<2s"])
        #expect(all.map(\.abortsEarlyAfter) == [nil, 100])
        #expect(
            try only("fail: { limit: rate<1%, abort-early: true, after-operations: 7 }").abortsEarlyAfter == 7
        )
        #expect(try only("fail: { limit: rate<1%, abort-early: false }").abortsEarlyAfter == nil)
    }

    @Test func aValueIsShownInItsUnit() throws {
        #expect(try only("fail: rate<7%").shown(0.07) == 7)
        #expect(try only("latency: max<2s").shown(0.0123) == 12.3)
        #expect(Threshold.text(250, .milliseconds) == "250 ms")
        #expect(Threshold.text(1.5, .perSuccess) == "1.5/success")
        #expect(Threshold.text(1, .deadlocks) == "1 deadlock")
        #expect(Threshold.text(8.33333, .percent) == "8.333 %")
    }

    @Test func whereAbortEarlyBelongsIsSaid() {
        for text in [
            scenario(more: "abort-early: true"),
            scenario(load: "{ clients: 2, for: 1s, mix: { put: 1 }, abort-early: true }"),
        ] {
            let problems = Fixture.problems(text)
            #expect(problems.contains("`abort-early` is no key of "))
            #expect(
                problems.contains("write `thresholds: { latency: { limit: p(99)<1s, abort-early: true } }`"))
        }
    }

    @Test func mistakesAreToldWithPlaceAndNearestName() {
        let cases: [(String, Int, String)] = [
            ("latncy: max<2s", 3, "`latncy` is no measure|did you mean `latency`?"),
            ("put.latncy: max<2s", 3, "`put.latncy` is no measure|did you mean `put.latency`?"),
            ("pit.latency: max<2s", 3, "the operation `pit` is not defined|did you mean `put`?"),
            ("put.deadlocks: count<1", 3, "`deadlocks` is measured of the whole load|write `deadlocks`"),
            ("latency: mx<2s", 12, "`mx` cannot be limited here|did you mean `max`?"),
            (
                "latency: rate<5%", 12,
                "`rate` cannot be limited here|expected a limit such as p(99)<250ms or max<2s"
            ),
            ("latency: p(101)<2s", 12, "`p(101)<2s` names no percentile"),
            ("latency: p(99)<250", 21, "`250` has no unit|expected a duration"),
            ("latency: p(99)<5%", 19, "`%` is no unit of time"),
            ("latency: p(99)250ms", 17, "a comparison must follow"),
            ("throughput: rate>=400", 24, "`400` has no unit|expected a rate such as 400/s"),
            ("ok: rate>=95/s", 15, "`/s` is no percent sign"),
            ("retries: rate<=1.5", 21, "`1.5` has no unit|such as 1.5/success"),
            ("retries: max<=5ms", 17, "`5ms` is no count"),
            ("deadlocks: count<=1.5", 21, "`1.5` is no count"),
            ("latency: { limt: max<2s }", 14, "unknown key `limt` in a threshold|did you mean `limit`?"),
            ("latency: { abort-early: true }", 12, "`limit` is missing in a threshold"),
            (
                "latency: { limit: max<2s, after-operations: 5 }", 29,
                "`after-operations` has a meaning only with"
            ),
            (
                "contention: { limit: rate>=20%, abort-early: true }", 35,
                "`contention` is known only when the load is over: it cannot end the load early|`abort-early` goes with `latency`"
            ),
            ("deadlocks: { limit: count<=0, abort-early: true }", 33, "`deadlocks` is known only when"),
            ("ok: { limit: rate==100%, abort-early: true }", 28, "what `==` will come to is known only"),
            ("latency: { limit: 5, abort-early: soon }", 37, "this is text|expected true or false"),
            ("latency: []", 0, ""), ("latency: ", 11, "nothing is written here"),
        ]
        for (text, column, parts) in cases {
            let problems = Fixture.problems(scenario(more: "thresholds:\n  \(text)\n"))
            guard !parts.isEmpty else {
                #expect(problems.isEmpty, "\(text): \(problems)")
                continue
            }
            #expect(problems.contains("test.yaml:10:\(column): error"), "\(text): \(problems)")
            for part in parts.split(separator: "|") {
                #expect(problems.contains(part), "\(text): \(problems)")
            }
        }
    }
}
