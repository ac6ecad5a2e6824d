// What a run, a check or a cell is declared to be.

/// What was found of everything that was asked.
public enum Verdict: String, Sendable, Hashable, CaseIterable {
    case pass
    /// Safety.
    case violation
    /// Liveness, error or threshold only.
    case degraded
    case unknown
    case notRun = "not-run"
}
