// The unprivileged user that runs a database server where contend is root.

import Glibc

/// Servers refuse to run as root.
struct ServerUser: Sendable, Hashable {
    var uid: UInt32
    var gid: UInt32
    /// Whether a change of user is needed.
    var isOther: Bool

    /// The first of these users that is there; `nobody` is for want of them.
    static func current(_ name: String, for server: String) throws(ClusterError) -> ServerUser {
        guard geteuid() == 0 else { return ServerUser(uid: geteuid(), gid: getegid(), isOther: false) }
        for name in [name, "nobody"] {
            if let entry = getpwnam(name) {
                return ServerUser(uid: entry.pointee.pw_uid, gid: entry.pointee.pw_gid, isOther: true)
            }
        }
        throw ClusterError(
            .database,
            "\(server) refuses to run as root, and there is no user “\(name)” or “nobody” to run it as")
    }

    /// The command that runs `arguments` as this user.
    func command(_ arguments: [String]) throws(ClusterError) -> [String] {
        guard isOther else { return arguments }
        let places = ["/usr/bin/setpriv", "/bin/setpriv", "/usr/local/bin/setpriv"]
        guard let setpriv = places.first(where: CommandLookup.isExecutable) else {
            throw ClusterError(
                .database,
                "the database server refuses to run as root and setpriv is missing: apt-get install util-linux"
            )
        }
        return [setpriv, "--reuid=\(uid)", "--regid=\(gid)", "--clear-groups", "--"] + arguments
    }
}
