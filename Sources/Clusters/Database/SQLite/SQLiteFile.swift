// A fresh SQLite file in the run directory, where it stays as evidence.

import Core
import Glibc

/// The file of one run.
struct SQLiteFile: DatabaseEngine {
    let path: String

    /// An empty file; one that is there already is an error.
    init(_ context: RunContext) throws(ClusterError) {
        context.onEvent(.starting("SQLite"))
        let folder = context.options.runDirectory + "/database"
        path = folder + "/contend.sqlite"
        try RunContext.makeDirectory(folder)
        guard access(path, F_OK) != 0 else {
            throw ClusterError(.database, "\(path) exists already: each run needs a directory of its own")
        }
        try RunContext.write("", to: path)
    }

    func bindings(ofReplica index: Int?) -> [String: Value] {
        [
            // Four slashes: after three, SQLAlchemy and those like it read a relative path.
            "database.url": .string("sqlite:///" + path.percentEncodedPath), "database.path": .string(path),
        ]
    }

    /// The file and what SQLite keeps beside it.
    var fileBytes: Int? {
        let sizes = ["", "-wal", "-journal"].compactMap { suffix -> Int? in
            var details = stat()
            return stat(path + suffix, &details) == 0 ? Int(details.st_size) : nil
        }
        return sizes.isEmpty ? nil : sizes.reduce(0, +)
    }

    func absence(since identity: String?) -> String? {
        access(path, F_OK) != 0 && errno == ENOENT
            ? "the SQLite file \(path) was removed during the load" : nil
    }

    func monitor(_ target: MonitorTarget) -> any DatabaseMonitor { ReplicaLogs(target) }
}
