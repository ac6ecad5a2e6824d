// Which operation comes next: by weight, by exact proportion in a burst, and among those whose needs can be
// met.

import Core
import Scenarios

/// The weighted operations of a load.
struct OperationMix: Sendable {
    struct Entry: Sendable {
        var operation: OperationPlan
        var weight: Int
    }

    let entries: [Entry]
    private let total: Int

    init(_ entries: [Entry]) {
        self.entries = entries.filter { $0.weight > 0 }
        total = self.entries.reduce(0) { $0 + $1.weight }
    }

    /// The operations in the order in which they should be tried: a weighted draw, then a weighted draw of
    /// what is left.
    func draw(using generator: inout SeededGenerator) -> [OperationPlan] {
        if entries.count == 1 { return [entries[0].operation] }
        var left = entries
        var weight = total
        var order: [OperationPlan] = []
        while !left.isEmpty {
            var ticket = Int.random(in: 0..<weight, using: &generator)
            let position = left.firstIndex { entry in
                ticket -= entry.weight
                return ticket < 0
            }
            let entry = left.remove(at: position ?? 0)
            weight -= entry.weight
            order.append(entry.operation)
        }
        return order
    }

    /// One operation for each of `clients`, in the exact proportion of the weights (largest remainders),
    /// shuffled.
    func split(over clients: Int, using generator: inout SeededGenerator) -> [OperationPlan] {
        guard total > 0 else { return [] }
        var counts = entries.map { clients * $0.weight / total }
        let remainders = entries.indices.sorted {
            let (left, right) = (clients * entries[$0].weight % total, clients * entries[$1].weight % total)
            return left != right ? left > right : $0 < $1
        }
        for index in remainders.prefix(clients - counts.reduce(0, +)) { counts[index] += 1 }
        var split = zip(entries, counts).flatMap { entry, count in
            Array(repeating: entry.operation, count: count)
        }
        split.shuffle(using: &generator)
        return split
    }
}
