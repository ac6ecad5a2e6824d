// A database server of the run's own, whichever it is: its folder, a copy of the data template, a free
// loopback port, and the wait until it serves.

import Core
import Glibc

/// What one private server has; its supervisor stops it, copies its log into the run directory and deletes
/// it.
struct PrivateServer: Sendable {
    let context: RunContext
    /// As people call it.
    let name: String
    let store: ServerStore
    /// Where its log is copied to, in the run directory.
    var evidence = "database"
    let token = PrivateServer.token()

    static let readinessLimit = Duration.seconds(60)
    /// Starts with another port when somebody else was faster.
    private static let attemptLimit = 5

    var folder: String { store.servers + "/" + token }
    var data: String { folder + "/data" }
    var logs: String { folder + "/log" }
    var output: String { logs + "/startup.log" }

    /// Makes the folder, with the data in it; answers the template that it is a copy of.
    func prepare(_ recipe: TemplateRecipe) async throws(ClusterError) -> String {
        for sentence in store.sweep() { context.onEvent(.warning(sentence)) }
        let evidence = context.options.runDirectory + "/" + evidence
        try RunContext.makeDirectory(evidence)
        // Before anything exists: whenever contend is killed, the supervisor knows what to delete.
        try await context.supervisor.register(.collect(from: logs, into: evidence))
        try await context.supervisor.register(.remove(path: folder))
        try store.makeServerOwned(folder)
        if let pid = context.supervisor.supervisorPid, let owner = RunOwner(pids: [pid, getpid()]) {
            try RunContext.write(owner.text, to: folder + "/owner")
        }
        try store.makeServerOwned(logs)
        let template = try await store.template(recipe, context, token: token)
        try store.makeServerOwned(data)
        try await context.runToEnd(
            ["/bin/cp", "-a", "--reflink=auto", template + "/.", data], name: "copying \(name)'s template",
            environment: [:], directory: "/", log: evidence + "/initdb.log", within: .seconds(60),
            code: .database)
        return template
    }

    /// Starts it at a free port, which `attempt` is given; the port and its first process.
    func startSomewhere(
        _ attempt: (_ port: Int, _ isLast: Bool) async throws(ClusterError) -> SupervisorClient.Handle?
    ) async throws(ClusterError) -> (port: Int, process: SupervisorClient.Handle) {
        for number in 1...Self.attemptLimit {
            let port = try context.ports.reserve(1)[0]
            if let process = try await attempt(port, number == Self.attemptLimit) { return (port, process) }
        }
        throw ClusterError(.database, "\(name) found no free port in \(Self.attemptLimit) tries")
    }

    /// Its first process, once `isReady` says so; `nil` when the port was taken meanwhile and another is to
    /// be tried.
    ///
    /// `isReady` is blocking, and `false` of a stranger's server on this port.
    func launch(
        _ arguments: [String], stop: [StopStep], log: [String], isLast: Bool,
        isReady: @escaping @Sendable () -> Bool
    ) async throws(ClusterError) -> SupervisorClient.Handle? {
        let handle = try await context.supervisor.start(
            SupervisedProcess(
                key: context.supervisor.reserveKey(), name: name, arguments: store.user.command(arguments),
                environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"],
                directory: data, output: output, tier: StartTier.database.rawValue, stop: stop))
        let deadline = monotonicMilliseconds() + Self.readinessLimit.milliseconds
        while true {
            if let end = context.supervisor.end(of: handle) {
                let lines = ([output] + log.map { logs + "/" + $0 }).flatMap(context.lastLines)
                if !isLast, lines.contains(where: { $0.contains("Address already in use") }) { return nil }
                // MariaDB says much before it says why it ends.
                let errors = lines.filter { $0.contains("[ERROR]") }
                let tail = (errors.isEmpty ? lines.suffix(LogTail.lineLimit) : errors[...])
                    .map { "    " + $0 }.joined(separator: "\n")
                throw ClusterError(.database, "\(name) \(end) before it was ready:\n\(tail)")
            }
            if try await onOwnThread(isReady) { return handle }
            if Task.isCancelled { throw ClusterError(.database, "interrupted while \(name) was starting") }
            guard monotonicMilliseconds() < deadline else {
                throw context.error(
                    .database, "\(name) was not ready within \(Self.readinessLimit)", log: output)
            }
            await rest(milliseconds: 10)
        }
    }

    /// Twelve letters and digits that no other run has.
    static func token() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<12).map { _ in letters.randomElement() ?? "x" })
    }
}
