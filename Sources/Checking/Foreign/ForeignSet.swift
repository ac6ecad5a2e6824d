// Sets to which elements are only ever added, and which are read as a whole.

import Core
import Histories

/// Jepsen's `set` and `set-full`, with what they miss: an element shown twice, one shown before it was added.
struct ForeignSet: ForeignReading {
    /// Kinds of wrong, in the order in which they are told.
    private static let kinds: [FindingKind] = [
        .duplicate, .lostElement, .staleRead, .phantom, .refusedButApplied,
    ]

    let options: ForeignOptions

    func judge(_ members: [Int], _ operations: [ForeignOperation]) throws(ForeignError) -> ForeignOutcome {
        var changes: [Call<SetAction>] = []
        var reads: [Call<SetAction>] = []
        /// Positions of refused additions.
        var refused: [Value: Int] = [:]
        var outcome = ForeignOutcome()
        for position in members {
            let operation = operations[position]
            func call(_ action: SetAction) -> Call<SetAction> {
                Call(
                    operation: position, action: action, invoked: operation.invoked,
                    returned: operation.returned)
            }
            switch operation.f {
            case "add":
                if operation.outcome == .fail {
                    refused[operation.argument] = position
                } else {
                    changes.append(call(.add(operation.argument)))
                }
            case "read":
                guard operation.outcome == .ok else { continue }
                guard let elements = operation.result.elements else {
                    throw ForeignError(
                        operation, "a read gives a list of elements, not \(shown(operation.result))")
                }
                reads.append(call(.elements(elements)))
            default: throw .unknown(operation, known: "add and read")
            }
        }
        if options.model == .set { reads = Array(reads.suffix(1)) }
        if reads.isEmpty { outcome.undecided = 0 }
        outcome.explored = reads.reduce(0) { $0 + $1.action.given.count }
        guard let sweep = PresenceSweep(changes + reads, initial: []) else { return outcome }
        let faults = SetFaults(sweep: sweep, refused: refused, operations: operations)
        let wrong = faults.duplicates + sweep.wrongElements().flatMap(faults.of)
        for kind in Self.kinds {
            let alike = wrong.filter { $0.kind == kind.rawValue }
            guard
                var smallest = alike.min(by: {
                    $0.operations.count != $1.operations.count
                        ? $0.operations.count < $1.operations.count
                        : $0.operations.lexicographicallyPrecedes($1.operations)
                })
            else { continue }
            smallest.count = alike.count
            outcome.violations.append(smallest)
        }
        return outcome
    }
}

/// Tells what is wrong with single elements.
private struct SetFaults {
    let sweep: PresenceSweep
    let refused: [Value: Int]
    let operations: [ForeignOperation]

    var duplicates: [ForeignViolation] {
        sweep.duplicates.map { element, read in
            let addition = element.added?.operation ?? refused[element.value]
            return fault(
                .duplicate, "\(operations.process(read)) read \(shown(element.value)) twice.",
                [addition, read])
        }
    }

    /// Of an element that no order explains.
    func of(_ element: PresenceSweep.Element) -> [ForeignViolation] {
        let name = shown(element.value)
        guard let added = element.added else {
            guard let seen = element.seen?.operation else { return [] }
            let told = "\(operations.process(seen)) read \(name), "
            if let refused = refused[element.value] {
                return [
                    fault(.refusedButApplied, told + "although adding it had been refused.", [refused, seen])
                ]
            }
            return [fault(.phantom, told + "which nobody added.", [seen])]
        }
        var faults: [ForeignViolation] = []
        if let seen = element.seen, seen.moment < added.moment {
            faults.append(
                fault(
                    .phantom, "\(operations.process(seen.operation)) read \(name) before it was added.",
                    [added.operation, seen.operation]))
        }
        if let absent = sweep.lastRead(without: element), let missed = missed(element, added, absent) {
            faults.append(missed)
        }
        return faults
    }

    /// Of an element that was there before a read without it.
    private func missed(
        _ element: PresenceSweep.Element, _ added: PresenceSweep.Bound, _ absent: Call<SetAction>
    ) -> ForeignViolation? {
        let name = shown(element.value)
        let kept = element.kept.flatMap { $0.moment < absent.invoked ? $0.operation : nil }
        let seen = element.seen.flatMap { $0.moment < absent.invoked ? $0.operation : nil }
        let before: String
        if let kept {
            before = "\(operations.process(kept)) had added \(name)"
        } else if let seen {
            before = "\(operations.process(seen)) had read \(name)"
        } else {
            return nil
        }
        let later = element.lastSeen.flatMap {
            operations[$0].invoked > absent.returned ?? .max ? $0 : nil
        }
        return fault(
            later == nil ? .lostElement : .staleRead,
            "\(before), but \(operations.process(absent.operation)) did not see it"
                + (later == nil
                    ? " later, and nobody does again." : "; later it is there: the read was stale."),
            [kept ?? added.operation, kept == nil ? seen : nil, absent.operation, later])
    }

    private func fault(_ kind: FindingKind, _ title: String, _ positions: [Int?]) -> ForeignViolation {
        ForeignViolation(
            kind: kind.rawValue, title: title,
            operations: positions.compactMap(\.self).sorted())
    }
}
