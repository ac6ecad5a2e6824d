// Work on many keys at once: no part of it knows of the others, and the results come in the order of keys.

import Dispatch

/// What `body` makes of each item, in their order, whatever the number of processors.
///
/// Errors: the one of the first item that has one.
func sideBySide<Item: Sendable, Outcome: Sendable, Failure: Error>(
    _ items: [Item], _ body: @Sendable (Item) throws(Failure) -> Outcome
) throws(Failure) -> [Outcome] {
    // Keys are dealt out to so many lanes, so that many small ones cost no more than few.
    let lanes = min(16, items.count)
    guard lanes > 1 else { return try items.map(body) }
    var results: [Result<Outcome, Failure>?] = Array(repeating: nil, count: items.count)
    results.withUnsafeMutableBufferPointer { places in
        // Each place is written by one lane, and read when all have ended.
        nonisolated(unsafe) let places = places
        DispatchQueue.concurrentPerform(iterations: lanes) { lane in
            for index in stride(from: lane, to: items.count, by: lanes) {
                places[index] = Result { () throws(Failure) in try body(items[index]) }
            }
        }
    }
    return try results.compactMap(\.self).map { result throws(Failure) in try result.get() }
}
