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
            print(
                "usage: cluster-harness supervise | run DIRECTORY SCRIPT sqlite|postgresql|mariadb|galera|URL REPLICAS"
            )
            exit(64)
        }
    }

    /// Starts a cluster, says `ready`, and waits to be killed.
    private static func run(directory: String, script: String, database: String, replicas: Int) async {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        guard let scenario = try? scenario(directory, script, database, replicas) else {
            say("failed: the harness has no valid scenario")
            exit(4)
        }
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

    /// The script is the service; what a run would send to it does not matter here.
    private static func scenario(
        _ directory: String, _ script: String, _ database: String, _ replicas: Int
    ) throws -> Scenario {
        let declaration =
            switch database {
            case "sqlite", "postgresql", "mariadb", "galera": "{ \(database): {} }"
            default:
                "{ \(database.hasPrefix("mysql") ? "mariadb" : "postgresql"): { url: \"\(database)\" } }"
            }
        let text = """
            version: 1
            name: harness
            target:
              service:
                command: [/usr/bin/env, python3, "\(script)", --daemon, --port, "${{ port }}", "\(directory)"]
                replicas: \(replicas)
                ready: { http: GET /healthz, status: 200 }
              database: \(declaration)
            operations:
              show: { http: GET /healthz, effect: none }
            load:
              burst: { rounds: 1, clients: 1 }
              each-round: { mix: { show: 1 } }
            """
        return try ScenarioFile(text: text, path: "harness.yaml") { _ in "" }.resolve(environment: [:])
    }
}
