// What runs with PostgreSQL need of the machine: server, client library, parser; for `contend doctor`.

import CLibpq
import Core
import Glibc

enum PostgresParts {
    static func all(_ options: ClusterOptions, isNeeded: Bool) -> [MachinePart] {
        let lack: MachinePart.State = isNeeded ? .missing : .limited
        return [server(options, lack), library(lack), parser]
    }

    private static func server(_ options: ClusterOptions, _ lack: MachinePart.State) -> MachinePart {
        let name = "PostgreSQL server"
        let programs: PostgresPrograms
        do throws(ClusterError) {
            programs = try PostgresPrograms.find(options)
            let user = try ServerUser.current()
            let words = try user.command([programs.postgres, "--version"])
            let said = output(of: words)
            guard said.status == 0 else {
                return MachinePart(
                    name, lack, "\(programs.postgres) does not run\(user.text): \(said.text)",
                    remedy: user.isOther ? "put it where that user may read it" : "install it again")
            }
            return MachinePart(name, .found, "\(said.text), \(programs.folder)\(user.text)")
        } catch {
            return MachinePart(
                name, lack, error.message,
                remedy: "apt-get install postgresql, a Python wheel with its programs, or "
                    + "--postgresql-binaries")
        }
    }

    private static func library(_ lack: MachinePart.State) -> MachinePart {
        guard contend_has_libpq() == 1 else {
            return MachinePart(
                "libpq", lack, "not installed: no run can use PostgreSQL", remedy: "apt-get install libpq5")
        }
        let version = Int(PQlibVersion())
        return MachinePart("libpq", .found, "\(version / 10_000).\(version % 10_000)")
    }

    private static var parser: MachinePart {
        let name = "libpg_query"
        if (try? PostgresParser.load()) != nil { return MachinePart(name, .found, "PostgreSQL's parser") }
        return MachinePart(
            name, .limited, "not installed: `contend explore` tries more orders than it must",
            remedy: "apt-get install libpg-query-dev")
    }

    /// What a short command says on both its streams, and its exit code.
    private static func output(of arguments: [String]) -> (text: String, status: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return (systemMessage(errno), -1) }
        let spawn = ProcessSpawn(
            arguments: arguments, environment: ["LC_ALL": "C"], directory: "/", output: .descriptor(ends[1]))
        let started = spawn.start()
        close(ends[1])
        defer { close(ends[0]) }
        guard case .success(let pid) = started else { return ("it cannot be started", -1) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while case let count = read(ends[0], &buffer, buffer.count), count > 0, bytes.count < 65_536 {
            bytes += buffer.prefix(count)
        }
        var status: Int32 = 0
        guard waitpid(pid, &status, 0) == pid else { return (systemMessage(errno), -1) }
        return (String(decoding: bytes, as: UTF8.self).split(separator: "\n").joined(separator: " "), status)
    }
}

extension ServerUser {
    /// ` as user postgres`; nothing where no change of user is needed.
    fileprivate var text: String {
        guard isOther else { return "" }
        return " as user " + (getpwuid(uid).map { String(cString: $0.pointee.pw_name) } ?? "\(uid)")
    }
}
