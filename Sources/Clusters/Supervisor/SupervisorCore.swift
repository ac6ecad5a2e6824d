// What the supervisor decides: events in, actions out. It opens nothing, reads no clock and signals nobody
// itself.

/// The supervisor's state.
///
/// `serving` can become `closing` (the lifeline broke, or `finish`); `closing` becomes `cleaning` when no
/// descendant is left or the limit is reached; `cleaning` becomes `over`. Times are milliseconds of one
/// monotonic clock.
struct SupervisorCore {
    enum Action: Hashable {
        case spawn(id: Int, SupervisedProcess)
        /// To the whole group that `pid` leads.
        case signalGroup(pid: Int32, signal: Int32)
        case signal(pid: Int32, signal: Int32)
        case reply(SupervisorReply)
        case clean([CleanUp])
        case exit(Int32)
    }

    private enum Phase: Hashable {
        case serving
        /// The id of `finish`, if anybody waits for it; after `limit` clean-up goes on without the immortal
        /// ones. In haste no grace is longer than the orphans'.
        case closing(id: Int?, limit: Int64, inHaste: Bool)
        case cleaning(id: Int?)
        case over
    }

    private struct Child {
        var process: SupervisedProcess
        var pid: Int32
        var end: ProcessEnd?
        var stopping: Stopping?
    }

    /// One process on its way down, with every descendant ever seen below it.
    private struct Stopping {
        /// Commands to answer when nothing is left.
        var ids: [Int]
        var steps: [StopStep]
        var deadline: Int64
        var members: Set<ProcessIdentity> = []
        /// When the first KILL went out.
        var killedAt: Int64?
    }

    /// A year: no clock of ours overflows.
    static let longestGraceMilliseconds: Int64 = 366 * 86_400_000
    /// The longest grace of one step once contend is gone.
    static let orphanedGraceMilliseconds: Int64 = 2_000
    /// A process that outlives its KILL this long (an unkillable one) is given up and named.
    static let killLimitMilliseconds: Int64 = 10_000

    private let ownPid: Int32
    private var phase = Phase.serving
    private var children: [Int: Child] = [:]
    private var cleanUps: [CleanUp] = []
    private var problems: [String] = []

    init(ownPid: Int32) { self.ownPid = ownPid }

    /// Whether `tick` has to be called soon.
    var isBusy: Bool {
        switch phase {
        case .serving: children.values.contains { $0.stopping != nil }
        case .closing: true
        case .cleaning, .over: false
        }
    }

    mutating func handle(_ command: SupervisorCommand, at now: Int64) -> [Action] {
        guard phase == .serving else { return handleLate(command) }
        switch command.order {
        case .start(let process):
            guard children[process.key] == nil else {
                return [.reply(.failed(id: command.id, message: "process key \(process.key) is taken"))]
            }
            return [.spawn(id: command.id, process)]
        case .signal(let key, let signal):
            guard let child = children[key], child.end == nil else {
                return [.reply(.failed(id: command.id, message: "the process has already ended"))]
            }
            return [.signalGroup(pid: child.pid, signal: signal), .reply(.done(id: command.id))]
        case .stop(let key, let steps):
            guard children[key] != nil else {
                return [.reply(.failed(id: command.id, message: "no process has the key \(key)"))]
            }
            return beginStop(key, id: command.id, steps: steps, at: now)
        case .register(let cleanUp):
            if !cleanUps.contains(cleanUp) { cleanUps.append(cleanUp) }
            return [.reply(.done(id: command.id))]
        case .finish:
            return close(id: command.id, inHaste: false, at: now)
        }
    }

    /// The lifeline broke: contend is gone, and nothing waits for a long grace any more, also what is on its
    /// way down already.
    mutating func lifelineLost(at now: Int64) -> [Action] {
        switch phase {
        case .serving, .closing(_, _, inHaste: false):
            cutGraces(at: now)
            return close(id: nil, inHaste: true, at: now)
        case .closing(_, _, inHaste: true), .cleaning, .over: return []
        }
    }

