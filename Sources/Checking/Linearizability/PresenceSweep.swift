// Sets from which nothing is removed: one pass over all reads tells which elements no order explains.

import Core

/// What bounds the one moment at which each element of a set comes to be there.
///
/// Without removals an element is missing up to some moment and there from then on. Reads without it must not
/// begin after it surely was there: after an addition, or a read with it, had returned. Nor may a read with
/// it return before the first addition began, unless it was there from the beginning. These conditions are
/// exact: where they hold, the first addition, placed right after the last read without the element began,
/// explains everything.
///
/// No read is searched for what it lacks: an element is missing from the first read, from the one invoked
/// last, at which its unbroken run ends.
struct PresenceSweep {
    /// A moment that an operation shows.
    struct Bound {
        var moment: Int64
        var operation: Int
    }

    struct Element {
        let value: Value
        /// The invocation of the first addition, refused ones left out.
        fileprivate(set) var added: Bound?
        /// The first return of an addition, and of a read that shows it.
        fileprivate(set) var kept: Bound?
        fileprivate(set) var seen: Bound?
        /// The read that shows it and was invoked last.
        fileprivate(set) var lastSeen: Int?
        /// How many reads, from the one invoked last, show it without a gap.
        fileprivate var run = 0
        /// The read that was last found to show it.
        fileprivate var shownIn = -1

        /// The first moment by which it surely was there.
        fileprivate var there: Int64 { min(kept?.moment ?? .max, seen?.moment ?? .max) }
    }

    private var elements: [Element] = []
    private var numbers = Numbering<Value>()
    /// From the one invoked last.
    private var reads: [Call<SetAction>] = []
    private let initial: Set<Value>?
    /// By number of the element, and the read that shows it once more.
    private var shownAgain: [(element: Int, read: Int)] = []

    /// `nil` where something is removed.
    init?(_ calls: [Call<SetAction>], initial: [Value]?) {
        self.initial = initial.map(Set.init)
        for value in initial ?? [] { _ = number(value) }
        for call in calls {
            switch call.action {
            case .remove: return nil
            case .elements: reads.append(call)
            case .add(let value):
                let element = number(value)
                Self.lower(&elements[element].added, to: call.invoked, call.operation)
                if let returned = call.returned {
                    Self.lower(&elements[element].kept, to: returned, call.operation)
                }
            }
        }
        reads.sort { $0.invoked > $1.invoked }
        for (index, read) in reads.enumerated() {
            guard case .elements(let values) = read.action else { continue }
            for value in values { note(number(value), in: index, read) }
        }
    }

    private mutating func note(_ element: Int, in index: Int, _ read: Call<SetAction>) {
        guard elements[element].shownIn != index else {
            shownAgain.append((element, read.operation))
            return
        }
        elements[element].shownIn = index
        if elements[element].run == index { elements[element].run = index + 1 }
        if elements[element].lastSeen == nil { elements[element].lastSeen = read.operation }
        Self.lower(&elements[element].seen, to: read.returned ?? .max, read.operation)
    }

    private static func lower(_ bound: inout Bound?, to moment: Int64, _ operation: Int) {
        if let known = bound, known.moment <= moment { return }
        bound = Bound(moment: moment, operation: operation)
    }

    private mutating func number(_ value: Value) -> Int {
        let number = numbers.number(of: value)
        if number == elements.count { elements.append(Element(value: value)) }
        return number
    }

    /// Elements that a read shows once more than it should, and the read.
    var duplicates: [(element: Element, read: Int)] { shownAgain.map { (elements[$0.element], $0.read) } }

    func wrongElements() -> [Element] { elements.filter(isWrong) }

    /// The read that does not show it and was invoked last.
    func lastRead(without element: Element) -> Call<SetAction>? {
        element.run < reads.count ? reads[element.run] : nil
    }

    private func isWrong(_ element: Element) -> Bool {
        let missed = lastRead(without: element)?.invoked
        let wasThere = initial?.contains(element.value) ?? (missed == nil)
        if wasThere { return missed != nil }
        return (missed ?? .min) > element.there
            || (element.seen != nil && element.added?.moment ?? .max > element.there)
    }
}
