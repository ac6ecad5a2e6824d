// One look at /proc: who is whose child, and in which state.

import Foundation
import Glibc

/// A process, told apart from a later one with the same number by its start.
struct ProcessIdentity: Sendable, Hashable {
    var pid: Int32
    /// Clock ticks since boot.
    var start: UInt64
}

struct ProcessEntry: Sendable, Hashable {
    var identity: ProcessIdentity
    var parent: Int32
    var group: Int32
    /// The letter of proc(5): `T` is stopped, `Z` a zombie.
    var state: Character

    var pid: Int32 { identity.pid }
    var isDead: Bool { state == "Z" || state == "X" }

    init(identity: ProcessIdentity, parent: Int32, group: Int32, state: Character) {
        self.identity = identity
        self.parent = parent
        self.group = group
        self.state = state
    }

    /// Reads the text of /proc/PID/stat; the command in it may hold spaces and parentheses.
    init?(stat: String) {
        guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"), open < close,
            let pid = Int32(stat[..<open].filter { $0 != " " })
        else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let parent = Int32(fields[1]),
            let group = Int32(fields[2]), let start = UInt64(fields[19])
        else { return nil }
        self.init(
            identity: ProcessIdentity(pid: pid, start: start), parent: parent, group: group, state: state)
    }
}

/// The processes of one moment.
struct ProcessTable: Sendable {
    private(set) var entries: [Int32: ProcessEntry]
    private var children: [Int32: [Int32]]

    init(_ list: [ProcessEntry] = []) {
        entries = Dictionary(list.map { ($0.pid, $0) }, uniquingKeysWith: { $1 })
        children = Dictionary(grouping: list.map(\.pid)) { [entries] in entries[$0]?.parent ?? 0 }
    }

    /// Every process below `root`, which is not among them.
    func descendants(of root: Int32) -> [ProcessEntry] {
        var found: [ProcessEntry] = []
        var seen: Set<Int32> = [root]
        var pending = children[root] ?? []
        while let pid = pending.popLast() {
            guard seen.insert(pid).inserted, let entry = entries[pid] else { continue }
            found.append(entry)
            pending += children[pid] ?? []
        }
        return found
    }

    func isAlive(_ identity: ProcessIdentity) -> Bool {
        guard let entry = entries[identity.pid] else { return false }
        return entry.identity == identity && !entry.isDead
    }

    static func scan() -> ProcessTable {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return ProcessTable(names.compactMap { Int32($0) }.compactMap(entry(of:)))
    }

    static func entry(of pid: Int32) -> ProcessEntry? {
        readSmallFile("/proc/\(pid)/stat").flatMap { ProcessEntry(stat: $0) }
    }
}

/// The first 4096 bytes of a file as text; `nil` when it cannot be read.
func readSmallFile(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
}
