// What a service declares of its replicas beside their command, and commands that run beside them.

import Core
import Foundation
import Histories
import Testing

@testable import Clusters
@testable import Scenarios

extension ReplicaProcessTests {
    /// A replica that finds the first one deaf ends before it is ready.
    @Test func replicasThatStartOneByOneFindTheFirstOneReady() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let scenario = place.scenario(replicas: 3) { service in
            let first = "[ ${replica.index} = 0 ] || exec 3<>/dev/tcp/127.0.0.1/${replica[0].port}"
            let server = "exec python3 \(place.script) --port ${port} \(place.directory)"
            service.command = ["bash", "-ec", template("\(first); \(server)")]
            service.start = .oneByOne
        }
        let cluster = try await Cluster.start(scenario, options: place.options()) { _ in }
        for endpoint in cluster.endpoints { #expect(await get(endpoint, "/healthz") == 200) }
        #expect(await cluster.stop().isEmpty)
    }

    @Test func furtherPortsAreKnownToAllReplicasAndScratchFoldersGo() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let scenario = place.scenario { service in
            service.ports = ["peer", "admin"]
            service.files = [
                FileTemplate(
                    path: template("${replica.scratch}/deep/a.conf"),
                    text: template("${replica.ports.peer} ${replica[0].ports.peer} ${replica[1].ports.admin}")
                )
            ]
        }
        let cluster = try await Cluster.start(scenario, options: place.options()) { _ in }
        let ports = cluster.endpoints.map(\.ports)
        #expect(Set(ports.flatMap(\.values) + cluster.endpoints.map(\.port)).count == 6)
        for endpoint in cluster.endpoints {
            let numbers = [endpoint.ports["peer"], ports[0]["peer"], ports[1]["admin"]].compactMap { $0 }
            #expect(
                place.text("replicas/\(endpoint.index)/scratch/deep/a.conf")
                    == numbers.map(String.init).joined(separator: " "))
        }
        #expect(await cluster.stop().isEmpty)
        for index in 0...1 {
            #expect(!FileManager.default.fileExists(atPath: place.directory + "/replicas/\(index)/scratch"))
            #expect(!place.text("replicas/\(index)/output.log").isEmpty)
        }
    }

    @Test func aCommandHasTheEnvironmentAndTheFolderOfItsReplica() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let scenario = place.scenario { service in
            service.environment = [
                EnvironmentVariable(name: "WHERE", value: template("${replica.index} ${port}"))
            ]
        }
        let cluster = try await Cluster.start(scenario, options: place.options()) { _ in }
        #expect(cluster.commandValues.map { $0["replica.index"] } == [0, 1])
        for endpoint in cluster.endpoints {
            let ended = try await cluster.run(
                ["sh", "-c", "echo $WHERE; pwd; echo warned >&2; exit 3"], beside: endpoint.index)
            #expect(ended.exit == 3)
            let folder = "\(place.directory)/replicas/\(endpoint.index)"
            #expect(
                String(decoding: ended.output ?? [], as: UTF8.self)
                    == "\(endpoint.index) \(endpoint.port)\n\(folder)\n")
        }
        #expect(
            try await cluster.run(["sh", "-c", "echo warned >&2"], beside: 0).errors == Array("warned\n".utf8)
        )
        #expect(try await cluster.run(["sh", "-c", "kill -9 $$"], beside: 0).exit == 137)
        #expect(try await cluster.run(["sh", "-c", "yes"], beside: 0).output == nil)
        for words in [["no-such-program"], ["sh", "a\u{0}b"]] {
            let error = await #expect(throws: ClusterError.self) { try await cluster.run(words, beside: 0) }
            #expect(error?.code == .prepare)
        }
        // One that is ended early takes what it has started with it.
        let endless = Task {
            try await cluster.run(["sh", "-c", "sleep 600 & touch begun; wait"], beside: 0)
        }
        #expect(
            await eventually { FileManager.default.fileExists(atPath: place.directory + "/replicas/0/begun") }
        )
        endless.cancel()
        await #expect(throws: CancellationError.self) { _ = try await endless.value }
        #expect(await cluster.stop().isEmpty)
        #expect(place.processes().isEmpty)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place.directory).allSatisfy {
                !$0.hasPrefix("command-")
            })
    }
}
