// What runs with MariaDB need of the machine: server and client library; for `contend doctor`.

import Core
import MariaClient

enum MariaParts {
    static func all(_ options: ClusterOptions, isNeeded: Bool) -> [MachinePart] {
        let lack: MachinePart.State = isNeeded ? .missing : .limited
        let server = MachinePart.server("MariaDB server", lack, remedy: "apt-get install mariadb-server") {
            () throws(ClusterError) in
            let programs = try MariaPrograms.find(path: options.environment["PATH"] ?? "")
            return (programs.server, try MariaPrograms.user())
        }
        let library =
            MariaConnection.hasLibrary
            ? MachinePart("libmariadb", .found, MariaConnection.libraryVersion)
            : MachinePart(
                "libmariadb", lack, "not installed: no run can use MariaDB",
                remedy: "apt-get install libmariadb3")
        return [server, library]
    }
}
