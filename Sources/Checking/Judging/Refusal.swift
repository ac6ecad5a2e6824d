// Refusals by the service's own rules: what tells a lost compare-and-swap from a request that went nowhere.

import Core
import Histories
import Scenarios

enum Refusal {
    /// Statuses by which services say that the state forbids it (RFC 9110, RFC 4918, RFC 6585): conflict,
    /// precondition failed, unprocessable, locked, precondition required.
    ///
    /// The other 4xx speak of the request itself or of who sent it, and of no race.
    static let statuses: Set<Int> = [409, 412, 422, 423, 428]
}

extension RunFacts {
    /// A write that lost to another: it was answered, and refused by the service's rules.
    func isLoser(_ operation: OperationRecord) -> Bool {
        guard operation.outcome == .fail, isWrite(operation) else { return false }
        return operation.decisiveRequest.map { isRefusal($0, of: operation) } ?? true
    }

    /// Whether an answer is one that the scenario declares as `fail`, or by default a status that says so.
    func isRefusal(_ request: RequestRecord, of operation: OperationRecord) -> Bool {
        guard request.outcome == .fail, request.failure == nil, let status = request.status else {
            return false
        }
        // By default only a 4xx other than 408 is refused: anything else was declared to be.
        if Refusal.statuses.contains(status) || !(400...499).contains(status) || status == 408 { return true }
        guard let steps = declaration(operation.name)?.steps, steps.indices.contains(request.step) else {
            return false
        }
        return steps[request.step].outcome.fail.contains { $0.mayMatch(status) }
    }
}

extension AnswerPattern {
    /// Whether an answer with this status may match: histories keep the status of an answer, and neither its
    /// headers nor its body.
    fileprivate func mayMatch(_ status: Int) -> Bool {
        conditions.allSatisfy { condition in
            switch condition {
            case .status(let set): set.contains(status)
            case .exit(let code): code == status
            case .header, .json: true
            case .timeout, .disconnected, .refused: false
            }
        }
    }
}
