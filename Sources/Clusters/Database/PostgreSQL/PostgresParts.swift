// What runs with PostgreSQL need of the machine: server, client library, parser; for `contend doctor`.

import CLibpq
import Core

enum PostgresParts {
    static func all(_ options: ClusterOptions, isNeeded: Bool) -> [MachinePart] {
        let lack: MachinePart.State = isNeeded ? .missing : .limited
        let server = MachinePart.server(
            "PostgreSQL server", lack,
            remedy: "apt-get install postgresql, a Python wheel with its programs, or --postgresql-binaries"
        ) { () throws(ClusterError) in
            (try PostgresPrograms.find(options).postgres, try PostgresPrograms.user())
        }
        return [server, library(lack), parser]
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
}
