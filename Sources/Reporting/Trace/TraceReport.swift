// A run on one time line, for Perfetto: clients with their requests, connections with their statements, waits
// for locks, faults and findings, in the JSON form of Chrome's traces.

import Checking
import Core
import Histories
import RunStore

/// `trace.json` of a run.
public struct TraceReport {
    /// Operations that are shown; of a longer run the first ones.
    static let operationLimit = 100_000

    let material: RunMaterial
    private let operations: ArraySlice<OperationRecord>
    /// Of the last operation that is shown; what came later is left out.
    private let latest: Int64
    /// Where slices without an end are cut.
    private let end: Int64

    public init(_ material: RunMaterial) {
        self.init(material, operationLimit: Self.operationLimit)
    }

    init(_ material: RunMaterial, operationLimit: Int) {
        self.material = material
        let all = material.history?.operations ?? []
        operations = all.prefix(operationLimit)
        latest = operations.count == all.count ? .max : operations.last?.invoked ?? 0
        let moments =
            operations.map { $0.returned ?? $0.invoked }
            + operations.flatMap { $0.requests.map { $0.received ?? $0.sent } }
            + (material.history?.statements ?? []).map { $0.answered ?? $0.sent }.filter { [latest] in
                $0 <= latest
            }
        end = moments.max() ?? 0
    }

    public var text: String { JSON.text(document) + "\n" }

    var document: Value {
        var tracks = TraceTracks()
        let requests = addClients(&tracks)
        addStatements(&tracks, requests)
        addDatabase(&tracks)
        addFaults(&tracks)
        let left = (material.history?.operations.count ?? 0) - operations.count
        var about: [String: Value] = [
            "contend": .string("run \(material.report.identity.run)"),
            "verdict": .string(material.report.judgement.verdict.rawValue),
            "notices": .array(material.notices.map { .string($0) }),
        ]
        if left > 0 { about["left_out"] = .string("the last \(Figures.grouped(left, "operation"))") }
        return .object([
            "displayTimeUnit": "ns", "otherData": .object(about), "traceEvents": .array(tracks.events),
        ])
    }

    // MARK: - Parts

    private static let clients = "clients"
    private static let database = "database"
    private static let faults = "faults and troubles"

    private struct RequestPlace {
        var sent: Int64
        var until: Int64
        var replica: Int
        var track: TraceTracks.Place
    }

    /// Where the requests of each operation are.
    private func addClients(_ tracks: inout TraceTracks) -> [Int: [RequestPlace]] {
        var examples: [Int: [Int]] = [:]
        for finding in material.report.judgement.findings {
            for operation in finding.example { examples[operation.id, default: []].append(finding.number) }
        }
        var places: [Int: [RequestPlace]] = [:]
        for operation in operations {
            let until = max(
                operation.returned ?? end, operation.requests.compactMap(\.received).max() ?? 0)
            let findings = examples[operation.id] ?? []
            var facts: [String: Value] = [
                "operation": .int(operation.id), "outcome": .string(operation.outcome.rawValue),
                "phase": .string(operation.phase.rawValue),
                "values": .object(Dictionary(operation.values.map { ($0.key, $0.value) }) { $1 }),
                "captures": .object(Dictionary(operation.captures.map { ($0.key, $0.value) }) { $1 }),
            ]
            facts["round"] = operation.round.map { .int($0) }
            if operation.returned == nil { facts["end"] = "not known" }
            if !findings.isEmpty { facts["findings"] = .array(findings.map { .int($0) }) }
            let mark = findings.map { " #\($0)" }.joined()
            let place = tracks.place(
                process: Self.clients, thread: "client \(operation.client)", order: operation.client,
                from: operation.invoked, to: until)
            tracks.slice(operation.name + mark, place, from: operation.invoked, to: until, facts)
            for (request, next) in zip(
                operation.requests, operation.requests.dropFirst().map(\.sent) + [until])
            {
                let received = request.received ?? max(next, request.sent)
                var facts: [String: Value] = [
                    "replica": .int(request.replica), "answer": .string(request.answer),
                    "outcome": .string(request.outcome.rawValue),
                ]
                if request.received == nil { facts["end"] = "not known" }
                tracks.slice(
                    "\(request.method) \(request.target)", place, from: request.sent, to: received, facts)
                places[operation.id, default: []].append(
                    RequestPlace(sent: request.sent, until: received, replica: request.replica, track: place))
            }
        }
        return places
    }

