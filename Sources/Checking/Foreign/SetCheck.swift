// Sets to which elements are only ever added, and which are read as a whole: one pass over all that was read.

import Core
import History

/// Jepsen's `set` and `set-full`, with what they miss: an element shown twice, one shown before it was added.
struct SetCheck {
    /// Kinds of wrong, in the order in which they are told.
    private enum Fault: Int, CaseIterable {
        case duplicate, lost, stale, phantom, refused

        var kind: FindingKind {
            switch self {
            case .duplicate: .duplicate
            case .lost: .lostElement
            case .stale: .staleRead
            case .phantom: .phantom
            case .refused: .refusedButApplied
            }
        }
    }

    let options: ForeignOptions

    func judge(_ operations: [ForeignOperation]) throws(ForeignError) -> ForeignJudgement {
        var adds: [AddedElement] = []
        var numbers: [Value: Int] = [:]
        var reads: [(position: Int, elements: [Value])] = []
        for (position, operation) in operations.enumerated() {
            switch operation.f {
            case "add":
                numbers[operation.argument] = adds.count
                adds.append(AddedElement(operation.argument, operation, position))
            case "read":
                guard operation.outcome == .ok else { continue }
                guard let elements = operation.result.elements else {
                    throw ForeignError(
                        operation, "a read gives a list of elements, not \(shown(operation.result))")
                }
                reads.append((position, elements))
            default: throw .unknown(operation, known: "add and read")
            }
        }
        if options.model == .set { reads = Array(reads.suffix(1)) }
        var sweep = ElementSweep(operations, &adds, &numbers, reads)
        let twice = sweep.run()
        var judgement = ForeignJudgement(options)
        judgement.keys = 1
        judgement.explored = reads.reduce(adds.count) { $0 + $1.elements.count }
        if reads.isEmpty {
            judgement.undecided = [ForeignUndecided(key: nil, fraction: 0)]
        }
        for fault in Fault.allCases {
            let faults =
                fault == .duplicate
                ? twice : sweep.elements.compactMap { self.fault(of: $0, fault, operations) }
            guard
                var first = faults.min(by: {
                    $0.operations.count != $1.operations.count
                        ? $0.operations.count < $1.operations.count
                        : $0.operations.lexicographicallyPrecedes($1.operations)
                })
            else { continue }
            first.count = faults.count
            first.kind = fault.kind.rawValue
            judgement.violations.append(first)
        }
        judgement.conclude()
        return judgement
    }

    /// What is wrong with one element, if it is wrong in this way.
    private func fault(
        of element: AddedElement, _ fault: Fault, _ operations: [ForeignOperation]
    ) -> ForeignViolation? {
        let name = shown(element.value)
        func violation(_ title: String, _ positions: [Int?]) -> ForeignViolation {
            ForeignViolation(
                key: nil, kind: "", title: title,
                operations: positions.compactMap { $0 }.sorted {
                    operations[$0].invoked < operations[$1].invoked
                })
        }
        func process(_ position: Int?) -> String { "process \(position.map { operations[$0].process } ?? 0)" }
        switch fault {
        case .duplicate: return nil
        case .refused:
            guard element.outcome == .fail, let seen = element.firstSeen else { return nil }
            return violation(
                "\(process(seen)) read \(name), although adding it had been refused.", [element.add, seen])
        case .phantom:
            guard element.outcome != .fail, let seen = element.firstSeen,
                operations[seen].returned ?? .max < element.invoked
            else { return nil }
            return element.add == nil
                ? violation("\(process(seen)) read \(name), which nobody added.", [seen])
                : violation("\(process(seen)) read \(name) before it was added.", [element.add, seen])
        case .lost, .stale:
            guard element.outcome != .fail, element.add != nil, let absent = element.lastAbsent else {
                return nil
            }
            let missed = operations[absent].invoked
            let isAfterAdd = element.returned ?? .max < missed
            let seen = element.firstSeen.flatMap { operations[$0].returned ?? .max < missed ? $0 : nil }
            guard isAfterAdd || seen != nil else { return nil }
            let isSeenLater =
                element.lastSeen.map { operations[$0].invoked > operations[absent].returned ?? .max } ?? false
            guard isSeenLater == (fault == .stale) else { return nil }
            let before =
                isAfterAdd
                ? "\(process(element.add)) had added \(name)" : "\(process(seen)) had read \(name)"
            return violation(
                "\(before), but \(process(absent)) did not see it"
                    + (isSeenLater
                        ? "; later it is there: the read was stale." : " later, and nobody does again."),
                [element.add, isAfterAdd ? nil : seen, absent, isSeenLater ? element.lastSeen : nil])
        }
    }
}

/// An element, when it was added, and which reads bound when it was there.
struct AddedElement {
    let value: Value
    /// Position of its addition; `nil` if nobody added it.
    var add: Int?
    var outcome = Outcome.unknown
    var invoked = Int64.max
    var returned: Int64?
    /// The read that showed it and returned first.
    var firstSeen: Int?
    /// The read that showed it and was invoked last.
    var lastSeen: Int?
    /// The read that did not show it and was invoked last.
    var lastAbsent: Int?
    /// How many reads, from the one invoked last, show it without a gap.
    fileprivate var run = 0

    init(_ value: Value) { self.value = value }

    init(_ value: Value, _ operation: ForeignOperation, _ position: Int) {
        self.value = value
        add = position
        outcome = operation.outcome
        invoked = operation.invoked
        returned = operation.returned
    }
}

/// Goes once over every element of every read, from the read invoked last.
///
/// An element is missing from a read without a look at that read: it is missing from the first at which its
/// unbroken run ends.
struct ElementSweep {
    private let operations: [ForeignOperation]
    private(set) var elements: [AddedElement]
    private var numbers: [Value: Int]
    private let reads: [(position: Int, elements: [Value])]

    init(
        _ operations: [ForeignOperation], _ adds: inout [AddedElement], _ numbers: inout [Value: Int],
        _ reads: [(position: Int, elements: [Value])]
    ) {
        self.operations = operations
        elements = adds
        self.numbers = numbers
        self.reads = reads.sorted { operations[$0.position].invoked > operations[$1.position].invoked }
        adds = []
        numbers = [:]
    }

    /// Fills in what the reads say; gives back the reads that show an element twice.
    mutating func run() -> [ForeignViolation] {
        var twice: [ForeignViolation] = []
        var seenIn: [Int32] = Array(repeating: -1, count: elements.count)
        for (index, read) in reads.enumerated() {
            for value in read.elements {
                let number = numbers[value] ?? elements.count
                if number == elements.count {
                    numbers[value] = number
                    elements.append(AddedElement(value))
                    seenIn.append(-1)
                }
                if seenIn[number] == Int32(index) {
                    twice.append(
                        ForeignViolation(
                            key: nil, kind: "",
                            title: "process \(operations[read.position].process) read \(shown(value)) twice.",
                            operations: [elements[number].add, read.position].compactMap { $0 }))
                    continue
                }
                seenIn[number] = Int32(index)
                note(number, in: index, at: read.position)
            }
        }
        for number in elements.indices where elements[number].run < reads.count {
            elements[number].lastAbsent = reads[elements[number].run].position
        }
        return twice
    }

    private mutating func note(_ number: Int, in index: Int, at position: Int) {
        if elements[number].run == index { elements[number].run = index + 1 }
        if elements[number].lastSeen == nil { elements[number].lastSeen = position }
        let returned = operations[position].returned ?? .max
        if let first = elements[number].firstSeen, operations[first].returned ?? .max <= returned { return }
        elements[number].firstSeen = position
    }
}
