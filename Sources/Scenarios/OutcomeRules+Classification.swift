// What an answer says about the effect of the request: the declared rules, then the defaults.

public import Core
import Histories

extension AnswerPattern {
    /// Whether every condition holds.
    public func matches(_ answer: Answer) -> Bool { conditions.allSatisfy { $0.holds(of: answer) } }

    /// Whether an answer shows that an entity is not there.
    ///
    /// Without a status it speaks of ok answers only: an error page lacks every member that it may ask for.
    public func showsAbsence(in answer: Answer, outcome: Outcome) -> Bool {
        let namesStatus = conditions.contains { condition in
            switch condition {
            case .status, .exit: true
            case .header, .json, .timeout, .disconnected, .refused: false
            }
        }
        return (outcome == .ok || namesStatus) && matches(answer)
    }
}

extension AnswerCondition {
    /// Status, headers and body count only where the answer is complete, a JSON path only where its body is
    /// JSON; there `differs` and `absent` hold also where nothing is found.
    func holds(of answer: Answer) -> Bool {
        switch self {
        case .timeout, .disconnected, .refused: return answer.failure == failure
        case .status(let set):
            guard answer.failure == nil, let status = answer.status else { return false }
            return set.contains(status)
        case .exit(let code): return answer.failure == nil && answer.exit == code
        case .header(let name, let test):
            guard answer.failure == nil, answer.status != nil else { return false }
            let values = answer.headers.filter { $0.name == name.lowercased() }.map { Value.string($0.value) }
            return test.holds(of: values)
        case .json(let path, let test):
            guard answer.failure == nil, let json = answer.json else { return false }
            return test.holds(of: path.found(in: json))
        }
    }
}

extension AnswerCondition {
    /// The way in which no answer came, if that is the condition.
    var failure: TransportFailure? {
        switch self {
        case .timeout: .timeout
        case .disconnected: .disconnected
        case .refused: .refused
        case .status, .exit, .header, .json: nil
        }
    }
}

extension AnswerCondition.Test {
    /// Of the values found: none, one, or several, such as headers of one name.
    fileprivate func holds(of found: [Value]) -> Bool {
        switch self {
        case .present: !found.isEmpty
        case .absent: found.isEmpty
        case .equals(let value): found.contains { $0.isEquivalent(to: value) }
        case .differs(let value): !found.contains { $0.isEquivalent(to: value) }
        }
    }
}

extension OutcomeRules {
    /// The outcome and which rule decided, in words.
    ///
    /// Precedence: declared `unknown`, declared `fail`, declared `ok`, then the defaults. For a write: 2xx ok
    /// (unknown where `ok` is declared), 408 and 3xx unknown, other 4xx fail, 5xx unknown; no answer is
    /// unknown unless the connection was refused, which is fail. For a read any answer but 2xx is fail: it
    /// had no effect and tells nothing. A command that ends with 0 is ok, and unknown with another status.
    public func classify(_ answer: Answer, isRead: Bool) -> (outcome: Outcome, reason: String) {
        for (outcome, patterns) in [(Outcome.unknown, unknown), (.fail, fail), (.ok, ok)] {
            if let pattern = patterns.first(where: { $0.matches(answer) }) {
                return (outcome, "\(outcome.rawValue): \(pattern)")
            }
        }
        if let failure = answer.failure { return OutcomeRules.byDefault(failure) }
        if let exit = answer.exit { return byDefault(exit: exit, isRead: isRead) }
        guard let status = answer.status else { return (.unknown, "no answer") }
        return byDefault(status, isRead: isRead)
    }

    private static func byDefault(_ failure: TransportFailure) -> (outcome: Outcome, reason: String) {
        switch failure {
        case .refused: (.fail, "refused before a byte was sent")
        case .timeout: (.unknown, "timeout")
        case .disconnected: (.unknown, "disconnected after the first byte was sent")
        case .malformed: (.unknown, "the answer could not be read")
        }
    }

    private func byDefault(exit: Int, isRead: Bool) -> (outcome: Outcome, reason: String) {
        if exit == 0 {
            return ok.isEmpty ? (.ok, "default for exit 0") : (.unknown, "exit 0 is not listed under ok")
        }
        return isRead ? (.fail, "a read ended with exit \(exit)") : (.unknown, "default for exit \(exit)")
    }

    private func byDefault(_ status: Int, isRead: Bool) -> (outcome: Outcome, reason: String) {
        switch status {
        case 200..<300:
            return ok.isEmpty ? (.ok, "default for 2xx") : (.unknown, "\(status) is not listed under ok")
        case _ where isRead: return (.fail, "a read answered \(status)")
        case 408: return (.unknown, "default for 408")
        case 400..<500: return (.fail, "default for 4xx")
        case 300..<400: return (.unknown, "default for an unlisted 3xx")
        default: return (.unknown, "default for \(status / 100)xx")
        }
    }
}
