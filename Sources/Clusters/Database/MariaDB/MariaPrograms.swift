// Where the MariaDB server's programs are, as whom they may run, and how they make data.

import MariaClient

/// The programs of the server that is installed.
struct MariaPrograms: Sendable, Hashable {
    var server: String
    var installer: String

    /// In PATH, or where Debian puts servers.
    static func find(path: String) throws(ClusterError) -> MariaPrograms {
        let folders =
            path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/bin", "/usr/local/sbin"]
        func place(of name: String) -> String? {
            folders.map { $0 + "/" + name }.first(where: CommandLookup.isExecutable)
        }
        guard let server = place(of: "mariadbd"), let installer = place(of: "mariadb-install-db") else {
            throw ClusterError(
                .database,
                "the MariaDB server is not installed (no mariadbd and mariadb-install-db in PATH or /usr/sbin): "
                    + "apt-get install mariadb-server, or give the `url:` of a running server")
        }
        return MariaPrograms(server: server, installer: installer)
    }

    /// Says what to install where the client library is missing.
    static func requireLibrary() throws(ClusterError) {
        guard MariaConnection.hasLibrary else {
            throw ClusterError(
                .database,
                "MariaDB's client library libmariadb is not installed: apt-get install libmariadb3 (Debian's name)"
            )
        }
    }

    static func user() throws(ClusterError) -> ServerUser {
        try ServerUser.current("mysql", for: "MariaDB")
    }

    /// The server itself makes its users as it starts.
    var template: TemplateRecipe {
        TemplateRecipe(name: "MariaDB", program: server) { [installer] folder, _ in
            [
                installer, "--no-defaults", "--datadir=\(folder)", "--auth-root-authentication-method=normal",
                "--skip-test-db", "--skip-name-resolve", "--tmpdir=\(folder)", MariaServer.redoLog,
            ]
        }
    }
}
