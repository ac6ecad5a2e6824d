// One defect shows in several ways: violations of one model that blame the same operations have one cause,
// and are told as one finding with its other sides below it.

import Core
import Scenarios

/// Violations that are told as one finding.
struct Cause {
    /// The class of its main side, which is the finding's: the same from run to run.
    var classID: String
    /// By class, the main side first.
    var sides: [(classID: String, violations: [Violation])]

    /// The causes of all violations, in no particular order.
    ///
    /// Only safety violations of one model are joined, and repeats that left the right end state stay by
    /// themselves. The main side is the first by kind and names, not the most frequent: how often each shows
    /// differs from run to run.
    static func causes(of violations: [Violation], _ scenario: Scenario) -> [Cause] {
        let models = Set(scenario.models.map(\.name))
        let classes = Dictionary(grouping: violations) { Grouping.classID(of: $0, scenario.classScope) }
        var groups: [[(classID: String, violations: [Violation])]] = []
        for (classID, alike) in classes.sorted(by: { $0.key < $1.key }) {
            let joins = groups.indices.filter { group in
                groups[group].contains { isOne($0.violations[0], alike[0], models) }
            }
            let joined = joins.flatMap { groups[$0] } + [(classID, alike)]
            groups = groups.indices.filter { !joins.contains($0) }.map { groups[$0] } + [joined]
        }
        return groups.map { group in
            let sides = group.sorted { isBefore($0.violations[0], $1.violations[0]) }
            return Cause(classID: sides[0].classID, sides: sides)
        }
    }

    private static func isOne(_ one: Violation, _ other: Violation, _ models: Set<String>) -> Bool {
        one.check == other.check && models.contains(one.check) && !one.isMinor && !other.isMinor
            && one.kind.severity == .safety && other.kind.severity == .safety
            && !Set(one.names).isDisjoint(with: other.names)
    }

    private static func isBefore(_ one: Violation, _ other: Violation) -> Bool {
        let order = FindingKind.allCases
        let left = order.firstIndex(of: one.kind) ?? 0
        let right = order.firstIndex(of: other.kind) ?? 0
        if left != right { return left < right }
        if one.names.count != other.names.count { return one.names.count < other.names.count }
        return one.names.sorted().lexicographicallyPrecedes(other.names.sorted())
    }
}
