// A whole run in one call: scenario and servers in, the recorded history out.

import Glibc
import Histories
import NIOCore
import Traffic

@testable import Scenarios

/// What a run left behind.
struct TrafficRun {
    var history: History
    var summary: TrafficSummary
    /// The text of the history file, to look for what must not stand in it.
    var text: String

    func operations(_ name: String, phase: Phase = .load) -> [OperationRecord] {
        history.operations.filter { $0.name == name && $0.phase == phase }
    }
}

/// A recorder in a directory of its own, removed at the end.
final class RecordingFolder {
    let path: String
    let recorder: HistoryRecorder

    init(clients: Int = 4, replicas: Int = 1) throws {
        var template = Array("/tmp/contend-traffic-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw RecordingFolderError() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        recorder = try HistoryRecorder(
            directory: path + "/recording",
            header: HistoryHeader(
                scenario: "test", seed: 1, replicas: replicas, clients: clients,
                started: "2026-01-01T00:00:00Z"))
    }

    /// Merges what was recorded and reads it back.
    func history() throws -> (History, String) {
        let file = path + "/history.jsonl"
        try HistoryRecorder.merge(directory: path + "/recording", into: file)
        guard let handle = fopen(file, "r") else { throw RecordingFolderError() }
        defer { fclose(handle) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, handle)
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return (try HistoryReader.read(file), String(decoding: bytes, as: UTF8.self))
    }

    deinit {
        for name in [
            "/recording/history.header", "/recording/loop-0.segment", "/recording/loop-1.segment",
            "/history.jsonl",
        ] {
            unlink(path + name)
        }
        rmdir(path + "/recording")
        rmdir(path)
    }
}

struct RecordingFolderError: Error {}

let origin = NIODeadline.now()

@Sendable func testNow() -> Int64 { (NIODeadline.now() - origin).nanoseconds }

/// Runs setup, load and final reads of a scenario against servers, or against other addresses in their place.
func run(
    _ scenario: Scenario, against servers: [TestServer], at addresses: [Address]? = nil, seed: UInt64 = 7,
    sequential: Bool = false,
    secrets: [String: String] = [:], bodyLimitBytes: Int = 1 << 20,
    answersLimitBytes: Int = 512 << 20, commands: CommandService? = nil,
    _ body: (LoadGenerator) async throws -> Void = { traffic in
        try await traffic.setUp()
        try await traffic.run()
        try await traffic.readFinally()
    },
    clock: TrafficClock = TrafficClock(now: testNow)
) async throws -> TrafficRun {
    let replicas = addresses ?? servers.map(\.address)
    let folder = try RecordingFolder(clients: scenario.load.clients, replicas: replicas.count)
    let traffic = try LoadGenerator(
        scenario, replicas: replicas, recorder: folder.recorder,
        options: TrafficOptions(
            seed: seed, sequential: sequential, secrets: secrets, bodyLimitBytes: bodyLimitBytes,
            answersLimitBytes: answersLimitBytes, commands: commands),
        clock: clock)
    do {
        try await body(traffic)
    } catch {
        _ = await traffic.finish()
        throw error
    }
    let summary = await traffic.finish()
    for server in servers { await server.stop() }
    let (history, text) = try folder.history()
    return TrafficRun(history: history, summary: summary, text: text)
}

extension LoadGenerator {
    /// Runs the load until something has happened, then cancels it.
    func runUntil(_ happened: EventLoopFuture<Void>) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.run() }
            try await happened.get()
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

// MARK: Scenarios in few words

/// `"/a/${{ b }}"` as a template.
func template(_ text: String) -> Template {
    var parts: [Template.Part] = []
    var rest = Substring(text)
    while let start = rest.firstRange(of: "${{ "), let end = rest.firstRange(of: " }}") {
        if start.lowerBound > rest.startIndex { parts.append(.literal(String(rest[..<start.lowerBound]))) }
        parts.append(.placeholder(Placeholder(String(rest[start.upperBound..<end.lowerBound]))))
        rest = rest[end.upperBound...]
    }
    if !rest.isEmpty { parts.append(.literal(String(rest))) }
    return Template(parts: parts)
}

func request(
    _ method: String, _ target: String, headers: [(String, String)] = [], body: RequestTemplate.Body? = nil,
    timeout: Duration = .seconds(10)
) -> RequestTemplate {
    RequestTemplate(
        method: method, target: template(target),
        headers: headers.map { HeaderTemplate(name: $0.0, value: template($0.1)) }, body: body,
        timeout: timeout)
}

func operation(
    _ name: String, _ request: RequestTemplate, captures: [Capture] = [], isRead: Bool = false,
    vary: [NamedVariation] = [], needs: Need? = nil, retry: Retry? = nil, idempotent: Bool = false
) -> OperationDeclaration {
    OperationDeclaration(
        name: name,
        steps: [
            Step(name: name, request: request, captures: captures, retry: retry, idempotent: idempotent)
        ], isRead: isRead, vary: vary, needs: needs)
}

func capture(_ name: String, _ members: String...) -> Capture {
    Capture(name: name, source: .json(JSONPath(segments: members.map(JSONPath.Segment.member))))
}

func status(_ statuses: Int...) -> AnswerPattern {
    AnswerPattern([.status(StatusSet(statuses.map { $0...$0 }))])
}

func scenario(
    _ operations: [OperationDeclaration], load: Load, setup: [SetupRequest] = [], models: [Model] = [],
    invariants: [Invariant] = [], defaults: RequestDefaults = RequestDefaults(), sensitive: [String] = []
) -> Scenario {
    Scenario(
        name: "test", target: Target(service: Service()), defaults: defaults, setup: setup,
        operations: operations, models: models, invariants: invariants, load: load,
        sensitiveValues: sensitive)
}

/// Exactly one operation by one client.
func single(_ operation: OperationDeclaration) -> Scenario {
    scenario(
        [operation],
        load: Load(
            shape: .burst(rounds: 1, clients: 1), mix: [MixEntry(operation: operation.name, weight: 1)]))
}
