// The exit codes of contend, where they come from, and which of several wins.

public import Core

/// What a run, a matrix or a whole command counts as.
public enum ExitStatus: Int32, Sendable, Hashable, CaseIterable {
    /// Everything asked was checked and held.
    case held = 0
    /// A safety violation.
    case violation = 1
    /// Vacuous, budget exhausted, too many unknowns.
    case inconclusive = 2
    /// Only thresholds, liveness or error findings.
    case degraded = 3
    /// The experiment did not happen.
    case notRun = 4
    /// Wrong command line.
    case usage = 64
    /// Invalid scenario or history.
    case invalid = 65
    /// Our own bug.
    case fault = 70
    /// SIGINT with nothing found.
    case interrupted = 130
    /// SIGTERM or SIGQUIT with nothing found.
    case terminated = 143

    public init(_ verdict: Verdict) {
        self =
            switch verdict {
            case .pass: .held
            case .violation: .violation
            case .degraded: .degraded
            case .unknown: .inconclusive
            case .notRun: .notRun
            }
    }

    /// What a run counts as where only these verdicts fail beside violations and runs that did not happen.
    public func failing(on verdicts: Set<Verdict>) -> ExitStatus {
        switch self {
        case .inconclusive: verdicts.contains(.unknown) ? self : .held
        case .degraded: verdicts.contains(.degraded) ? self : .held
        case .held, .violation, .notRun, .usage, .invalid, .fault, .interrupted, .terminated: self
        }
    }

    /// The code after a signal: what was found stays, anything else is that of the signal.
    public func after(_ signal: Interruption.Signal?) -> ExitStatus {
        guard let signal else { return self }
        switch self {
        case .violation, .degraded, .fault, .usage, .invalid: return self
        case .held, .inconclusive, .notRun, .interrupted, .terminated:
            switch signal {
            case .interrupt: return .interrupted
            // Ctrl-\ ends a run as TERM does.
            case .terminate, .quit: return .terminated
            }
        }
    }

    /// The worst of several: a violation dominates everything, and nothing at all is inconclusive.
    public static func worst(_ statuses: some Sequence<ExitStatus>) -> ExitStatus {
        statuses.min { $0.rank < $1.rank } ?? .inconclusive
    }

    /// The smaller, the worse.
    private var rank: Int {
        switch self {
        case .violation: 0
        case .usage: 1
        case .invalid: 2
        case .fault: 3
        case .notRun: 4
        case .terminated: 5
        case .interrupted: 6
        case .inconclusive: 7
        case .degraded: 8
        case .held: 9
        }
    }
}
