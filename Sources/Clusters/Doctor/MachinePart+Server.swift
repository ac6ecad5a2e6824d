// A database server's program as a part of the machine: found, and able to run as the user that would run it.

import Core
import Glibc

extension MachinePart {
    /// Asks the program for its version; `lack` is what its absence means.
    static func server(
        _ name: String, _ lack: State, remedy: String,
        find: () throws(ClusterError) -> (program: String, user: ServerUser)
    ) -> MachinePart {
        do throws(ClusterError) {
            let (program, user) = try find()
            let said = output(of: try user.command([program, "--version"]))
            guard said.status == 0 else {
                return MachinePart(
                    name, lack, "\(program) does not run\(user.text): \(said.text)",
                    remedy: user.isOther ? "put it where that user may read it" : "install it again")
            }
            let folder = program[..<(program.lastIndex(of: "/") ?? program.startIndex)]
            return MachinePart(name, .found, "\(said.text), \(folder)\(user.text)")
        } catch {
            return MachinePart(name, lack, error.message, remedy: remedy)
        }
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
    /// ` as user NAME`; nothing where no change of user is needed.
    fileprivate var text: String {
        guard isOther else { return "" }
        return " as user " + (getpwuid(uid).map { String(cString: $0.pointee.pw_name) } ?? "\(uid)")
    }
}
