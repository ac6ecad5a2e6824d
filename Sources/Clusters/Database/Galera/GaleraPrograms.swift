// Where Galera's library is, and the programs that bring the data of one server to another.

import Glibc

/// What a cluster needs beside MariaDB's own programs.
struct GaleraPrograms: Sendable, Hashable {
    /// The library that makes servers a cluster.
    var provider: String

    static let remedy = "apt-get install galera-4 rsync lsof"

    /// Where distributions put the library.
    private static let places = [
        "/usr/lib/galera/libgalera_smm.so", "/usr/lib64/galera-4/libgalera_smm.so",
        "/usr/lib/galera-4/libgalera_smm.so", "/usr/lib64/galera/libgalera_smm.so",
    ]
    private static let folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]

    /// The servers find the programs where they look themselves, whatever contend's own PATH is.
    static func find(
        places: [String] = places, folders: [String] = folders
    ) throws(ClusterError) -> GaleraPrograms {
        func has(_ name: String) -> Bool { folders.contains { CommandLookup.isExecutable($0 + "/" + name) } }
        guard let provider = places.first(where: { access($0, R_OK) == 0 }) else {
            throw ClusterError(
                .database, "Galera is not installed (no libgalera_smm.so in /usr/lib/galera): \(remedy)")
        }
        // A server that comes back gets what it missed by these.
        guard has("rsync"), has("lsof") || has("ss") else {
            throw ClusterError(
                .database,
                "Galera's servers bring each other up to date with rsync and lsof, and one is missing: \(remedy)"
            )
        }
        return GaleraPrograms(provider: provider)
    }
}
