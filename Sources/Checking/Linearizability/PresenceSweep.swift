// Sets from which nothing is removed: one pass over all reads tells which elements no order explains.

import Core

/// What bounds the one moment at which each element of a set comes to be there.
///
/// Without removals an element is missing up to some moment and there from then on. Reads without it must not
/// begin after it surely was there: after an addition, or a read with it, had returned. Nor may a read with
/// it return before the first addition began, unless it was there from the beginning. These conditions are
/// exact: where they hold, the first addition, placed right after the last read without the element began,
/// explains everything.
struct PresenceSweep {
    private struct Element {
        let value: Value
        /// When the first addition was invoked, refused ones left out.
        var added = Int64.max
        /// The first moment by which it surely was there, as an addition or a read that returned shows.
        var there = Int64.max
        var isSeen = false
        /// How many reads, from the one invoked last, show it without a gap.
        var run = 0
    }

    private var elements: [Element] = []
    private var numbers: [Value: Int] = [:]
    /// From the one invoked last.
    private var reads: [Call<SetAction>] = []
    private let initial: Set<Value>?

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
                elements[element].added = min(elements[element].added, call.invoked)
                elements[element].there = min(elements[element].there, call.returned ?? .max)
            }
        }
        reads.sort { $0.invoked > $1.invoked }
        for (index, read) in reads.enumerated() {
            guard case .elements(let values) = read.action else { continue }
            for value in values {
                let element = number(value)
                elements[element].isSeen = true
                elements[element].there = min(elements[element].there, read.returned ?? .max)
                if elements[element].run == index { elements[element].run = index + 1 }
            }
        }
    }

    private mutating func number(_ value: Value) -> Int {
        if let number = numbers[value] { return number }
        numbers[value] = elements.count
        elements.append(Element(value: value))
        return elements.count - 1
    }

    func wrongElements() -> [Value] { elements.filter(isWrong).map(\.value) }

    private func isWrong(_ element: Element) -> Bool {
        // The last read without it, by its invocation.
        let missed = element.run < reads.count ? reads[element.run].invoked : nil
        let wasThere = initial?.contains(element.value) ?? (missed == nil)
        if wasThere { return missed != nil }
        return (missed ?? .min) > element.there || (element.isSeen && element.added > element.there)
    }
}
