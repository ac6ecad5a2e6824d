// The built program as a child of the tests, ended by pid whatever happens.

import Foundation
import Glibc
import Testing

@testable import ImageService

/// One running `image-service`.
final class ReplicaProcess {
    /// How to reach it, once it is ready.
    private(set) var client = SocketClient(port: 0)
    private let child: ChildProcess
    private let logPath: String
    private var status: Int32?

    init(_ guardName: GuardName, _ databaseURL: String, _ flags: [String] = []) throws {
        logPath =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("contend-replica-\(UUID().uuidString).log").path
        child = try ChildProcess(
            [try Self.program(), "--port", "0", "--guard", guardName.rawValue] + flags,
            environment: ["DATABASE_URL=\(databaseURL)"], output: logPath)
    }

    /// Waits until the replica answers at the port that its log names, or has ended.
    func ready() async throws {
        while true {
            let log = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
            if let line = log.firstMatch(of: #/listens on .*:(\d+)\n/#), let port = Int(line.1) {
                client = SocketClient(port: port)
            }
            let reply = client.port > 0 ? try? await client.send("GET", "/healthcheck") : nil
            if reply?.status == 200 { return }
            status = child.endedStatus()
            if status != nil { throw SocketClient.Unreachable() }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Asks it to stop; answers its wait status and what it logged.
    func stop() async throws -> (status: Int32, log: String) {
        kill(child.pid, SIGTERM)
        let ended = try await child.wait()
        status = ended
        return (ended, try String(contentsOfFile: logPath, encoding: .utf8))
    }

    deinit {
        if status == nil { kill(child.pid, SIGKILL) }
        unlink(logPath)
    }

    /// The program lies beside the test bundle; `swift build --build-tests` makes both.
    private static func program() throws -> String {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        let places = [beside, Bundle.main.bundlePath, ".build/debug", ".build/release"]
        let found = places.map { $0 + "/image-service" }.first { access($0, X_OK) == 0 }
        return try #require(found, "image-service is not built; run swift build first")
    }
}
