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
        return server.url + (server.url.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(schema)"
    }

    private init() async throws {
        if let given = ProcessInfo.processInfo.environment["CONTEND_TEST_POSTGRES"] {
            url = given
            return
        }
        let directory = "/var/tmp/contend-image-tests-\(getpid())"
        let script = """
            set -e
            bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
            as=; if [ "$(id -u)" = 0 ]; then as="setpriv --reuid postgres --regid postgres --clear-groups"; fi
            mkdir -m 700 \(directory); if [ -n "$as" ]; then chown postgres \(directory); fi
            cd \(directory)
            $as $bin/initdb -D data -U tester -A trust --no-sync >init.log 2>&1
            $as $bin/pg_ctl -D data -l server.log -w -t 60 start >>init.log 2>&1 \\
                -o "-k \(directory) -c listen_addresses= \\
                    -c fsync=off -c max_connections=400"
            """
        let shell = try ChildProcess(
            ["/bin/sh", "-c", script], environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            output: "\(directory).log")
        try #require(try await shell.wait() == 0, "PostgreSQL did not start; see \(directory).log")
        // Over a socket of its own, so that no port can be taken by somebody else meanwhile.
        url = "postgresql:///postgres?host=\(directory)&user=tester"
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
}
