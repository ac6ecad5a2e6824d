// A JSON path as a scenario would write it.

import Core
import Histories

extension JSONPath: CustomStringConvertible {
    public var description: String {
        "$" + JSONPath.text(segments) + (suffix.map { " \($0.rawValue)" } ?? "")
    }

    private static func text(_ segments: [Segment]) -> String {
        segments.map { segment in
            let dots = segment.isDescendant ? ".." : ""
            if segment.selectors.count == 1, case .member(let name) = segment.selectors[0], isShorthand(name)
            {
                return (segment.isDescendant ? dots : ".") + name
            }
            return dots + "[" + segment.selectors.map(text).joined(separator: ", ") + "]"
        }.joined()
    }

    private static func text(_ selector: Selector) -> String {
        switch selector {
        case .member(let name): JSON.text(.string(name))
        case .index(let index): "\(index)"
        case .every: "*"
        case .slice(let start, let end, let step):
            "\(start.map(String.init) ?? ""):\(end.map(String.init) ?? "")" + (step == 1 ? "" : ":\(step)")
        case .filter(let filter): "?" + text(filter)
        }
    }

    private static func text(_ filter: Filter) -> String {
        switch filter {
        case .any(let parts): parts.map(inner).joined(separator: " || ")
        case .all(let parts): parts.map(inner).joined(separator: " && ")
        case .not(let part): "!" + inner(part)
        case .exists(let query): text(Operand.query(query))
        case .call(let call): text(Operand.call(call))
        case .compare(let left, let comparison, let right):
            "\(text(left)) \(comparison.rawValue) \(text(right))"
        }
    }

    private static func inner(_ filter: Filter) -> String {
        switch filter {
        case .any, .all, .not, .compare: "(\(text(filter)))"
        case .exists, .call: text(filter)
        }
    }

    private static func text(_ operand: Operand) -> String {
        switch operand {
        case .literal(let value): JSON.text(value)
        case .query(let query): (query.isFromRoot ? "$" : "@") + text(query.segments)
        case .call(let call):
            "\(call.function.rawValue)(\(call.arguments.map(text).joined(separator: ", ")))"
        }
    }
}