    /// Each connection is a thread of its replica.
    ///
    /// An arrow leads from the request that sent a statement, where a finding says so for certain.
    private func addStatements(_ tracks: inout TraceTracks, _ requests: [Int: [RequestPlace]]) {
        let statements = (material.history?.statements ?? []).filter { $0.sent <= latest }
        var owners: [StatementRecord: Int] = [:]
        for var statement in material.report.judgement.findings.flatMap(\.statements) {
            guard let owner = statement.operation else { continue }
            statement.operation = nil
            owners[statement] = owner
        }
        for statement in statements.sorted(by: { ($0.sent, $0.backend) < ($1.sent, $1.backend) }) {
            let until = statement.answered ?? end
            let owner = statement.operation ?? owners[statement]
            var facts: [String: Value] = ["statement": .string(statement.statement)]
            facts["operation"] = owner.map { .int($0) }
            facts["rows"] = statement.rows.map { .int($0) }
            facts["error"] = statement.code.map { .string($0) }
            if statement.answered == nil { facts["end"] = "not known" }
            let place = tracks.place(
                process: "replica \(statement.replica)", thread: "connection \(statement.backend)",
                order: statement.backend, from: statement.sent, to: until)
            let name = TextStyle.cut(plainStatement(statement.statement), to: 80)
            tracks.slice(name, place, from: statement.sent, to: until, facts)
            let sender = owner.flatMap { requests[$0] }?.last {
                $0.replica == statement.replica && $0.sent <= statement.sent && statement.sent <= $0.until
            }
            if let sender { tracks.arrow(from: sender.track, to: place, at: statement.sent) }
        }
    }

    private func addDatabase(_ tracks: inout TraceTracks) {
        for wait in material.observations.waits where wait.time <= latest {
            let place = tracks.place(
                process: Self.database, thread: "lock waits of connection \(wait.waiter.backend)",
                order: wait.waiter.backend, from: wait.time, to: wait.end)
            tracks.slice(
                "waits for \(wait.lock)", place, from: wait.time, to: wait.end,
                [
                    "statement": .string(wait.waiter.statement),
                    "holders": .array(wait.holders.map { .int($0.backend) }),
                ])
        }
        for error in material.observations.errors where error.time <= latest {
            let place = tracks.place(
                process: Self.database, thread: "errors", order: -1, from: error.time, to: error.time)
            tracks.moment(
                error.reason.map { $0 == .deadlock ? "deadlock" : "serialization failure" }
                    ?? "error \(error.code)",
                place, at: error.time, ["connection": .int(error.backend), "code": .string(error.code)])
        }
    }

    private func addFaults(_ tracks: inout TraceTracks) {
        for fault in material.history?.faults ?? [] where fault.start <= latest {
            let until = max(fault.end ?? end, fault.start)
            let place = tracks.place(
                process: Self.faults, thread: fault.target.text, order: fault.target.replica ?? 0,
                from: fault.start,
                to: until)
            tracks.slice(
                "\(fault.kind.rawValue) \(fault.target.text)", place, from: fault.start, to: until,
                fault.end == nil ? ["end": "not healed"] : [:])
        }
        for trouble in material.history?.troubles ?? [] where trouble.time <= latest {
            let place = tracks.place(
                process: Self.faults, thread: "troubles", order: -1, from: trouble.time, to: trouble.time)
            tracks.moment(
                trouble.kind.rawValue, place, at: trouble.time, ["message": .string(trouble.message)])
        }
    }
}
