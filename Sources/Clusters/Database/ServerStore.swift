// The folder of private database servers: templates of their data, the servers of running runs, what dead
// ones left.

import Core
import Foundation
import Glibc

/// How one kind of server makes the data that each run copies.
struct TemplateRecipe: Sendable {
    /// As people call the server.
    var name: String
    /// The server itself, which says its version.
    var program: String
    /// What makes data in a folder, for a superuser of this name.
    var command: @Sendable (_ folder: String, _ user: String) -> [String]
}

/// `/var/tmp/contend-UID`, which an unprivileged server can reach even when the user is root.
struct ServerStore: Sendable {
    let root: String
    let user: ServerUser

    var templates: String { root + "/templates" }
    var servers: String { root + "/servers" }

    /// Opens the folder, made if missing; somebody else's is refused.
    init(root: String? = nil, user: ServerUser) throws(ClusterError) {
        self.root = root ?? "/var/tmp/contend-\(geteuid())"
        self.user = user
        // Others may pass through root's folder, so that the unprivileged server reaches its own part of it.
        let mode: mode_t = user.isOther ? 0o711 : 0o700
        for path in [self.root, templates, servers] {
            if mkdir(path, mode) == 0 { chmod(path, mode) }
            var details = stat()
            guard lstat(path, &details) == 0, details.st_mode & S_IFMT == S_IFDIR, details.st_uid == geteuid()
            else {
                throw ClusterError(
                    .database,
                    "\(path) is not a folder of this user's: move it away (database servers' data goes there)"
                )
            }
        }
    }

    /// A folder that the server's user owns.
    func makeServerOwned(_ path: String) throws(ClusterError) {
        guard mkdir(path, 0o700) == 0, chown(path, user.uid, user.gid) == 0 else {
            throw ClusterError(.database, "\(path) could not be made: \(systemMessage(errno))")
        }
    }

    /// A file that the server's user owns.
    func writeServerOwned(_ text: String, to path: String) throws(ClusterError) {
        try RunContext.write(text, to: path)
        guard chown(path, user.uid, user.gid) == 0 else {
            throw ClusterError(.database, "\(path) could not be made: \(systemMessage(errno))")
        }
    }

    /// The folder of the template for this server version, made once per machine.
    ///
    /// Two runs that find none both make one; the first rename wins and the other's is thrown away, so that
    /// no lock can be left behind.
    func template(
        _ recipe: TemplateRecipe, _ context: RunContext, token: String
    ) async throws(ClusterError) -> String {
        let log = context.options.runDirectory + "/database/initdb.log"
        let version = try await version(of: recipe.program, context, token: token)
        let template = templates + "/" + version
        if access(template + "/" + Self.userFile, R_OK) == 0 { return template }
        context.onEvent(.starting("\(recipe.name)'s data template (once per machine)"))
        let temporary = servers + "/" + token + "/template"
        try makeServerOwned(temporary)
        let arguments = try user.command(recipe.command(temporary, "contend_\(token)"))
        try await context.runToEnd(
            arguments, name: "making \(recipe.name)'s data",
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"],
            directory: servers + "/" + token, log: log, within: .seconds(120), code: .database)
        // Written into the template itself, so that one rename publishes both.
        try RunContext.write("contend_\(token)\n", to: temporary + "/" + Self.userFile)
        if rename(temporary, template) != 0 {
            let code = errno
            guard access(template + "/" + Self.userFile, R_OK) == 0 else {
                throw ClusterError(.database, "\(template) could not be made: \(systemMessage(code))")
            }
        }
        return template
    }

    /// What tells templates apart: what the program says of its version, and the layout's own number.
    private func version(
        of program: String, _ context: RunContext, token: String
    ) async throws(ClusterError) -> String {
        let output = servers + "/" + token + "/version"
        try await context.runToEnd(
            [program, "--version"], name: "\(program) --version", environment: ["LC_ALL": "C"],
            directory: "/", log: output, within: .seconds(20), code: .database)
        guard let text = readSmallFile(output) else {
            throw ClusterError(.database, "\(program) --version said nothing")
        }
        let words = text.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == ".") })
        return "1-" + words.joined(separator: "-")
    }

    /// The superuser that a template was made with; its name is random, so that a server without passwords
    /// is no open door.
    func superuser(of template: String) throws(ClusterError) -> String {
        guard let name = readSmallFile(template + "/" + Self.userFile)?.split(separator: "\n").first else {
            throw ClusterError(.database, "\(template) is damaged: delete it, it is made again")
        }
        return String(name)
    }

    private static let userFile = "contend-user"

    /// Ends servers whose runs are gone and deletes what they left; a sentence for each.
    func sweep() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: servers)) ?? []
        return names.sorted().compactMap { name in
            let folder = servers + "/" + name
            guard let text = readSmallFile(folder + "/owner"), let owner = RunOwner(text),
                owner.isGone(onThisMachine: true)
            else { return nil }
            for file in Self.pidFiles { endServer(in: folder + "/data", file) }
            guard let problem = CleanUp.remove(path: folder).perform() else {
                return "removed \(folder), left by a run that was killed together with its supervisor"
            }
            return problem
        }
    }

    /// A server of this name leaves its number there; another one has its own custom.
    static let pidFile = "server.pid"
    private static let pidFiles = [pidFile, "postmaster.pid"]

    /// At once (QUIT), then KILL; only a process that really runs in that folder.
    private func endServer(in data: String, _ file: String) {
        guard let line = readSmallFile(data + "/" + file)?.split(separator: "\n").first,
            let pid = Int32(line)
        else { return }
        func isRunning() -> Bool {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")) == data
        }
        guard isRunning() else { return }
        kill(pid, Signal.quit)
        for _ in 0..<300 where isRunning() { usleep(10_000) }
        if isRunning() { kill(pid, Signal.kill) }
    }
}
