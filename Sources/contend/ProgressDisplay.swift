// Shows the events of a run on stderr: one redrawn line on a terminal, one line a phase elsewhere.

import Clusters
import Core
import Engine
import Glibc
import Histories
import Reporting
import Scenarios
import Traffic
import Transport

/// A sink for `RunEvent`s.
final class ProgressDisplay: Sendable {
    private struct State {
        var line = ProgressLine(phase: "starting", elapsedNanoseconds: 0)
        var begin: ContinuousClock.Instant?
        var isDrawn = false
    }

    private let state = Locked(State())
    private let isTerminal: Bool
    private let isQuiet: Bool

    init(isTerminal: Bool = Console.isErrorTerminal, isQuiet: Bool) {
        self.isTerminal = isTerminal
        self.isQuiet = isQuiet
    }

    func receive(_ event: RunEvent) {
        state.withLock { state in
            switch event {
            case .seed(let seed, let directory):
                state.begin = .now
                say("seed \(seed) · \(Console.shown(directory))", &state)
            case .phase(let phase):
                // What was counted belongs to the phases from load to judging.
                switch phase {
                case .starting, .setup, .stopping:
                    state.line = ProgressLine(phase: phase.rawValue, elapsedNanoseconds: 0)
                case .load, .once, .finalReads, .databaseLog, .judging: state.line.phase = phase.rawValue
                }
                if isTerminal { draw(&state) } else if !isQuiet { say(phase.rawValue, &state) }
            case .progress(let counters, let findings):
                state.line.ok = counters.ok
                state.line.fail = counters.fail
                state.line.unknown = counters.unknown
                state.line.rounds = counters.roundsDone
                state.line.findings = findings
                draw(&state)
            case .cluster(let event): receive(event, &state)
            case .warning(let warning): say("warning: \(warning)", &state)
            case .kept(let endpoints, let directory):
                say("the cluster stays up until Ctrl-C; files in \(Console.shown(directory))", &state)
                for endpoint in endpoints {
                    say("  replica \(endpoint.index)  \(endpoint.address.origin)", &state)
                }
            case .page(let path): if !isQuiet { say("report \(Console.shown(path))", &state) }
            case .finished: clear(&state)
            }
        }
    }

    /// Takes the progress line away; called when the last run is over.
    func close() { state.withLock { clear(&$0) } }

    private func receive(_ event: ClusterEvent, _ state: inout State) {
        switch event {
        case .starting(let what):
            state.line.phase = "starting \(what)"
            draw(&state)
        case .replicaReady: break
        case .replicaDied(_, let description, let lines):
            say("warning: \(description)", &state)
            for line in lines.suffix(5) { say("  | \(line.onOneLine)", &state) }
        case .fault(let fault):
            guard !isQuiet else { return }
            let what = fault.end == nil ? "begins" : "is healed"
            say("\(fault.kind.rawValue) of \(fault.target.text) \(what)", &state)
        case .trouble(let trouble):
            // The first line says what; the rest is a log, which the summary shows.
            say("warning: \(trouble.text.prefix { $0 != "\n" })", &state)
        case .running(let what, let passed, let limit):
            let text = "\(what), \(passed.inUnits) of at most \(limit.inUnits)"
            state.line.phase = "starting \(text)"
            draw(&state)
            if !isTerminal, !isQuiet, Self.isTold(passed) { say("still running: \(text)", &state) }
        case .toldToEnd: say("the supervisor was sent TERM: ending", &state)
        case .warning(let warning): say("warning: \(warning)", &state)
        }
    }

    /// Off a terminal, where each is a line: after ten seconds, then each minute.
    private static func isTold(_ passed: Duration) -> Bool {
        passed == .seconds(10) || passed.components.seconds % 60 == 0
    }

    /// A line that stays.
    private func say(_ text: String, _ state: inout State) {
        clear(&state)
        Console.tell(text)
    }

    private func draw(_ state: inout State) {
        guard isTerminal, !isQuiet, let begin = state.begin else { return }
        let elapsed = ContinuousClock.now - begin
        state.line.elapsedNanoseconds = elapsed.nanoseconds
        let text = state.line.text(width: Console.width(STDERR_FILENO) - 1)
        Console.put("\r\u{1B}[K" + Plain.shown(text.onOneLine), to: STDERR_FILENO)
        state.isDrawn = true
    }

    private func clear(_ state: inout State) {
        if state.isDrawn { Console.put("\r\u{1B}[K", to: STDERR_FILENO) }
        state.isDrawn = false
    }
}
