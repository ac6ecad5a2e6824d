// What a run is accused of, and what it is declared to be.

public import Core
public import Histories
public import Scenarios

/// Why and until when a finding is accepted: it is told, and does not fail.
public struct Acceptance: Sendable, Hashable {
    public var reason: String
    /// The last day, as `2027-01-31`.
    public var until: String
}

/// Another way in which the cause of a finding shows.
public struct FindingSide: Sendable, Hashable {
    /// What its class would be if it came alone.
    public var classID: String
    public var kind: FindingKind
    /// One plain sentence.
    public var title: String
    /// How many rounds or keys show it.
    public var count: Int
}

/// A violated model or invariant: alike ones of a run are one finding with a count.
public struct Finding: Sendable, Hashable {
    /// Stable across runs: a hash of scenario, model, kind and operation names, 8 hexadecimal digits.
    public var classID: String
    /// From 1 in its run; the user names it `RUN#n`.
    public var number: Int
    public var kind: FindingKind
    /// The model or invariant that is violated.
    public var check: String
    /// What it is about; more than one where the wrong lies between keys, the one that shows it first.
    public var keys: [String]
    /// One plain sentence with the figures, such as "An acknowledged deactivate was undone".
    public var title: String
    /// Two to six lines, of a deadlock more: what happened in which order, with times and replicas.
    public var story: [String]
    /// The smallest example: fewest operations that already contradict the model, and with them the write
    /// that overlapped a lost one or the refused one that was applied; in order of invocation.
    public var example: [OperationRecord]
    /// Statements of the example, and those that may be, in the order in which they were sent; empty where
    /// none were recorded.
    public var statements: [StatementRecord] = []
    /// Of an exploration: the schedule of the example, or another that shows it.
    public var schedule: ScheduleRecord?
    /// How often that schedule was repeated, and showed it again.
    public var replay: ReplayRecord?
    /// Of an exploration: what the same requests come to one after the other, then under the schedule; empty
    /// where no order of them was tried.
    public var orders: [OrderOutcome] = []
    /// Of a finding of stress: what an exploration of its operations came to.
    public var explained: ExplainedFinding?
    /// How many rounds of a burst show it, or how many keys of another load; of a server error, how many
    /// operations.
    public var count: Int
    /// Of how many judged; 0 where the count is no share of them, as of deadlocks.
    public var judged: Int
    /// How many separate wrongs these are: elements of a set, else keys, rounds or operations; at least so
    /// many acknowledged operations are not as they were acknowledged.
    public var occurrences: Int
    /// Other kinds of wrong on the same operations of the same model, which have the same cause.
    public var sides: [FindingSide] = []
    /// Set where the scenario's known findings have it.
    public var acceptance: Acceptance?

    public init(
        classID: String, number: Int, kind: FindingKind, check: String, key: String, title: String,
        story: [String],
        example: [OperationRecord], count: Int, judged: Int, occurrences: Int? = nil
    ) {
        self.classID = classID
        self.number = number
        self.kind = kind
        self.check = check
        keys = [key]
        self.title = title
        self.story = story
        self.example = example
        self.count = count
        self.judged = judged
        self.occurrences = max(count, occurrences ?? count)
    }

    /// The key that shows it.
    public var key: String {
        get { keys.first ?? "" }
        set { keys = [newValue] + keys.dropFirst() }
    }

    /// Its kind and those of its other sides.
    public var kinds: [FindingKind] { [kind] + sides.map(\.kind) }
}

/// One model, invariant, threshold or assumption, and what became of it.
public struct Check: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case assumption, model, invariant, liveness, threshold, vacuity, exploration
    }

    public var kind: Kind
    public var name: String
    public var verdict: Verdict
    /// What a pass bounds, why it is unknown, or what was measured against which limit.
    public var explanation: String
    /// Keys judged, where it goes by key.
    public var keys = 0
    /// Configurations explored.
    public var explored = 0
    /// Where the scenario declares it.
    public var position: SourcePosition?
    /// Whether a part of it was not decided, which a violation elsewhere hides but does not answer.
    public var isUndecided = false
    /// Of a threshold: what was measured, if anything was, and its limit, both in `unit`.
    public var measured: Double?
    public var limit: Double?
    public var unit: Threshold.Unit?
}

/// How much a run tested at all.
public struct Tally: Sendable, Hashable {
    /// Load-phase operations.
    public var operations = 0
    public var ok = 0
    public var fail = 0
    public var unknown = 0
    /// Load-phase operations that overlapped another on the same key, a write among the two.
    public var contended = 0
    /// Load-phase writes that the service refused by its rules while contended: the losers of a
    /// compare-and-swap.
    public var losers = 0
    /// Rounds judged, and rounds whose preparation failed.
    public var rounds = 0
    public var voidRounds = 0
    /// Rounds of which fewer than half of the operations were answered: they tested nothing, and no bound
    /// counts them.
    public var unansweredRounds = 0
    /// Deadlocks that the database counted; `nil` where it does not, or was not watched.
    public var deadlocks: Int?
    /// Attempts that came to nothing and were made again, by clients or by the service as far as it tells;
    /// `nil` where nothing was judged, and in verdicts of older versions.
    public var abortedAttempts: Int?

    public init() {}

    /// Whether the load came in rounds.
    public var hasRounds: Bool { rounds + voidRounds + unansweredRounds > 0 }
}

/// One step of a load whose clients rise.
public struct LoadStep: Sendable, Hashable {
    public var clients: Int
    /// Operations answered ok or fail, a second.
    public var perSecond: Double
    public var succeeded: Int
    /// Attempts that came to nothing, of clients and of the service.
    public var aborted: Int
    /// Deadlocks that the database's log tells of.
    public var deadlocks: Int

    public var abortedPerSuccess: Double { Double(aborted) / Double(max(1, succeeded)) }
}

/// The judged history.
public struct Judgement: Sendable {
    public var verdict: Verdict
    public var findings: [Finding]
    public var checks: [Check]
    public var tally: Tally
    /// Of a ramp; empty for other loads.
    public var steps: [LoadStep] = []
    /// How often each operation got which answer; empty in verdicts of older versions.
    public var answers: [AnswerCount] = []
    /// What there is to say of the known findings: expired ones, and those that were not found again.
    public var notices: [String] = []

    /// Whether schedules were chosen, by `contend explore` or `contend replay`.
    public var isExploration: Bool {
        checks.contains { $0.kind == .exploration } || findings.contains { $0.schedule != nil }
    }

    /// Those that are not accepted.
    public var newFindings: [Finding] { findings.filter { $0.acceptance == nil } }

    public init(verdict: Verdict, findings: [Finding], checks: [Check], tally: Tally) {
        self.verdict = verdict
        self.findings = findings
        self.checks = checks
        self.tally = tally
    }
}
