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
    var session: Int32 = 0
    /// The letter of proc(5): `T` is stopped, `Z` a zombie.
    var state: Character
    /// Clock ticks of processor time, user and system, its own and those of children it has waited for.
    var ticks: UInt64 = 0

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
            let group = Int32(fields[2]), let session = Int32(fields[3]), let start = UInt64(fields[19])
        else { return nil }
        self.init(
            identity: ProcessIdentity(pid: pid, start: start), parent: parent, group: group, state: state)
        self.session = session
        ticks = fields[11...14].reduce(0) { $0 + (UInt64($1) ?? 0) }
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

    /// Processor time of everything in the group `leader` leads; `nil` when it leads none any more.
    func ticks(ofGroup leader: Int32) -> (leader: ProcessIdentity, ticks: UInt64)? {
        guard let entry = entries[leader], entry.group == leader else { return nil }
        let ticks = entries.values.reduce(UInt64(0)) { $0 + ($1.group == leader ? $1.ticks : 0) }
        return (entry.identity, ticks)
    }

    /// Processor time of `root` and everything below it but `left`; `nil` when it is gone.
    func ticks(below root: Int32, leaving left: Int32?) -> (root: ProcessIdentity, ticks: UInt64)? {
        guard let entry = entries[root] else { return nil }
        let below = descendants(of: root).filter { $0.pid != left }
        return (entry.identity, below.reduce(entry.ticks) { $0 + $1.ticks })
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
