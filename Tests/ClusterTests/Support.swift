// What the tests of real processes share: run directories, a replica in Python, and a look at what is left.

import Core
import Foundation
import Glibc
import Histories
import TestSupport
import Testing

@testable import Clusters
@testable import Scenarios
@testable import Transport

/// One run directory, and everything that still has to do with it.
struct Workplace {
    let directory: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/cluster-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try replicaScript.write(toFile: script, atomically: true, encoding: .utf8)
    }

    var script: String { directory + "/replica.py" }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    /// Processes whose command line names the directory; the supervisor's does.
    func processes() -> [Int32] {
        Self.processes { $0.contains(directory) }
    }

    static func processes(_ isWanted: (String) -> Bool) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { pid in
            guard pid != getpid(), let line = commandLine(of: pid) else { return false }
            return isWanted(line)
        }
    }

    /// Of a living process; in the middle of an exec it is empty for a moment, for the kernel's own always.
    private static func commandLine(of pid: Int32) -> String? {
        for _ in 0..<100 {
            guard let entry = ProcessTable.entry(of: pid), !entry.isDead, entry.parent != 2
            else { return nil }
            if let line = readSmallFile("/proc/\(pid)/cmdline"), !line.isEmpty { return line }
            sched_yield()
        }
        return nil
    }

    func text(_ path: String) -> String {
        (try? String(contentsOfFile: directory + "/" + path, encoding: .utf8)) ?? ""
    }

    /// What a monitor of one replica needs, recording in a file of this directory.
    func monitorTarget(recordingIn name: String) -> MonitorTarget {
        MonitorTarget(
            runDirectory: directory, replicas: 1, groups: { [:] },
            file: MonitorFile(directory + "/" + name, redactor: Redactor([])), now: { 7 }, warn: { _ in },
            lost: {})
    }

    /// What a server needs that is started without replicas.
    func surroundings() async throws -> (supervisor: SupervisorClient, context: RunContext) {
        let options = options()
        let client = try await SupervisorClient.launch(
            options.supervisor, environment: [:], log: directory + "/supervisor.log", onEnd: { _, _ in })
        return (client, try RunContext(scenario: scenario(), options: options, supervisor: client) { _ in })
    }

    func options(environment: [String: String] = [:], allowRemote: Bool = false) -> ClusterOptions {
        ClusterOptions(
            runDirectory: directory, supervisor: [harness, "supervise", directory],
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            allowRemote: allowRemote)
    }

    /// The Python replica with these arguments more.
    func scenario(
        arguments: [String] = [], replicas: Int = 2, database: DatabaseDeclaration = .none,
        prepare: [[String]] = [], change: (inout Service) -> Void = { _ in }
    ) -> Scenario {
        let words = ["python3", script, "--port", "${port}", directory] + arguments
        var service = Service(
            command: words.map(template), replicas: replicas,
            ready: Readiness(
                path: template("/healthz"), status: StatusSet([200...200]), within: Patience.limit),
            stop: StopDeclaration(grace: .seconds(2)))
        change(&service)
        var target = Target(services: [service], database: database)
        target.prepare = prepare.map { $0.map(template) }
        return Scenario(
            name: "test", file: directory + "/scenario.yaml",
            target: target, operations: [], load: Load(shape: .burst(rounds: 1, clients: 1), mix: []))
    }
}

/// Literal text in which `${name}` is a placeholder.
func template(_ text: String) -> Template {
    var parts: [Template.Part] = []
    var rest = text[...]
    while let open = rest.range(of: "${"), let close = rest[open.upperBound...].firstIndex(of: "}") {
        if open.lowerBound > rest.startIndex { parts.append(.literal(String(rest[..<open.lowerBound]))) }
        parts.append(.placeholder(Placeholder(String(rest[open.upperBound..<close]))))
        rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty || parts.isEmpty { parts.append(.literal(String(rest))) }
    return Template(parts: parts)
}

/// The executable that stands in for contend, built beside the test bundle.
let harness: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: own).deletingLastPathComponent().path + "/cluster-harness"
}()

/// Waits for a condition; the limit is there only so that a broken test ends.
func eventually(
    _ limit: Duration = Patience.limit, _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        await rest(milliseconds: 10)
    }
    return try await condition()
}

/// Everything that a cluster told.
final class EventLog: Sendable {
    private let events = Locked([ClusterEvent]())

    func append(_ event: ClusterEvent) { events.withLock { $0.append(event) } }
    /// Copied under the lock: when shared storage is given back, the thread sanitizer does not see it.
    var all: [ClusterEvent] { events.withLock { $0.map(\.self) } }

    var faults: [FaultRecord] { all.compactMap { if case .fault(let record) = $0 { record } else { nil } } }
    var deaths: [(index: Int, description: String, lines: [String])] {
        all.compactMap {
            if case .replicaDied(let index, let text, let lines) = $0 { (index, text, lines) } else { nil }
        }
    }
    var troubles: [ClusterTrouble] {
        all.compactMap { if case .trouble(let trouble) = $0 { trouble } else { nil } }
    }
    var starting: [String] { all.compactMap { if case .starting(let text) = $0 { text } else { nil } } }
}

/// Sends one request to a replica, `nil` when no answer came.
func get(_ endpoint: ReplicaEndpoint, _ path: String) async -> Int? {
    let status = try? await SingleRequest.status(
        of: ("GET", path), at: endpoint.address, withinMilliseconds: 1_000)
    return status ?? nil
}

private let replicaScript = """
    import argparse, os, signal, sys, time
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--daemon", action="store_true")
    parser.add_argument("--stubborn", action="store_true")
    parser.add_argument("--fail", action="store_true")
    parser.add_argument("marker")
    options = parser.parse_args()
    print("replica starts in", os.getcwd(), "SECRET is", os.environ.get("TOKEN", "unset"), flush=True)
    if options.fail:
        print("cannot read configuration", file=sys.stderr, flush=True)
        sys.exit(3)
    if options.stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if options.daemon and os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True: time.sleep(1)
        os._exit(0)
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/die":
                print("dying as asked", flush=True)
                os._exit(7)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
        def log_message(self, *arguments): pass
    ThreadingHTTPServer(("127.0.0.1", options.port), Handler).serve_forever()
    """
