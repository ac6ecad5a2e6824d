// `events.log`: what a run told, one JSON object a line, written as it happens so that it survives.

import Checking
import Clusters
import Core
import Histories
import Reporting
import RunStore
import Scenarios

/// Appends events to a file; a disk that is full is remembered, and never ends a run.
final class EventLog: Sendable {
    private let file: AppendedFile
    private let clock: RunClock

    init(file: String, clock: RunClock) {
        self.file = AppendedFile(file)
        self.clock = clock
    }

    /// Why something is missing in it, if something is.
    var failureReason: String? { file.failureReason }

    /// The event is redacted already.
    func append(_ event: RunEvent) {
        guard var members = Self.members(of: event) else { return }
        members["at_nanoseconds"] = .int(Int(clock.now()))
        file.append(JSON.text(.object(members)) + "\n")
    }

    /// Progress is for eyes only.
    private static func members(of event: RunEvent) -> [String: Value]? {
        switch event {
        case .seed(let seed, _): ["event": "seed", "seed": .string(String(seed))]
        case .cluster(let event): members(of: event)
        case .phase(let phase): ["event": "phase", "phase": .string(phase.rawValue)]
        case .progress: nil
        case .finished(let result):
            ["event": "finished", "verdict": .string(result.report.judgement.verdict.rawValue)]
        case .kept: ["event": "kept"]
        case .page: ["event": "page"]
        case .warning(let warning): ["event": "warning", "text": .string(warning)]
        }
    }

    private static func members(of event: ClusterEvent) -> [String: Value]? {
        switch event {
        case .starting(let what): ["event": "starting", "text": .string(what)]
        case .replicaReady(let index): ["event": "replica-ready", "replica": .int(index)]
        case .replicaDied(let index, let description, let lines):
            [
                "event": "replica-died", "replica": .int(index), "text": .string(description),
                "last_lines": .array(lines.map { .string($0) }),
            ]
        case .fault(let fault): fault.members
        case .trouble(let trouble):
            ["event": "trouble", "kind": .string(trouble.kind.rawValue), "text": .string(trouble.text)]
        case .running: nil
        case .toldToEnd: ["event": "told-to-end"]
        case .warning(let warning): ["event": "warning", "text": .string(warning)]
        }
    }
}

extension EventLog {
    /// The replicas that died from setup until judging, as the log of a run tells it whose history does not
    /// hold them, because its contend was older.
    static func deaths(in text: String) -> [Trouble] {
        var deaths: [Trouble] = []
        var isLoading = false
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            // A torn last line tells nothing.
            guard let value = try? JSON.parse(line), case .object(let members) = value else { continue }
            switch members["event"]?.text {
            case "phase":
                switch members["phase"]?.text.flatMap(RunPhase.init) {
                case .setup, .load, .finalReads: isLoading = true
                case .starting, .once, .databaseLog, .judging, .stopping, nil: isLoading = false
                }
            case "replica-died":
                guard isLoading, case .int(let replica)? = members["replica"] else { continue }
                var time: Int64 = 0
                if case .int(let stamp)? = members["at_nanoseconds"] { time = Int64(stamp) }
                deaths.append(
                    Trouble(
                        .replicaDied, time: time, replica: replica,
                        message: members["text"]?.text ?? "ended",
                        log: members["last_lines"]?.elements?.compactMap(\.text) ?? []))
            default: continue
            }
        }
        return deaths
    }
}
