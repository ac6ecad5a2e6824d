// What a service can be accused of.

/// How bad a finding is, worst first.
public enum Severity: String, Sendable, Hashable, CaseIterable {
    case safety
    case liveness
    case error
}

/// The kinds of the design; the raw value is the name that scenarios, verdicts and reports use.
public enum FindingKind: String, Sendable, Hashable, CaseIterable {
    case lostUpdate = "lost-update"
    case doubleTransition = "double-transition"
    case illegalTransition = "illegal-transition"
    case quotaOverrun = "quota-overrun"
    case duplicate
    case lostElement = "lost-element"
    case resurrected
    case staleRead = "stale-read"
    case phantom
    case refusedButApplied = "refused-but-applied"
    case replicaDivergence = "replica-divergence"
    case wrongTotal = "wrong-total"
    case negativeBalance = "negative-balance"
    case isolationViolated = "isolation-violated"
    case invariantViolated = "invariant-violated"
    case deadlock
    case poolDeadlock = "pool-deadlock"
    case livelock
    case starvation
    case stuck
    case conflictAs5xx = "conflict-as-5xx"
    case replicaDied = "replica-died"

    public var severity: Severity {
        switch self {
        case .lostUpdate, .doubleTransition, .illegalTransition, .quotaOverrun, .duplicate, .lostElement,
            .resurrected, .staleRead, .phantom, .refusedButApplied, .replicaDivergence, .wrongTotal,
            .negativeBalance, .isolationViolated, .invariantViolated:
            .safety
        case .deadlock, .poolDeadlock, .livelock, .starvation, .stuck: .liveness
        case .conflictAs5xx, .replicaDied: .error
        }
    }

    /// The words of the literature for it, such as "lost update (Adya P4)".
    public var theoryName: String {
        switch self {
        case .lostUpdate: "lost update (Adya's P4)"
        case .doubleTransition: "two winners of one compare-and-set (not linearizable)"
        case .illegalTransition: "step that the sequential specification does not allow (not linearizable)"
        case .quotaOverrun: "write skew (Adya's A5B): a constraint over several rows checked, then broken"
        case .duplicate: "phantom-based write skew (Adya's P3): uniqueness checked, then broken"
        case .lostElement: "lost update (Adya's P4) on a collection"
        case .resurrected: "lost delete: a lost update (Adya's P4) over a deletion"
        case .staleRead: "stale read (not linearizable; may be sequentially consistent)"
        case .phantom: "read of a value never written (Adya's G1a or G1b)"
        case .refusedButApplied: "aborted read (Adya's G1a)"
        case .replicaDivergence: "divergence: replicas disagree at rest (not convergent)"
        case .wrongTotal: "read skew (Adya's A5A), or a lost update (P4) between two transfers"
        case .negativeBalance: "write skew (Adya's A5B): a balance checked, then overdrawn"
        case .isolationViolated: "a cycle of dependencies (Adya's G0 to G2), or no order that explains it"
        case .invariantViolated: "violated integrity constraint"
        case .deadlock: "deadlock (Coffman's circular wait), broken by the database"
        case .poolDeadlock: "resource deadlock: hold and wait on a connection pool"
        case .livelock: "livelock: attempts abort each other (obstruction-free at best)"
        case .starvation: "starvation (lock-free at best, not wait-free)"
        case .stuck: "lack of progress (not lock-free)"
        case .conflictAs5xx: "serialization failure exposed as a server error"
        case .replicaDied: "crash failure"
        }
    }
}
