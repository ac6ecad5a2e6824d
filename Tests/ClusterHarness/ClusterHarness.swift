// Stands in for contend in tests: `supervise` is the supervisor, `run` is a run that somebody may kill at any
// moment.

import Clusters
import Foundation
import Glibc
import Scenarios

@main
struct ClusterHarness {
    static func main() async {
        let arguments = CommandLine.arguments
        switch arguments.dropFirst().first {
        case "supervise":
            exit(Supervisor.run())
        case "run" where arguments.count == 6:
            Supervisor.adoptOrphans()
            await run(
                directory: arguments[2], script: arguments[3], database: arguments[4],
                replicas: Int(arguments[5]) ?? 1)
        default:
            print("usage: cluster-harness supervise | run DIRECTORY SCRIPT sqlite|postgresql|URL REPLICAS")
            exit(64)
        }
    }

    /// Starts a cluster, says `ready`, and waits to be killed.
    private static func run(directory: String, script: String, database: String, replicas: Int) async {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let scenario = Scenario(
            name: "harness",
            target: Target(
                service: Service(
                    command: [
                        text("/usr/bin/env"), text("python3"), text(script), text("--daemon"), text("--port"),
                        Template(parts: [.placeholder("port")]), text(directory),
                    ], replicas: replicas,
                    ready: Readiness(path: text("/healthz"), status: StatusSet([200...200]))),
                database: declaration(database)),
            operations: [], load: Load(shape: .burst(rounds: 1, clients: 1), mix: []))
        let options = ClusterOptions(
            runDirectory: directory, supervisor: [program, "supervise", directory],
            environment: ProcessInfo.processInfo.environment)
        do throws(ClusterError) {
            let cluster = try await Cluster.start(scenario, options: options) { _ in }
            say("ready")
            try? await Task.sleep(for: .seconds(600))
            _ = await cluster.stop()
        } catch {
            say("failed: \(error.message)")
            exit(4)
        }
    }

    /// Unbuffered: whoever waits for it reads a pipe.
    private static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(1, bytes, bytes.count)
    }

    private static func declaration(_ database: String) -> DatabaseDeclaration {
        switch database {
        case "sqlite": .sqlite
        case "postgresql": .postgresql(settings: [:], url: nil)
        default: .postgresql(settings: [:], url: text(database))
        }
    }

    private static func text(_ text: String) -> Template { Template(parts: [.literal(text)]) }
}
