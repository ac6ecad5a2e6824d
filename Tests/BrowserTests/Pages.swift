// Runs as values, to make pages of: a race with its story, and a history of any length.

import Core
import Foundation
import Reporting
import RunStore
import Scenarios

@testable import Checking
@testable import Histories

enum Pages {
    static let key = "b2787281-693c-4389-9d26-9273e1c9b9af"

    static func operation(
        _ id: Int, client: Int, _ name: String, replica: Int, at begin: Int64, for duration: Int64?,
        outcome: Outcome = .ok, phase: Phase = .load, round: Int? = 0, key: String = Pages.key,
        captures: [String: Value] = [:], status: Int? = 200, excerpt: String? = nil
    ) -> OperationRecord {
        let end = duration.map { begin + $0 }
        return OperationRecord(
            id: id, client: client, name: name, phase: phase, round: round, values: ["image": .string(key)],
            captures: captures, invoked: begin, returned: end, outcome: outcome,
            requests: [
                RequestRecord(
                    step: 0, attempt: 0, replica: replica, method: name == "show" ? "GET" : "PATCH",
                    target: "/v2/images/\(key)", sent: begin, received: end,
                    status: end == nil ? nil : status,
                    outcome: outcome, excerpt: excerpt)
            ])
    }

    /// One round: a lost update, a refused and an unknown operation beside it.
    static func round(_ number: Int, at begin: Int64, excerpt: String?) -> [OperationRecord] {
        let (id, key) = (number * 8, number == 0 ? Pages.key : "image-\(number)")
        return [
            operation(
                id, client: 0, "create", replica: 0, at: begin, for: 2_000_000, phase: .before, round: number,
                key: key),
            operation(
                id + 1, client: 0, "rename", replica: 0, at: begin + 5_000_000, for: 6_400_000, round: number,
                key: key),
            operation(
                id + 2, client: 1, "deactivate", replica: 1, at: begin + 5_300_000, for: 3_100_000,
                round: number, key: key),
            operation(
                id + 3, client: 2, "rename", replica: 2, at: begin + 5_100_000, for: 2_000_000,
                outcome: .fail,
                round: number, key: key, status: 409, excerpt: excerpt),
            operation(
                id + 4, client: 3, "rename", replica: 0, at: begin + 5_200_000, for: nil, outcome: .unknown,
                round: number,
                key: key),
            operation(
                id + 5, client: 0, "show", replica: 0, at: begin + 13_000_000, for: 900_000, phase: .after,
                round: number,
                key: key, captures: ["status": "active"]),
        ]
    }

    static func history(rounds: Int, excerpt: String? = nil) -> History {
        History(
            header: header,
            operations: (0..<rounds).flatMap { round($0, at: Int64($0) * 20_000_000, excerpt: excerpt) },
            faults: [FaultRecord(kind: .pause, target: .replica(1), start: 6_000_000, end: 7_500_000)])
    }

    static let header = HistoryHeader(
        scenario: "deactivate-vs-rename", seed: 7, replicas: 3, clients: 4, started: "2026-11-26T11:00:00Z")

    static func finding(_ number: Int, _ history: History, kind: FindingKind = .lostUpdate) -> Finding {
        let example = history.operations.filter { [1, 2, 5].contains($0.id) }
        return Finding(
            classID: "c3aac354", number: number, kind: kind, check: "status", key: key,
            title: "An acknowledged deactivate was undone: show shows active, not deactivated.",
            story: [
                "client 0 renamed it", "client 1 deactivated it meanwhile",
                "No order of these leads to active.",
            ],
            example: example, count: 13, judged: 40)
    }

    static func material(_ history: History, findings: [Finding]) -> RunMaterial {
        var tally = Tally()
        tally.operations = history.operations.filter { $0.phase == .load }.count
        tally.ok = tally.operations / 2
        tally.fail = tally.operations / 4
        tally.unknown = tally.operations - tally.ok - tally.fail
        tally.contended = tally.operations
        tally.rounds = 40
        let judgement = Judgement(
            verdict: findings.isEmpty ? .pass : .violation, findings: findings,
            checks: [
                Check(
                    kind: .model, name: "status", verdict: .violation,
                    explanation: "violated in 13 of 40 rounds", keys: 40)
            ],
            tally: tally)
        let identity = RunIdentity(
            run: "deactivate-vs-rename/20261126T110000Z-7",
            command: "contend run deactivate-vs-rename.yaml --seed 7",
            scenario: "deactivate-vs-rename", scenarioFile: "deactivate-vs-rename.yaml", parameters: [],
            seed: 7, database: "sqlite", replicas: 3, clients: 4, sequential: false, started: header.started)
        var figures = RunFigures()
        figures.load.durationNanoseconds = 800_000_000
        figures.requestsPerSecond = 600
        figures.operationsPerSecond = 500
        let report = RunReport(identity, figures: figures, judgement: judgement)
        return RunMaterial(report: report, history: history)
    }

    /// A page with three findings.
    static func race(excerpt: String? = nil) throws -> String {
        let history = history(rounds: 6, excerpt: excerpt)
        let findings = [
            finding(1, history), finding(2, history, kind: .staleRead), finding(3, history, kind: .livelock),
        ]
        return HTMLReport(material(history, findings: findings)).text
    }
}
