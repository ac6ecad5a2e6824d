// Commands that are raced as requests are: each runs beside a replica, with that replica's environment.

public import Core
import Foundation
import Scenarios

extension Cluster {
    /// Longer outputs are cut.
    private static let outputLimitBytes = 16 << 20

    /// What commands know, by replica.
    public nonisolated var commandValues: [[String: Value]] {
        endpoints.indices.map { ReplicaFiles.bindings(context, endpoints, $0).values }
    }

    /// What they must not tell.
    public nonisolated var commandSecrets: [String] { context.database.sensitive }

    /// Runs a command with the environment of a replica, in its folder, and gives its exit status (128 and the
    /// signal's number where one ended it) and its output.
    ///
    /// Throws `CancellationError` once it has been ended because the task is cancelled.
    public nonisolated func run(
        _ words: [String], beside replica: Int
    ) async throws -> (exit: Int, output: [UInt8]) {
        let bindings = ReplicaFiles.bindings(context, endpoints, replica)
        let key = context.supervisor.reserveKey()
        let run = context.options.runDirectory
        let isOwn = !context.scenario.target.service.command.isEmpty
        let log = run + "/command-\(key).log"
        defer { try? FileManager.default.removeItem(atPath: log) }
        let handle = try await context.supervisor.start(
            SupervisedProcess(
                key: key, name: "command \(words.first ?? "")",
                arguments: try context.found(words, code: .prepare),
                environment: try context.environment(in: bindings, isForReplica: true),
                directory: isOwn ? ReplicaFiles.directory(context, replica) : run, output: log,
                tier: StartTier.service.rawValue,
                stop: [StopStep(signal: Signal.terminate, graceMilliseconds: 1_000)]))
        guard let end = try await context.end(of: handle, isOver: { false }) else {
            throw CancellationError()
        }
        let output = FileManager.default.contents(atPath: log) ?? Data()
        return (end.exit, Array(output.prefix(Self.outputLimitBytes)))
    }
}

extension ProcessEnd {
    /// As shells count.
    fileprivate var exit: Int {
        switch self {
        case .exited(let code): Int(code)
        case .signalled(let signal): 128 + Int(signal)
        }
    }
}