    /// The supervisor itself was told to end (TERM); contend, which may live, is told before anything ends.
    mutating func toldToEnd(at now: Int64) -> [Action] {
        switch phase {
        case .serving:
            return [.reply(.closing)] + lifelineLost(at: now)
        case .closing(let id, let limit, inHaste: false):
            cutGraces(at: now)
            phase = .closing(id: id, limit: limit, inHaste: true)
            return []
        case .closing(_, _, inHaste: true), .cleaning, .over:
            return []
        }
    }

    mutating func spawned(id: Int, process: SupervisedProcess, pid: Int32) -> [Action] {
        children[process.key] = Child(process: process, pid: pid)
        return [.reply(.started(id: id, key: process.key, pid: pid))]
    }

    mutating func spawnFailed(id: Int, message: String) -> [Action] {
        [.reply(.failed(id: id, message: message))]
    }

    /// A child was collected; orphans that came by adoption are nobody's business.
    mutating func ended(pid: Int32, _ end: ProcessEnd) -> [Action] {
        guard let key = children.first(where: { $0.value.pid == pid && $0.value.end == nil })?.key
        else { return [] }
        children[key]?.end = end
        return [.reply(.ended(key: key, end))]
    }

    /// Drives stops and the closing; `processes` is what /proc shows now.
    mutating func tick(at now: Int64, processes: ProcessTable) -> [Action] {
        var actions: [Action] = []
        for key in children.keys.sorted() where children[key]?.stopping != nil {
            actions += advanceStop(key, at: now, processes: processes)
        }
        guard case .closing(let id, let limit, _) = phase else { return actions }
        if let tier = children.values.filter({ $0.stopping == nil }).map(\.process.tier).max(),
            !children.values.contains(where: { $0.stopping != nil })
        {
            for (key, child) in children.sorted(by: { $0.key < $1.key }) where child.process.tier == tier {
                actions += beginStop(key, id: nil, steps: nil, at: now)
            }
            return actions
        }
        guard children.isEmpty else { return actions }
        let left = processes.descendants(of: ownPid).filter { !$0.isDead }
        if left.isEmpty || now >= limit {
            problems += left.map { "process \($0.pid) could not be killed" }
            phase = .cleaning(id: id)
            return actions + [.clean(cleanUps)]
        }
        return actions + left.map { .signal(pid: $0.pid, signal: Signal.kill) }
    }

    mutating func cleaned(problems more: [String]) -> [Action] {
        guard case .cleaning(let id) = phase else { return [] }
        problems += more
        phase = .over
        return [
            .reply(.finished(id: id ?? 0, problems: problems)), .exit(problems.isEmpty ? 0 : 1),
        ]
    }

    /// Once closing, nothing is started any more, but what must be cleaned up is still taken down.
    private mutating func handleLate(_ command: SupervisorCommand) -> [Action] {
        if command.order == .finish {
            switch phase {
            case .closing(id: nil, let limit, let inHaste):
                phase = .closing(id: command.id, limit: limit, inHaste: inHaste)
            case .cleaning(id: nil): phase = .cleaning(id: command.id)
            case .serving, .closing, .cleaning, .over: break
            }
            return []
        }
        if case .register(let cleanUp) = command.order, !cleanUps.contains(cleanUp) {
            cleanUps.append(cleanUp)
            return [.reply(.done(id: command.id))]
        }
        return [.reply(.failed(id: command.id, message: "the supervisor is stopping everything"))]
    }

    private mutating func close(id: Int?, inHaste: Bool, at now: Int64) -> [Action] {
        let graces = children.values.flatMap(\.process.stop).map { grace($0, inHaste: inHaste) }
        phase = .closing(
            id: id, limit: now + graces.reduce(0, +) + 2 * Self.killLimitMilliseconds, inHaste: inHaste)
        return []
    }

    private mutating func cutGraces(at now: Int64) {
        for key in children.keys {
            guard var stopping = children[key]?.stopping else { continue }
            stopping.deadline = min(stopping.deadline, now + Self.orphanedGraceMilliseconds)
            stopping.steps = stopping.steps.map {
                StopStep(signal: $0.signal, graceMilliseconds: grace($0, inHaste: true))
            }
            children[key]?.stopping = stopping
        }
    }

