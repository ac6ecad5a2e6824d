// The supervisor process: a poll loop around `SupervisorCore` that starts, signals, collects and cleans up.

import CPlatform
import Core
import Glibc

/// The process that owns every other process of a run.
///
/// contend starts it from its own executable (`contend supervise`), in a session of its own, and keeps its
/// standard input open. When that lifeline breaks, for whatever reason, every descendant is ended and every
/// registered file, folder and database is removed. See docs/decisions/0002-supervisor.md.
public enum Supervisor {
    /// Makes this process the one that orphans of its supervisors come to, should a supervisor be killed;
    /// called once, before anything is started.
    public static func adoptOrphans() { _ = contend_become_subreaper() }

    /// Serves until everything is over, and returns the exit status; nothing else may run in the process.
    public static func run() -> Int32 {
        _ = contend_close_from(3)
        contend_ignore_terminal_signals()
        guard contend_become_subreaper() == 0 else { return 70 }
        let signals = contend_watch_signals()
        guard signals >= 0, fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK) == 0, chdir("/") == 0
        else { return 70 }
        var loop = SupervisorLoop(signals: signals)
        return loop.run()
    }
}

private struct SupervisorLoop {
    /// Between two looks at /proc while something is on its way down.
    static let tickMilliseconds: Int32 = 20
    /// What contend may take to read the last reply.
    static let farewellMilliseconds: Int64 = 1_000

    let signals: Int32
    var core = SupervisorCore(ownPid: getpid())
    var channel = LineChannel(reading: 0, writing: 1)
    var isLifelineOpen = true
    var exitStatus: Int32?

    init(signals: Int32) { self.signals = signals }

    mutating func run() -> Int32 {
        send(.serving(pid: getpid()))
        while true {
            var descriptors = [
                pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isLifelineOpen ? 0 : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: channel.hasOutgoing ? 1 : -1, events: Int16(POLLOUT), revents: 0),
            ]
            _ = poll(&descriptors, 3, core.isBusy ? Self.tickMilliseconds : -1)
            if descriptors[0].revents != 0 { drainSignals() }
            collectChildren()
            if descriptors[1].revents != 0 { readLifeline() }
            if descriptors[2].revents != 0, channel.flush() == .ended { loseLifeline() }
            if core.isBusy {
                perform(core.tick(at: monotonicMilliseconds(), processes: .scan()))
            }
            if let exitStatus {
                _ = channel.flush(withinMilliseconds: Self.farewellMilliseconds)
                return exitStatus
            }
        }
    }

    private mutating func drainSignals() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while true {
            let count = read(signals, &bytes, bytes.count)
            guard count > 0 else { return }
            if bytes[..<count].contains(UInt8(Signal.terminate)) {
                perform(core.toldToEnd(at: monotonicMilliseconds()))
            }
        }
    }

    private mutating func collectChildren() {
        var status: Int32 = 0
        while true {
            let pid = waitpid(-1, &status, WNOHANG)
            guard pid > 0 else { return }
            perform(core.ended(pid: pid, ProcessEnd(waitStatus: status)))
        }
    }

    private mutating func readLifeline() {
        let (lines, condition) = channel.readLines(untilEmpty: true)
        // With contend gone nothing more is started, but registrations that still arrived count.
        if condition == .ended { loseLifeline() }
        for line in lines {
            if let command = SupervisorCommand(line: line) {
                perform(core.handle(command, at: monotonicMilliseconds()))
            } else {
                complain("a command could not be read")
            }
        }
    }

    private mutating func loseLifeline() {
        isLifelineOpen = false
        perform(core.lifelineLost(at: monotonicMilliseconds()))
    }

    private mutating func perform(_ actions: [SupervisorCore.Action]) {
        for action in actions {
            switch action {
            case .spawn(let id, let process):
                spawn(process, id: id)
            case .signalGroup(let pid, let signal):
                _ = kill(-pid, signal)
            case .signal(let pid, let signal):
                _ = kill(pid, signal)
            case .reply(let reply):
                send(reply)
            case .clean(let cleanUps):
                let problems = cleanUps.compactMap { $0.perform() }
                for problem in problems { complain(problem) }
                perform(core.cleaned(problems: problems))
            case .exit(let status):
                exitStatus = status
            }
        }
    }

    private mutating func spawn(_ process: SupervisedProcess, id: Int) {
        let spawn = ProcessSpawn(
            arguments: process.arguments, environment: process.environment, directory: process.directory,
            output: .file(process.output), error: process.errors.map { .file($0) })
        switch spawn.start() {
        case .success(let pid):
            perform(core.spawned(id: id, process: process, pid: pid))
        case .failure(let error):
            perform(core.spawnFailed(id: id, message: systemMessage(error.code)))
        }
    }

    /// contend may be gone; then nobody reads, and the lifeline tells.
    private mutating func send(_ reply: SupervisorReply) {
        _ = channel.write(line: reply.line)
    }

    private func complain(_ sentence: String) {
        let bytes = Array("supervisor: \(sentence)\n".utf8)
        _ = write(2, bytes, bytes.count)
    }
}
