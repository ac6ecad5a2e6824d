// Which file a command means, and which part of the user's environment it gets.

import Foundation
import Glibc

struct CommandLookup: Sendable {
    /// Folders searched first for a name without a slash.
    var searchPath: [String]
    /// PATH.
    var path: String
    /// What a relative path is relative to, in this order.
    var folders: [String]

    /// The absolute path of `name`, or a sentence about where it was looked for.
    func find(_ name: String) -> Result<String, NotFound> {
        if name.hasPrefix("/") { return check([name], name) }
        if name.contains("/") { return check(folders.map { Self.join($0, name) }, name) }
        let places = searchPath + path.split(separator: ":").map(String.init)
        return check(places.map { Self.join($0, name) }, name)
    }

    struct NotFound: Error {
        var message: String
    }

    private func check(_ candidates: [String], _ name: String) -> Result<String, NotFound> {
        if let found = candidates.first(where: Self.isExecutable) { return .success(found) }
        let places = name.contains("/") ? candidates.joined(separator: ", ") : "PATH"
        return .failure(NotFound(message: "there is no executable “\(name)” (looked in \(places))"))
    }

    private static func join(_ folder: String, _ name: String) -> String {
        absolute((folder.isEmpty ? "." : folder) + "/" + name)
    }

    static func isExecutable(_ path: String) -> Bool {
        var details = stat()
        guard stat(path, &details) == 0, details.st_mode & S_IFMT == S_IFREG else { return false }
        return access(path, X_OK) == 0
    }

    /// Without `.`, and without `..` behind a real folder, from the working directory where it is relative.
    ///
    /// No link is followed: a program may look at the path it was called by, as the `python` of a virtual
    /// environment does.
    static func absolute(_ path: String) -> String {
        let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        var parts: [Substring] = []
        for part in whole.split(separator: "/") where part != "." {
            if part == "..", parts.last != "..", !isLink("/" + parts.joined(separator: "/")) {
                _ = parts.popLast()
            } else {
                parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    private static func isLink(_ path: String) -> Bool {
        var details = stat()
        return lstat(path, &details) == 0 && details.st_mode & S_IFMT == S_IFLNK
    }

    /// Names that a program needs to run at all as its user is used to; the rest is declared by the scenario.
    private static let passed: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH",
    ]

    static func baseEnvironment(_ environment: [String: String]) -> [String: String] {
        environment.filter { passed.contains($0.key) || $0.key.hasPrefix("LC_") }
    }
}