    private func grace(_ step: StopStep, inHaste: Bool) -> Int64 {
        min(
            max(0, step.graceMilliseconds),
            inHaste ? Self.orphanedGraceMilliseconds : Self.longestGraceMilliseconds)
    }

    private mutating func beginStop(_ key: Int, id: Int?, steps: [StopStep]?, at now: Int64) -> [Action] {
        guard let child = children[key] else { return [] }
        var isInHaste = false
        if case .closing(_, _, inHaste: true) = phase { isInHaste = true }
        var planned = (steps ?? child.process.stop).map {
            StopStep(signal: $0.signal, graceMilliseconds: grace($0, inHaste: isInHaste))
        }
        if let stopping = child.stopping {
            // A second order for the same process waits with the first: it may make it faster, never slower.
            children[key]?.stopping?.ids = stopping.ids + (id.map { [$0] } ?? [])
            if planned.isEmpty {
                children[key]?.stopping?.steps = []
                children[key]?.stopping?.deadline = min(stopping.deadline, now)
            }
            return []
        }
        let isRunning = child.end == nil
        let first = isRunning && !planned.isEmpty ? planned.removeFirst() : nil
        if !isRunning { planned = [] }
        children[key]?.stopping = Stopping(
            ids: id.map { [$0] } ?? [], steps: planned,
            deadline: now + (first?.graceMilliseconds ?? 0))
        guard let first else { return [] }
        if first.signal == Signal.kill {
            // KILL itself is sent by the next tick, which has seen the descendants first.
            children[key]?.stopping?.deadline = now
            children[key]?.stopping?.steps = []
            return []
        }
        return [
            .signalGroup(pid: child.pid, signal: first.signal),
            .signalGroup(pid: child.pid, signal: Signal.resume),
        ]
    }

    private mutating func advanceStop(_ key: Int, at now: Int64, processes: ProcessTable) -> [Action] {
        guard var child = children[key], var stopping = child.stopping else { return [] }
        let ours = processes.descendants(of: ownPid)
        let below = processes.descendants(of: child.pid).filter { entry in
            child.end == nil || ours.contains(entry)
        }
        stopping.members.formUnion(below.map(\.identity))
        stopping.members.formUnion(ours.filter { $0.group == child.pid }.map(\.identity))
        let alive = stopping.members.filter { processes.isAlive($0) && $0.pid != child.pid }

        var actions: [Action] = []
        if child.end != nil && alive.isEmpty {
            children[key] = nil
            return stopping.ids.map { .reply(.done(id: $0)) }
        }
        if let killedAt = stopping.killedAt, now >= killedAt + Self.killLimitMilliseconds {
            children[key] = nil
            let message = "\(child.process.name) (process \(child.pid)) could not be killed"
            problems.append(message)
            return stopping.ids.map { .reply(.failed(id: $0, message: message)) }
        }
        if child.end != nil || now >= stopping.deadline {
            if child.end == nil, !stopping.steps.isEmpty {
                let step = stopping.steps.removeFirst()
                stopping.deadline = now + step.graceMilliseconds
                actions.append(.signalGroup(pid: child.pid, signal: step.signal))
            } else {
                stopping.killedAt = stopping.killedAt ?? now
                if child.end == nil { actions.append(.signalGroup(pid: child.pid, signal: Signal.kill)) }
                actions += alive.sorted { $0.pid < $1.pid }.map { .signal(pid: $0.pid, signal: Signal.kill) }
            }
        }
        child.stopping = stopping
        children[key] = child
        return actions
    }
}

/// The signals that are spoken of here, by Linux's numbers.
enum Signal {
    static let interrupt: Int32 = 2
    static let quit: Int32 = 3
    static let kill: Int32 = 9
    static let terminate: Int32 = 15
    static let child: Int32 = 17
    static let resume: Int32 = 18
    static let pause: Int32 = 19
}
