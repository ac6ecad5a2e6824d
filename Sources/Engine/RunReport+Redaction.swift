// Takes everything secret out of a report before it is stored or shown.

import Checking
import Cluster
import Core
import History
import Reporting
import RunStore
import Scenario

extension RunReport {
    func redacted(by redactor: Redactor) -> RunReport {
        var report = self
        report.identity = identity.redacted(by: redactor)
        report.warnings = warnings.map(redactor.redact)
        report.notices = notices.map(redactor.redact)
        report.judgement.findings = judgement.findings.map { $0.redacted(by: redactor) }
        report.judgement.checks = judgement.checks.map { check in
            var check = check
            check.explanation = redactor.redact(check.explanation)
            return check
        }
        return report
    }
}

extension RunIdentity {
    func redacted(by redactor: Redactor) -> RunIdentity {
        var identity = self
        identity.parameters = parameters.map {
            Parameter(name: $0.name, value: $0.value.redacted(by: redactor))
        }
        return identity
    }
}

extension ClusterEvent {
    func redacted(by redactor: Redactor) -> ClusterEvent {
        switch self {
        case .starting(let text): .starting(redactor.redact(text))
        case .warning(let text): .warning(redactor.redact(text))
        case .replicaDied(let index, let text, let lines):
            .replicaDied(
                index: index, description: redactor.redact(text), lastLines: lines.map(redactor.redact))
        case .trouble(let trouble):
            .trouble(
                ClusterTrouble(
                    trouble.kind, replica: trouble.replica, since: trouble.since,
                    redactor.redact(trouble.text)))
        case .replicaReady, .fault, .running, .toldToEnd: self
        }
    }
}

extension Finding {
    fileprivate func redacted(by redactor: Redactor) -> Finding {
        var finding = self
        finding.keys = keys.map(redactor.redact)
        finding.title = redactor.redact(title)
        finding.acceptance?.reason = redactor.redact(acceptance?.reason ?? "")
        finding.story = story.map(redactor.redact)
        finding.example = example.map { operation in
            var operation = operation
            operation.values = operation.values.mapValues { $0.redacted(by: redactor) }
            operation.captures = operation.captures.mapValues { $0.redacted(by: redactor) }
            operation.requests = operation.requests.map { request in
                var request = request
                request.target = redactor.redact(request.target)
                request.excerpt = request.excerpt.map(redactor.redact)
                return request
            }
            return operation
        }
        return finding
    }
}

extension Value {
    func redacted(by redactor: Redactor) -> Value {
        switch self {
        case .null, .bool, .int, .double: self
        case .string(let text): .string(redactor.redact(text))
        case .array(let elements): .array(elements.map { $0.redacted(by: redactor) })
        case .object(let members): .object(members.mapValues { $0.redacted(by: redactor) })
        }
    }
}
