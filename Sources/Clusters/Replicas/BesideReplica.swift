// Commands that are raced as requests are: each runs beside a replica, with that replica's environment.

public import Core
import Foundation
import Glibc
import Scenarios

/// How a command ended.
public struct CommandEnd: Sendable {
    /// Its exit status, or 128 and the number of the signal that ended it.
    public var exit: Int
    /// `nil` where it was too long.
    public var output: [UInt8]?
    public var errors: [UInt8]
}

extension Cluster {
    /// A command that writes more is ended.
    private static let outputLimitBytes = 16 << 20

    /// What commands know, by replica.
    public nonisolated var commandValues: [[String: Value]] {
        endpoints.indices.map { ReplicaFiles.bindings(context, roster, $0).values }
    }

    /// What they must not tell.
    public nonisolated var commandSecrets: [String] { context.database.sensitive }

    /// Runs a command with the environment of a replica, in its folder.
    ///
    /// An error with the code `prepare` means that it was not started. Throws `CancellationError` once it has
    /// been ended because the task is cancelled.
    public nonisolated func run(_ words: [String], beside replica: Int) async throws -> CommandEnd {
        let key = context.supervisor.reserveKey()
        let run = context.options.runDirectory
        let files = ["out", "err"].map { "\(run)/command-\(key).\($0)" }
        defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
        let handle = try await start(words, beside: replica, key, output: files[0], errors: files[1])
        var isTooLong = false
        let end = try await context.end(of: handle) {
            isTooLong = files.contains { Self.length(of: $0) > Self.outputLimitBytes }
            return isTooLong
        }
        isTooLong = isTooLong || Self.length(of: files[0]) > Self.outputLimitBytes
        guard let exit = end?.exit ?? (isTooLong ? 0 : nil) else { throw CancellationError() }
        return CommandEnd(
            exit: exit, output: isTooLong ? nil : Self.bytes(of: files[0]), errors: Self.bytes(of: files[1]))
    }

    private nonisolated func start(
        _ words: [String], beside replica: Int, _ key: Int, output: String, errors: String
    ) async throws(ClusterError) -> SupervisorClient.Handle {
        guard !words.contains(where: { $0.utf8.contains(0) }) else {
            throw ClusterError(.prepare, "a word of the command holds a zero byte")
        }
        let bindings = ReplicaFiles.bindings(context, roster, replica)
        let service = roster.place(replica).member
        let isOwn = !service.command.isEmpty
        let process = SupervisedProcess(
            key: key, name: "command \(words.first ?? "")",
            arguments: try context.found(words, code: .prepare),
            environment: try context.environment(of: service, in: bindings, isForReplica: true),
            directory: isOwn ? ReplicaFiles.directory(context, replica) : context.options.runDirectory,
            output: output, errors: errors, tier: StartTier.service.rawValue,
            stop: [StopStep(signal: Signal.terminate, graceMilliseconds: 1_000)])
        do throws(ClusterError) {
            return try await context.supervisor.start(process)
        } catch {
            // Of a supervisor that is gone nobody knows what it has started.
            throw context.supervisor.isGone ? error : ClusterError(.prepare, error.message)
        }
    }

    private static func length(of file: String) -> Int {
        var details = stat()
        return stat(file, &details) == 0 ? Int(details.st_size) : 0
    }

    private static func bytes(of file: String) -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: file) else { return [] }
        defer { try? handle.close() }
        return (try? handle.read(upToCount: outputLimitBytes)).flatMap { $0 }.map(Array.init) ?? []
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
