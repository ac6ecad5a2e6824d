// Work on many keys at once: no part of it knows of the others, and the results come in the order of keys.

import Dispatch

/// What `body` makes of each item, in their order, whatever the number of processors.
func sideBySide<Item: Sendable, Result: Sendable>(
    _ items: [Item], _ body: @Sendable (Item) -> Result
) -> [Result] {
    // Keys are dealt out to so many lanes, so that many small ones cost no more than few.
    let lanes = min(16, items.count)
    guard lanes > 1 else { return items.map(body) }
    var results: [Result?] = Array(repeating: nil, count: items.count)
    results.withUnsafeMutableBufferPointer { places in
        // Each place is written by one lane, and read when all have ended.
        nonisolated(unsafe) let places = places
        DispatchQueue.concurrentPerform(iterations: lanes) { lane in
            for index in stride(from: lane, to: items.count, by: lanes) {
                places[index] = body(items[index])
            }
        }
    }
    return results.compactMap(\.self)
}
