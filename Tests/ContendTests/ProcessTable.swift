// What runs on this machine, by /proc: descendants of a process, and processes that mention a folder.

import Foundation

enum ProcessTable {
    /// Every process but this one whose command line, folder or open log lies below `path`.
    static func mentioning(_ path: String) -> Set<Int32> {
        Set(
            all().filter { pid in
                guard pid != getpid() else { return false }
                let line = text("/proc/\(pid)/cmdline")
                let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
                return line.contains(path) || folder?.hasPrefix(path) == true
            })
    }

    /// Children, their children, and so on.
    static func descendants(of root: Int32) -> Set<Int32> {
        var children: [Int32: [Int32]] = [:]
        for pid in all() {
            // `pid (name) state parent …`; the name may hold anything, so that the last parenthesis counts.
            guard let rest = text("/proc/\(pid)/stat").split(separator: ")").last else { continue }
            let fields = rest.split(separator: " ")
            if fields.count > 1, let parent = Int32(fields[1]) { children[parent, default: []].append(pid) }
        }
        var found: Set<Int32> = []
        var open = [root]
        while let pid = open.popLast() {
            for child in children[pid] ?? [] where found.insert(child).inserted { open.append(child) }
        }
        return found
    }

    static func isAlive(_ pid: Int32) -> Bool {
        let rest = text("/proc/\(pid)/stat").split(separator: ")").last
        return rest.map { !$0.hasPrefix(" Z") } ?? false
    }

    private static func all() -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    }

    private static func text(_ file: String) -> String {
        guard let data = FileManager.default.contents(atPath: file) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
