// Takes everything secret out of what leaves a run: its reports, its events, and what monitors saw.

import Checking
import Clusters
import Core
import Histories
import Reporting
import RunStore
import Scenarios

extension Redactor {
    func redact(_ report: RunReport) -> RunReport {
        var report = report
        report.identity = redact(report.identity)
        report.warnings = report.warnings.map(redact)
        report.notices = report.notices.map(redact)
        report.judgement.findings = report.judgement.findings.map(redact)
        for index in report.judgement.checks.indices {
            report.judgement.checks[index].explanation = redact(report.judgement.checks[index].explanation)
        }
        return report
    }

    func redact(_ identity: RunIdentity) -> RunIdentity {
        var identity = identity
        identity.command = redact(identity.command)
        identity.parameters = identity.parameters.map { Parameter(name: $0.name, value: redact($0.value)) }
        return identity
    }

    private func redact(_ finding: Finding) -> Finding {
        var finding = finding
        finding.keys = finding.keys.map(redact)
        finding.title = redact(finding.title)
        if let reason = finding.acceptance?.reason { finding.acceptance?.reason = redact(reason) }
        finding.story = finding.story.map(redact)
        for index in finding.orders.indices {
            finding.orders[index].reads = finding.orders[index].reads.map(redact)
        }
        finding.statements = finding.statements.map { statement in
            var statement = statement
            statement.statement = redact(statement.statement)
            return statement
        }
        finding.example = finding.example.map { operation in
            var operation = operation
            operation.values = operation.values.mapValues(redact)
            operation.captures = operation.captures.mapValues(redact)
            for index in operation.requests.indices {
                operation.requests[index].target = redact(operation.requests[index].target)
                operation.requests[index].excerpt = operation.requests[index].excerpt.map(redact)
            }
            return operation
        }
        return finding
    }

    /// A finished run's report is redacted already.
    func redact(_ event: RunEvent) -> RunEvent {
        switch event {
        case .warning(let text): .warning(redact(text))
        case .cluster(let event): .cluster(redact(event))
        case .seed, .phase, .progress, .finished, .kept, .page: event
        }
    }

    func redact(_ event: ClusterEvent) -> ClusterEvent {
        switch event {
        case .starting(let text): .starting(redact(text))
        case .warning(let text): .warning(redact(text))
        case .replicaDied(let index, let text, let lines):
            .replicaDied(index: index, description: redact(text), lastLines: lines.map(redact))
        case .trouble(let trouble):
            .trouble(
                ClusterTrouble(
                    trouble.kind, replica: trouble.replica, since: trouble.since, redact(trouble.text)))
        case .replicaReady, .fault, .running, .toldToEnd: event
        }
    }

    /// Statements as services sent them may hold what nobody should see.
    func redact(_ observations: Observations) -> Observations {
        var copy = observations
        func clean(_ state: BackendState) -> BackendState {
            var state = state
            state.statement = redact(state.statement)
            return state
        }
        for index in copy.waits.indices {
            copy.waits[index].waiter = clean(copy.waits[index].waiter)
            copy.waits[index].holders = copy.waits[index].holders.map(clean)
        }
        for index in copy.cycles.indices {
            copy.cycles[index].members = copy.cycles[index].members.map(clean)
        }
        for index in copy.pools.indices { copy.pools[index].members = copy.pools[index].members.map(clean) }
        for index in copy.errors.indices {
            copy.errors[index].parties = copy.errors[index].parties.map {
                DeadlockParty(
                    waiter: $0.waiter, holder: $0.holder, resource: redact($0.resource),
                    statement: redact($0.statement))
            }
            copy.errors[index].statement = copy.errors[index].statement.map(redact)
        }
        return copy
    }
}
