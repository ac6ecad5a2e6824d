// Who owns something that outlives a process: written beside it, so that a later run can tell that the owner
// is gone.

import Foundation
import Glibc

/// A process of this boot and this process namespace.
struct RunOwner: Sendable, Hashable {
    var boot: String
    var namespace: String
    var identity: ProcessIdentity

    /// `nil` when the process is not there.
    init?(pid: Int32) {
        guard let entry = ProcessTable.entry(of: pid) else { return nil }
        boot = Self.currentBoot
        namespace = Self.currentNamespace
        identity = entry.identity
    }

    /// Reads what `text` wrote.
    init?(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 5, words[0] == "contend", let pid = Int32(words[3]), let start = UInt64(words[4])
        else { return nil }
        boot = String(words[1])
        namespace = String(words[2])
        identity = ProcessIdentity(pid: pid, start: start)
    }

    var text: String { "contend \(boot) \(namespace) \(identity.pid) \(identity.start)" }

    /// Surely gone.
    ///
    /// An owner in another process namespace (a container) may live; so may one of another boot, unless what
    /// it owned is known to be on this machine, which has then restarted.
    func isGone(onThisMachine: Bool) -> Bool {
        guard boot == Self.currentBoot else { return onThisMachine }
        guard namespace == Self.currentNamespace else { return false }
        guard let entry = ProcessTable.entry(of: identity.pid) else { return true }
        return entry.identity != identity || entry.isDead
    }

    private static var currentBoot: String {
        readSmallFile("/proc/sys/kernel/random/boot_id")?.filter { !$0.isWhitespace } ?? "unknown"
    }

    private static var currentNamespace: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? "unknown"
    }
}
