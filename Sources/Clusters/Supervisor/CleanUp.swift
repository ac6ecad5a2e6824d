// How registered clean-up is done, by the supervisor, after every process has ended.

import Core
import Foundation
import Scenarios

extension CleanUp {
    /// Does it; a sentence when it could not be done.
    func perform() -> String? {
        switch self {
        case .remove(let path): remove(path)
        case .collect(let from, let into): collect(from: from, into: into)
        case .dropDatabase(let database, let server, let name): drop(name, of: server, database)
        }
    }

    private func remove(_ path: String) -> String? {
        // Two components at the least, so that no slip can ever name a whole top-level folder.
        guard path.hasPrefix("/"), path.split(separator: "/").count > 2, !path.contains("/../") else {
            return "\(path) was not removed: not a path below a folder of ours"
        }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            guard FileManager.default.fileExists(atPath: path) else { return nil }
            return "\(path) could not be removed: \(systemReason(of: error))"
        }
        return nil
    }

    private func collect(from: String, into: String) -> String? {
        let files = FileManager.default
        guard let names = try? files.contentsOfDirectory(atPath: from) else { return nil }
        do {
            try files.createDirectory(atPath: into, withIntermediateDirectories: true)
            for name in names.sorted() {
                let target = into + "/" + name
                if files.fileExists(atPath: target) { try files.removeItem(atPath: target) }
                try files.copyItem(atPath: from + "/" + name, toPath: target)
            }
        } catch {
            return "the logs in \(from) could not be copied to \(into): \(systemReason(of: error))"
        }
        return nil
    }

    private func drop(_ name: String, of server: String, _ database: DatabaseKind) -> String? {
        do throws(ClusterError) {
            try database.drop(name, of: server)
        } catch {
            return "database \(name) could not be dropped: \(error.message)"
        }
        return nil
    }
}
