// The supervisor process: a poll loop around `SupervisorCore` that starts, signals, collects and cleans up.

import CPlatform
import Glibc
import History

/// The process that owns every other process of a run.
///
/// contend starts it from its own executable (`contend supervise`), in a session of its own, and keeps its
/// standard
/// input open. When that lifeline breaks, for whatever reason, every descendant is ended and every registered
/// file,
/// folder and database is removed. See docs/decisions/0002-supervisor.md.
public enum Supervisor {
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
    /// A longer line is no command of ours.
    static let lineLimitBytes = 8 << 20

    let signals: Int32
    var core = SupervisorCore(ownPid: getpid())
    var received: [UInt8] = []
    var isLifelineOpen = true
    var exitStatus: Int32?

    init(signals: Int32) { self.signals = signals }

    mutating func run() -> Int32 {
        send(.serving(pid: getpid()))
        while true {
            var descriptors = [
                pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isLifelineOpen ? 0 : -1, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&descriptors, 2, core.isBusy ? Self.tickMilliseconds : -1)
            if descriptors[0].revents != 0 { drainSignals() }
            collectChildren()
            if descriptors[1].revents != 0 { readLifeline() }
            if core.isBusy {
                perform(core.tick(at: monotonicMilliseconds(), processes: .scan()))
            }
            if let exitStatus { return exitStatus }
        }
    }

    private mutating func drainSignals() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while true {
            let count = read(signals, &bytes, bytes.count)
            guard count > 0 else { return }
            if bytes[..<count].contains(UInt8(Signal.terminate)) {
                perform(core.lifelineLost(at: monotonicMilliseconds()))
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
        var bytes = [UInt8](repeating: 0, count: 65536)
        while isLifelineOpen {
            let count = read(0, &bytes, bytes.count)
            if count > 0 {
                received += bytes[..<count]
                if received.count > Self.lineLimitBytes { isLifelineOpen = false }
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                isLifelineOpen = false
            } else if errno == EAGAIN {
                break
            }
        }
        // With contend gone nothing more is started, but registrations that still arrived count.
        let now = monotonicMilliseconds()
        if !isLifelineOpen { perform(core.lifelineLost(at: now)) }
        while let end = received.firstIndex(of: UInt8(ascii: "\n")) {
            let line = Array(received[..<end])
            received.removeSubrange(...end)
            if let value = try? JSON.parse(line), let command = SupervisorCommand(value) {
                perform(core.handle(command, at: now))
            } else {
                complain("a command could not be read")
            }
        }
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
            output: .file(process.output))
        switch spawn.start() {
        case .success(let pid):
            perform(core.spawned(id: id, process: process, pid: pid))
        case .failure(let error):
            perform(core.spawnFailed(id: id, message: systemMessage(error.code)))
        }
    }

    /// contend may be gone; then nobody reads, and that is fine.
    private func send(_ reply: SupervisorReply) {
        let bytes = Array((JSON.text(reply.value) + "\n").utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            if count > 0 {
                sent += count
            } else if errno != EINTR {
                return
            }
        }
    }

    private func complain(_ sentence: String) {
        let bytes = Array("supervisor: \(sentence)\n".utf8)
        _ = write(2, bytes, bytes.count)
    }
}
