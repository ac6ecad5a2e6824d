// A PostgreSQL of the tests' own: made once for the test process, stopped by pid when the process exits.
// CONTEND_TEST_POSTGRES names another server to use instead.

import Foundation
import Glibc
import Testing

@testable import ImageService

/// The server, and a fresh schema in it for each test.
final class PostgresServer: Sendable {
    private static let shared = Task { try await PostgresServer() }

    private let url: String

    /// A database URL whose tables nobody else sees.
    static func freshURL() async throws -> String {
        let server = try await shared.value
        let schema = "t" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
        try PostgresConnection(url: server.url).run("CREATE SCHEMA \(schema)")
        return server.url + "?options=-csearch_path%3D\(schema)"
    }

    private init() async throws {
        if let given = ProcessInfo.processInfo.environment["CONTEND_TEST_POSTGRES"] {
            url = given
            return
        }
        let directory = "/var/tmp/contend-image-tests-\(getpid())"
        let port = try Self.freePort()
        let script = """
            set -e
            bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
            as=; if [ "$(id -u)" = 0 ]; then as="setpriv --reuid postgres --regid postgres --clear-groups"; fi
            mkdir -m 700 \(directory); if [ -n "$as" ]; then chown postgres \(directory); fi
            cd \(directory)
            $as $bin/initdb -D data -U tester -A trust --no-sync >init.log 2>&1
            $as $bin/pg_ctl -D data -l server.log -w -t 60 start >>init.log 2>&1 \\
                -o "-p \(port) -k \(directory) -c listen_addresses=127.0.0.1 \\
                    -c fsync=off -c max_connections=400"
            """
        let shell = try ChildProcess(
            ["/bin/sh", "-c", script], environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            output: "\(directory).log")
        try #require(try await shell.wait() == 0, "PostgreSQL did not start; see \(directory).log")
        url = "postgresql://tester@127.0.0.1:\(port)/postgres"
        atexit { PostgresServer.stop() }
    }

    /// Ends the postmaster at once and removes its directory.
    ///
    /// Runs at exit, so it names the directory anew.
    private static func stop() {
        let directory = "/var/tmp/contend-image-tests-\(getpid())"
        let file = directory + "/data/postmaster.pid"
        if let pid = (try? String(contentsOfFile: file, encoding: .utf8))?.split(separator: "\n").first
            .flatMap({
                Int32($0)
            })
        {
            kill(pid, SIGQUIT)
            for _ in 0..<500 where kill(pid, 0) == 0 { usleep(10_000) }
        }
        try? FileManager.default.removeItem(atPath: directory)
        unlink(directory + ".log")
    }

    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 ? getsockname(descriptor, generic, &length) : -1
            }
        }
        try #require(result == 0)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
