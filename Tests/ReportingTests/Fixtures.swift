// One report with everything in it, so that a golden text shows every part of the summary.

import Core
import Histories
import Scenarios

@testable import Checking
@testable import Reporting
@testable import RunStore

enum Fixtures {
    static var operation: OperationRecord {
        OperationRecord(
            id: 7, client: 3, name: "rename", phase: .load, round: 4,
            values: ["image": "17", "unique": "u-3-1"], captures: ["status": "active"],
            invoked: 1_000_000, returned: 3_500_000, outcome: .ok,
            requests: [
                RequestRecord(
                    step: 0, attempt: 0, replica: 1, method: "PATCH", target: "/v2/images/17",
                    sent: 1_000_000,
                    received: 3_500_000, status: 200, outcome: .ok)
            ])
    }

    static var lost: OperationRecord {
        OperationRecord(
            id: 8, client: 0, name: "deactivate", phase: .load, round: 4, values: ["image": "17"],
            intended: 1_200_000, invoked: 1_204_000, outcome: .unknown,
            requests: [
                RequestRecord(
                    step: 0, attempt: 1, replica: 2, method: "POST",
                    target: "/v2/images/17/actions/deactivate",
                    sent: 1_204_000, failure: .timeout, outcome: .unknown, excerpt: "half\nan answer")
            ])
    }

    static var finding: Finding {
        Finding(
            classID: "7c01ab33", number: 1, kind: .lostUpdate, check: "status", key: "17",
            title: "An acknowledged deactivate was undone by a concurrent rename through another replica.",
            story: [
                "client 0 deactivated image 17 through replica 2 and was told 204",
                "client 3 renamed it through replica 1 at the same time, and wrote the old status back",
            ], example: [operation, lost], count: 31, judged: 200)
    }

    static var limit: Check {
        Check(
            kind: .threshold, name: "rename.latency p(99)<250ms", verdict: .degraded,
            explanation: "p(99) of 1800 rename was 312.400 ms; limit below 250 ms", measured: 312.4,
            limit: 250, unit: .milliseconds)
    }

    static var abortedEarly: AbortedEarly {
        AbortedEarly(
            threshold: "rename.latency p(99)<250ms", measured: 312.4, limit: 250, unit: .milliseconds,
            operations: 1_800)
    }

    static var judgement: Judgement {
        var tally = Tally()
        tally.operations = 2_400
        tally.ok = 1_800
        tally.fail = 598
        tally.unknown = 2
        tally.contended = 2_335
        tally.losers = 412
        tally.rounds = 200
        tally.voidRounds = 1
        var judgement = Judgement(
            verdict: .violation, findings: [finding],
            checks: [
                Check(
                    kind: .assumption, name: "clients", verdict: .pass,
                    explanation: "no client was concurrent with itself"),
                Check(
                    kind: .model, name: "status", verdict: .violation,
                    explanation:
                        "31 of 200 keys contradict the state machine, by 9,120 explored configurations",
                    keys: 200, explored: 9_120),
                Check(
                    kind: .threshold, name: "contention", verdict: .pass, explanation: "97.3 %, at least 20 %"
                ),
                Check(kind: .vacuity, name: "reads", verdict: .unknown, explanation: "no read was ok"),
            ], tally: tally)
        judgement.answers = answers
        return judgement
    }

    static var answers: [AnswerCount] {
        [
            AnswerCount(operation: "deactivate", status: 204, outcome: .ok, count: 163),
            AnswerCount(operation: "deactivate", status: 403, outcome: .fail, count: 417),
            AnswerCount(operation: "deactivate", status: 500, outcome: .unknown, count: 18),
            AnswerCount(
                operation: "deactivate", status: nil, failure: .timeout, outcome: .unknown, count: 2),
            AnswerCount(operation: "edit", step: "read", status: 200, outcome: .ok, count: 1_900),
            AnswerCount(operation: "edit", step: "write", status: 200, outcome: .ok, count: 1_637),
            AnswerCount(operation: "edit", step: "write", status: 412, outcome: .fail, count: 263),
        ]
    }

    static var report: RunReport {
        let identity = RunIdentity(
            run: "image-deactivate/20261123T220000Z-20150528",
            command: "contend run scenarios/deactivate-vs-rename.yaml --seed 20150528",
            scenario: "image-deactivate", scenarioFile: "scenarios/deactivate-vs-rename.yaml",
            parameters: [
                Parameter(name: "guard", value: "check-then-act"), Parameter(name: "limit", value: 10),
            ],
            seed: 20_150_528, database: "sqlite", replicas: 3, clients: 12, sequential: false,
            started: "2026-11-23T22:00:00Z")
        var figures = RunFigures()
        figures.load.durationNanoseconds = 14_200_000_000
        figures.requestsPerSecond = 690.6
        figures.operationsPerSecond = 169.01
        figures.releaseSpread = .init(p50Nanoseconds: 41_000, maximumNanoseconds: 1_204_000)
        figures.latency = [
            LatencyFigures(
                operation: "deactivate", count: 600, p50Microseconds: 1_210, p95Microseconds: 4_500,
                p99Microseconds: 8_000, maximumMicroseconds: 12_345)
        ]
        return RunReport(
            identity, figures: figures, judgement: judgement,
            warnings: ["the log of replica 2 could not be copied"],
            notices: ["line 4712 is torn and was left out"])
    }

    /// The smallest report: a pass with nothing to tell.
    static var pass: RunReport {
        var tally = Tally()
        tally.operations = 10
        tally.ok = 10
        let identity = RunIdentity(
            run: "orders/20261123T220000Z-1", command: "contend run orders.yaml --seed 1", scenario: "orders",
            scenarioFile: "orders.yaml", parameters: [], seed: 1, database: "none", replicas: 1, clients: 1,
            sequential: true, started: "2026-11-23T22:00:00Z")
        var figures = RunFigures()
        figures.load.durationNanoseconds = 500_000
        figures.requestsPerSecond = 3.25
        figures.operationsPerSecond = 3.25
        return RunReport(
            identity, figures: figures,
            judgement: Judgement(verdict: .pass, findings: [], checks: [], tally: tally))
    }
}
