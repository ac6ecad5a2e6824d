// A MariaDB of the tests' own: made once for the test process, stopped by pid when the process exits.
// CONTEND_TEST_MARIADB names another server to use instead.

import Foundation
import Glibc
import MariaClient
import Testing

/// The server, and a fresh database on it for each test.
final class MariaServer: Sendable {
    private static let shared = Task { try await MariaServer() }
    private static let directory = "/var/tmp/contend-image-tests-maria-\(getpid())"

    private let address: MariaAddress

    /// A database URL whose tables nobody else sees.
    static func freshURL() async throws -> String {
        let server = try await shared.value
        let name = "t" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
        try MariaConnection(server.address, name: "tests").run("CREATE DATABASE \(name)")
        return "mysql://\(server.address.user)@127.0.0.1:\(server.address.port)/\(name)"
    }

    private init() async throws {
        if let given = ProcessInfo.processInfo.environment["CONTEND_TEST_MARIADB"] {
            address = try #require(MariaAddress(given))
            return
        }
        let directory = Self.directory
        let port = try Self.freePort()
        let script = """
            set -e
            as=; if [ "$(id -u)" = 0 ]; then as="setpriv --reuid mysql --regid mysql --clear-groups"; fi
            mkdir -m 700 \(directory) \(directory)/tmp
            if [ -n "$as" ]; then chown mysql \(directory) \(directory)/tmp; fi
            cd \(directory)
            echo "CREATE USER tester@'%';" >init.sql
            echo "GRANT ALL ON *.* TO tester@'%';" >>init.sql
            chmod 644 init.sql
            $as mariadb-install-db --no-defaults --datadir=\(directory)/data --tmpdir=\(directory)/tmp \\
                --auth-root-authentication-method=normal --skip-test-db >init.log 2>&1
            $as mariadbd --no-defaults --datadir=\(directory)/data --pid-file=\(directory)/pid \\
                --port=\(port) --socket=\(directory)/socket --bind-address=127.0.0.1 --skip-name-resolve \\
                --init-file=\(directory)/init.sql --tmpdir=\(directory)/tmp --max-connections=400 \\
                --innodb-flush-log-at-trx-commit=0 >>init.log 2>&1 &
            """
        let shell = try ChildProcess(
            ["/bin/sh", "-c", script], environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            output: "\(directory).log")
        try #require(try await shell.wait() == 0, "MariaDB did not start; see \(directory).log")
        address = MariaAddress(host: "127.0.0.1", port: port, user: "tester", database: "")
        atexit { MariaServer.stop() }
        for _ in 0..<1_200 {
            if (try? MariaConnection(address, name: "tests")) != nil { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("MariaDB did not answer; see \(directory)/init.log")
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic -> Int? in
                guard bind(descriptor, generic, size) == 0, getsockname(descriptor, generic, &size) == 0
                else { return nil }
                return Int(UInt16(bigEndian: pointer.pointee.sin_port))
            }
        }
        return try #require(port)
    }

    /// Ends the server at once and removes its directory; runs at exit.
    private static func stop() {
        if let text = try? String(contentsOfFile: directory + "/pid", encoding: .utf8),
            let pid = text.split(separator: "\n").first.flatMap({ Int32($0) })
        {
            kill(pid, SIGKILL)
            for _ in 0..<500 where kill(pid, 0) == 0 { usleep(10_000) }
        }
        try? FileManager.default.removeItem(atPath: directory)
        unlink(directory + ".log")
    }
}
