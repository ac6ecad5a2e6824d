// A fresh database on a server that already runs: made for one run, and dropped at its end, whoever ends it.

import Core
import Glibc
import Scenarios

extension RunContext {
    /// Makes the database; answers its name.
    ///
    /// Secrets are taken out of what is said of failures.
    func makeDatabase(
        _ kind: DatabaseKind, on server: String, hiding secrets: [String],
        sweep: @escaping @Sendable () throws(ClusterError) -> [String],
        make: @escaping @Sendable (_ name: String, _ owner: String) throws(ClusterError) -> Void
    ) async throws(ClusterError) -> String {
        guard let pid = supervisor.supervisorPid, let owner = RunOwner(pids: [pid, getpid()])
        else { throw SupervisorClient.lost }
        let name = "contend_" + PrivateServer.token()
        do throws(ClusterError) {
            for sentence in try await onOwnThread(sweep) { onEvent(.warning(sentence)) }
            // Registered before it exists, so that it is dropped even if contend is killed at this moment;
            // and not before the server has answered, so that there is something to drop it from.
            try await supervisor.register(.dropDatabase(kind, server: server, name: name))
            try await onOwnThread { () throws(ClusterError) in try make(name, owner.text) }
        } catch {
            throw ClusterError(error.code, Redactor(secrets).redact(error.message))
        }
        return name
    }

    /// Loopback; anything else only when the user allowed it.
    func requireLoopback(_ hosts: [String]) throws(ClusterError) {
        guard !options.allowRemote, !hosts.allSatisfy(Loopback.contains) else { return }
        throw ClusterError(
            .address,
            "the database server \(hosts.joined(separator: ", ")) is not on this machine: contend sends "
                + "load only to loopback unless --allow-remote is given")
    }

    /// Drops databases that a run of this machine made and can no longer drop, of `rows` with a name and an
    /// owner each; a sentence for each.
    static func sweep(
        _ rows: [[String?]], drop: (String) throws(ClusterError) -> Void
    ) throws(ClusterError) -> [String] {
        var sentences: [String] = []
        for row in rows {
            guard row.count == 2, let name = row[0], let owner = row[1].flatMap({ RunOwner($0) }),
                owner.isGone(onThisMachine: false)
            else { continue }
            try drop(name)
            sentences.append("dropped database \(name), left by a run that was killed")
        }
        return sentences
    }
}

/// Which hosts are this machine.
enum Loopback {
    static func contains(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
