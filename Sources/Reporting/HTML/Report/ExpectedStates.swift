// What a correct key would have shown: every order of a small example's changes, and what is left at its end.

import Checking
import Core
import Histories
import Scenarios

/// Expected against seen, for examples small enough to try every order of them.
struct ExpectedStates {
    /// What the last read of the example should have shown; more than one where several orders are possible.
    var expected: [String]
    var seen: String

    /// More changes than this are not permuted.
    static let changeLimit = 6

    private struct Change {
        var from: [String]
        var to: String
        var invoked: Int64
        var returned: Int64
        var isOptional: Bool
    }

    /// `nil` where the last operation is no read that a state machine or register explains, or nothing bounds
    /// what it may show.
    init?(_ example: [OperationRecord], in model: Model?) {
        guard let model, let last = example.last(where: { OperationMeaning($0, in: model).seen != nil }),
            let seen = OperationMeaning(last, in: model).seen
        else { return nil }
        let changes = example.filter { $0.outcome != .fail && $0.invoked < last.returned ?? .max }
            .compactMap { Self.change($0, in: model) }
        // If all of them may not have happened, any state may have stayed.
        guard changes.contains(where: { !$0.isOptional }), changes.count <= Self.changeLimit,
            changes.allSatisfy({ $0.returned <= last.invoked || $0.isOptional })
        else { return nil }
        var results: Set<String> = []
        Self.order(changes, after: nil, into: &results)
        guard !results.isEmpty, !results.contains(seen) else { return nil }
        expected = results.sorted()
        self.seen = seen
    }

    private static func change(_ operation: OperationRecord, in model: Model) -> Change? {
        let (from, to): ([String], String?) =
            switch model.kind {
            case .stateMachine(let transitions, _):
                transitions.first { $0.operation == operation.name }.map {
                    ($0.from.compactMap(operation.text), operation.text(of: $0.to))
                } ?? ([], nil)
            case .register(let write, _), .casRegister(let write, _, _):
                (
                    [],
                    write.first { $0.operation == operation.name }
                        .flatMap { operation.value(of: $0.value)?.plain }
                )
            case .boundedCounter, .set, .unique, .bank, .multiRegister, .listAppend, .rwRegister: ([], nil)
            }
        return to.map {
            Change(
                from: from, to: $0, invoked: operation.invoked, returned: operation.returned ?? .max,
                isOptional: operation.outcome == .unknown)
        }
    }

    /// Each order in which nothing precedes what returned before it began; `state` is `nil` while it is open.
    private static func order(_ rest: [Change], after state: String?, into results: inout Set<String>) {
        if rest.allSatisfy(\.isOptional), let state { results.insert(state) }
        for (index, change) in rest.enumerated() {
            guard !rest.contains(where: { $0.returned < change.invoked && !$0.isOptional }) else { continue }
            if let state, !change.from.isEmpty, !change.from.contains(state) { continue }
            var others = rest
            others.remove(at: index)
            order(others, after: change.to, into: &results)
        }
    }
}
