// What contend does when its supervisor was killed: it ends what that had started, and cleans up, by the same
// steps.

import CPlatform
import Glibc

/// Everything that a supervisor would leave behind.
struct Takeover: Sendable {
    /// Its process; it led a session of its own.
    var supervisor: Int32 = 0
    /// By key; whether they still run does not matter.
    var processes: [Int: SupervisedProcess] = [:]
    var identities: [Int: ProcessIdentity] = [:]
    var cleanUps: [CleanUp] = []

    /// Between two looks at /proc.
    static let tickMicroseconds: UInt32 = 20_000

    /// Ends all that is left of it and cleans up; what could not be, a sentence each.
    ///
    /// Blocks for some seconds at most: no grace is longer than that of orphans.
    func run() -> [String] {
        var core = SupervisorCore(ownPid: getpid())
        for cleanUp in cleanUps {
            _ = core.handle(SupervisorCommand(id: 0, order: .register(cleanUp)), at: 0)
        }
        for (key, identity) in identities {
            guard let process = processes[key] else { continue }
            _ = core.spawned(id: 0, process: process, pid: identity.pid)
        }
        _ = core.lifelineLost(at: monotonicMilliseconds())
        while true {
            let all = ProcessTable.scan()
            collect(all)
            for identity in identities.values where !all.isAlive(identity) {
                _ = core.ended(pid: identity.pid, .signalled(Signal.kill))
            }
            var actions = core.tick(at: monotonicMilliseconds(), processes: orphans(in: all))
            while !actions.isEmpty {
                switch actions.removeFirst() {
                case .signalGroup(let pid, let signal): _ = kill(-pid, signal)
                case .signal(let pid, let signal): _ = kill(pid, signal)
                case .clean(let cleanUps):
                    actions += core.cleaned(problems: cleanUps.compactMap { $0.perform() })
                case .reply(.finished(_, let problems)): return problems
                case .spawn, .reply, .exit: break
                }
            }
            usleep(Self.tickMicroseconds)
        }
    }

    /// What the supervisor left, as children of this process.
    ///
    /// Its session tells most; what left that session as a daemon has come to this process, if it is the one
    /// that orphans come to.
    func orphans(in all: ProcessTable) -> ProcessTable {
        let own = getpid()
        let adopts = contend_is_subreaper() == 1
        let session = getsid(0)
        let known = Set(identities.values)
        let groups = Set(known.map(\.pid))
        let roots = all.entries.values.filter { entry in
            if known.contains(entry.identity) || groups.contains(entry.group) { return true }
            if supervisor > 0, entry.session == supervisor, entry.pid != supervisor { return true }
            return adopts && entry.parent == own && entry.session != session
                && !LivingSupervisors.contains(entry.pid)
        }
        var found: [Int32: ProcessEntry] = [:]
        for root in roots {
            for entry in all.descendants(of: root.pid) { found[entry.pid] = entry }
        }
        for var root in roots {
            // Below another of them it is found there.
            if roots.contains(where: { $0.pid == root.parent }) { continue }
            root.parent = own
            found[root.pid] = root
        }
        return ProcessTable(Array(found.values))
    }

    /// Orphans that have ended and came here wait to be collected.
    private func collect(_ all: ProcessTable) {
        for entry in orphans(in: all).entries.values where entry.isDead {
            _ = waitpid(entry.pid, nil, WNOHANG)
        }
    }
}
