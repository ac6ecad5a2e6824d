// Whether a condition holds, as far as the answers tell.

import Core
import Scenarios

extension Evaluation {
    /// What a condition comes to; where it does not hold, the comparisons to blame, as in `4 <= 3`.
    struct Result {
        var holds: Bool
        var broken: [String] = []
    }

    /// Whether a condition may hold; `nil` where a value that decides it was not captured.
    ///
    /// As in CEL, a part that decides `&&` or `||` alone makes up for one that cannot be evaluated.
    func mayHold(_ node: Condition.Node) throws(EvaluationError) -> Result? {
        switch node {
        case .compare(let comparison):
            guard let left = try worth(of: comparison.left) ?? absence(from: comparison.right, comparison),
                let right = try worth(of: comparison.right) ?? absence(from: comparison.left, comparison)
            else { return nil }
            guard let holds = Self.mayHold(left, comparison.comparison, right) else {
                throw EvaluationError(message: "\(left.text) and \(right.text) cannot be compared")
            }
            let words = "\(left.text) \(comparison.comparison.rawValue) \(right.text)"
            return Result(holds: holds, broken: holds ? [] : [words])
        case .all(let nodes): return try join(nodes, decidedBy: false)
        case .any(let nodes): return try join(nodes, decidedBy: true)
        }
    }

    /// What is missing is null where it must not be: many services leave such members out.
    private func absence(from other: Expression, _ comparison: Comparison) -> Worth? {
        other == .literal(.null) && comparison.comparison == .notEqual ? .exactly(.null) : nil
    }

    private func join(
        _ nodes: [Condition.Node], decidedBy decisive: Bool
    ) throws(EvaluationError) -> Result? {
        var problem: EvaluationError?
        var isWhole = true
        var broken: [String] = []
        for node in nodes {
            do throws(EvaluationError) {
                let result = try mayHold(node)
                if let result, result.holds == decisive { return result }
                isWhole = isWhole && result != nil
                broken += result?.broken ?? []
            } catch {
                problem = problem ?? error
            }
        }
        if let problem { throw problem }
        return isWhole ? Result(holds: !decisive, broken: broken) : nil
    }
}
