// What a replica is that answered and has ended.

import Core
import Foundation
import Scenarios
import Testing

@testable import Clusters

extension ReplicaProcessTests {
    /// As one whose port another program took first: that one answers, and the replica ends.
    @Test func aReplicaThatEndsAfterItSeemedReadyIsAnError() async throws {
        let place = try Workplace()
        defer { place.remove() }
        let script = """
            import os, socket, sys, time
            port, directory, index = int(sys.argv[1]), sys.argv[2], sys.argv[3]
            ended = directory + "/ended"
            def has_ended():
                try:
                    pid = open(ended).read()
                except OSError:
                    return False
                try:
                    status = open(f"/proc/{pid}/stat").read()
                    return pid != "" and status.rsplit(")", 1)[1].split()[0] in "ZX"
                except OSError:
                    return True
            server = socket.socket()
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if index == "1":
                while not has_ended(): time.sleep(0.01)
            server.bind(("127.0.0.1", port))
            server.listen()
            while True:
                client, _ = server.accept()
                client.recv(4096)
                client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
                client.close()
                if index == "0":
                    while not os.path.exists(directory + "/seen"): time.sleep(0.01)
                    print("no port for me")
                    sys.stdout.flush()
                    with open(ended, "w") as file: file.write(str(os.getpid()))
                    os._exit(7)
            """
        try script.write(toFile: place.directory + "/once.py", atomically: true, encoding: .utf8)
        let scenario = place.scenario { service in
            service.command = [
                "python3", place.directory + "/once.py", "${port}", place.directory, "${replica.index}",
            ].map(template)
        }
        let error = await #expect(throws: ClusterError.self) {
            _ = try await Cluster.start(scenario, options: place.options()) { event in
                guard case .replicaReady(index: 0) = event else { return }
                _ = FileManager.default.createFile(atPath: place.directory + "/seen", contents: nil)
            }
        }
        #expect(error?.code == .replica)
        #expect(
            error?.message.hasPrefix("replica 0 exited with status 7 after it had seemed ready") == true,
            "\(String(describing: error))")
        #expect(error?.message.contains("no port for me") == true)
        #expect(place.processes().isEmpty)
    }
}
