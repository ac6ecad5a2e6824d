// Deadlocks put together by what brought them about: those that have a statement in common are one finding.

import Histories

/// Deadlocks with one cause.
struct DeadlockCause {
    /// In order of time.
    private(set) var deadlocks: [SeenDeadlock]
    /// The statements, as shapes, of the circle that is most frequent: they name the class of the finding.
    private(set) var shapes: [String]
    /// How many were made of other statements than those.
    private(set) var others: Int

    /// The one of which most operations are known, then the one with the fewest parties.
    var clearest: SeenDeadlock {
        deadlocks.min { Self.rank($0).lexicographicallyPrecedes(Self.rank($1)) } ?? deadlocks[0]
    }

    private static func rank(_ deadlock: SeenDeadlock) -> [Int] {
        let certain = deadlock.culprits.filter {
            if case .certain? = $0 { true } else { false }
        }.count
        let known = deadlock.culprits.filter { $0?.operation != nil }.count
        return [deadlock.parties.count - known, deadlock.parties.count, -certain]
    }

    /// The causes, the most frequent first.
    static func causes(of deadlocks: [SeenDeadlock]) -> [DeadlockCause] {
        let circles = Dictionary(grouping: deadlocks) { deadlock in
            Set(deadlock.parties.map { statementShape($0.statement) })
        }
        var joined: [(statements: Set<String>, circles: [Set<String>])] = []
        for circle in circles.keys.sorted(by: { $0.sorted().lexicographicallyPrecedes($1.sorted()) }) {
            let touching = joined.indices.filter { !joined[$0].statements.isDisjoint(with: circle) }
            let merged = touching.reduce((circle, [circle])) {
                ($0.0.union(joined[$1].statements), joined[$1].circles + $0.1)
            }
            for index in touching.reversed() { joined.remove(at: index) }
            joined.append(merged)
        }
        return joined.map { cause in
            let counted = cause.circles.map { (shapes: $0.sorted(), deadlocks: circles[$0] ?? []) }
                .sorted {
                    $0.deadlocks.count != $1.deadlocks.count
                        ? $0.deadlocks.count > $1.deadlocks.count
                        : $0.shapes.lexicographicallyPrecedes($1.shapes)
                }
            let all = counted.flatMap(\.deadlocks).sorted { $0.time < $1.time }
            return DeadlockCause(
                deadlocks: all, shapes: counted[0].shapes, others: all.count - counted[0].deadlocks.count)
        }.sorted {
            ($1.deadlocks.count, $0.shapes.joined()) < ($0.deadlocks.count, $1.shapes.joined())
        }
    }
}
