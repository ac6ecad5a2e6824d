// Who owns something that outlives a process: written beside it, so that a later run can tell that its owners
// are gone.

import Foundation
import Glibc

/// The processes of this boot and this process namespace that may yet clean up: a run's supervisor, and
/// contend, which takes over from it.
struct RunOwner: Sendable, Hashable {
    var boot: String
    var namespace: String
    var identities: [ProcessIdentity]

    /// `nil` when one of the processes is not there.
    init?(pids: [Int32]) {
        let entries = pids.compactMap { ProcessTable.entry(of: $0) }
        guard entries.count == pids.count else { return nil }
        boot = Self.currentBoot
        namespace = Self.currentNamespace
        identities = entries.map(\.identity)
    }

    /// Reads what `text` wrote.
    init?(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count >= 5, words.count % 2 == 1, words[0] == "contend" else { return nil }
        var identities: [ProcessIdentity] = []
        for index in stride(from: 3, to: words.count, by: 2) {
            guard let pid = Int32(words[index]), let start = UInt64(words[index + 1]) else { return nil }
            identities.append(ProcessIdentity(pid: pid, start: start))
        }
        boot = String(words[1])
        namespace = String(words[2])
        self.identities = identities
    }

    var text: String {
        (["contend", boot, namespace] + identities.flatMap { ["\($0.pid)", "\($0.start)"] })
            .joined(separator: " ")
    }

    /// Surely gone.
    ///
    /// An owner in another process namespace (a container) may live; so may one of another boot, unless what
    /// it owned is known to be on this machine, which has then restarted.
    func isGone(onThisMachine: Bool) -> Bool {
        guard boot == Self.currentBoot else { return onThisMachine }
        guard namespace == Self.currentNamespace else { return false }
        return identities.allSatisfy { identity in
            guard let entry = ProcessTable.entry(of: identity.pid) else { return true }
            return entry.identity != identity || entry.isDead
        }
    }

    private static var currentBoot: String {
        readSmallFile("/proc/sys/kernel/random/boot_id")?.filter { !$0.isWhitespace } ?? "unknown"
    }

    private static var currentNamespace: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? "unknown"
    }
}
