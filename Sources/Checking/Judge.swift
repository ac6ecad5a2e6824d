// Judging from beginning to end: a history and its scenario in, a verdict with its findings and reasons out.

import Core
public import Histories
public import Scenarios

/// What judging may spend and what it is told beside the history.
public struct JudgeOptions: Sendable {
    /// Explored configurations over all keys of one check.
    public var budget = 10_000_000
    /// `--sequential`: overlap and contention are not asked for.
    public var sequential = false

    public init() {}
}

/// Judges a history by what its scenario says must hold, and by what monitors saw beside it: assumptions
/// first, then models, invariants, liveness and thresholds, then whether the run tested anything at all.
///
/// A pure function: the same history gives the same judgement on any machine.
public func judge(
    _ history: History, by scenario: Scenario, options: JudgeOptions = JudgeOptions(),
    observations: Observations = Observations()
) -> Judgement {
    let facts = RunFacts(history, scenario, observations)
    var tally = Tally(facts)
    let troubles = Troubles(facts)
    let clients = Assumptions.clients(facts)
    guard clients.verdict == .pass else {
        let checks = [clients] + troubles.checks
        var judgement = Judgement(
            verdict: Verdict(findings: [], checks: checks), findings: [], checks: checks, tally: tally)
        judgement.answers = AnswerCount.table(facts)
        return judgement
    }
    var checks = [clients] + troubles.checks
    var violations: [Violation] = []
    var judgedKeys: [String: Int] = [:]
    for model in scenario.models {
        let judged = judgeModel(model, facts, budget: options.budget)
        violations += judged.violations
        checks += judged.checks
        judgedKeys[model.name] = judged.keys
    }
    for invariant in scenario.invariants {
        let judged = judgeInvariant(invariant, facts)
        violations += judged.violations
        checks += judged.checks
        judgedKeys[invariant.name] = judged.keys
    }
    let liveness = LivenessJudging(facts, checks: checks, violations: violations).judge()
    // What is accepted explains nothing else away: it would hide what is not.
    let accepted = facts.acceptedClasses
    let explaining = Cause.causes(of: violations + liveness.violations, scenario)
        .filter { !accepted.contains($0.classID) }.flatMap { $0.sides.flatMap(\.violations) }
    violations += ServerAnswers(facts, explainedBy: explaining).violations()
    violations += liveness.violations
    checks += liveness.checks
    tally.abortedAttempts = liveness.aborted
    let thresholds = ThresholdJudging(facts: facts, tally: tally, sequential: options.sequential)
    checks += scenario.thresholds.map(thresholds.check)
    checks += Vacuity(facts: facts, tally: tally, sequential: options.sequential).checks
    checks += ReplicaDoubt(facts: facts).checks
    let exploration = ExplorationJudging(exploration: history.exploration)
    var findings = Grouping.findings(
        violations, facts, judgedKeys: judgedKeys, preferring: exploration.repeatedRounds)
    let statements = FindingStatements(facts, history.statements)
    for index in findings.indices {
        findings[index].tell(statements.statements(of: findings[index].example))
        exploration.complete(&findings[index], facts.operations)
    }
    checks += exploration.checks(findings)
    var judgement = Judgement(
        verdict: Verdict(findings: findings, checks: checks), findings: findings, checks: checks,
        tally: tally)
    judgement.steps = liveness.steps
    judgement.answers = AnswerCount.table(facts)
    judgement.notices = troubles.notices
    return judgement.adding(troubles.findings)
}

/// One model or invariant, judged.
private struct Judged {
    var violations: [Violation] = []
    var checks: [Check] = []
    var keys = 0
}

private func judgeModel(_ model: Model, _ facts: RunFacts, budget: Int) -> Judged {
    let undefined = Assumptions.undefined(Set(model.operations), facts)
    guard undefined.isEmpty else {
        return Judged(checks: [Assumptions.undefined(model.name, undefined)])
    }
    let outcome = model.judged(facts, budget: budget)
    var checks = [Explanation.check(model, outcome, facts)]
    if !outcome.contradictedInitial.isEmpty {
        checks.append(
            Assumptions.initialState(
                model.name, contradicted: outcome.contradictedInitial, of: outcome.keys))
    }
    return Judged(
        violations: outcome.violations, checks: checks + Vacuity.checks(model, outcome, facts),
        keys: outcome.keys)
}

private func judgeInvariant(_ invariant: Invariant, _ facts: RunFacts) -> Judged {
    let undefined = Assumptions.undefined(invariant.operations, facts)
    guard undefined.isEmpty else {
        return Judged(checks: [Assumptions.undefined(invariant.name, undefined)])
    }
    let outcome = InvariantJudging(facts: facts, invariant: invariant).run()
    return Judged(
        violations: outcome.violations, checks: [Explanation.check(invariant, outcome, facts)],
        keys: outcome.judged)
}
