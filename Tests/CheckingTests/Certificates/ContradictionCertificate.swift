// Checks that calls really contradict a model, by trying every order of them: slow, short, and without any of
// the code that found them.

import Checking

/// The evidence for a violation: calls that no order explains, whatever the `free` ones did.
struct ContradictionCertificate<Model: SequentialModel> {
    /// Configurations after which it gives up.
    static var limit: Int { 200_000 }

    private struct Configuration: Hashable {
        /// Bit n: the n-th call is placed.
        var placed: UInt64 = 0
        /// How many of each kind of free call were used.
        var used: [Int]
        var state: Model.State
    }

    let model: Model
    let calls: [Call<Model.Action>]
    let free: [Call<Model.Action>]

    /// What is wrong with it, or `nil`.
    func fault() -> String? {
        guard calls.count < UInt64.bitWidth else { return "\(calls.count) calls are too many to try" }
        let kinds = Dictionary(grouping: free, by: \.action).map { (action: $0.key, count: $0.value.count) }
        var pending = [Configuration(used: kinds.map { _ in 0 }, state: model.initial)]
        var seen = Set(pending)
        while let configuration = pending.popLast() {
            if calls.indices.allSatisfy({ isDone($0, configuration) }) { return "an order explains them" }
            if seen.count > Self.limit { return "too many orders to try" }
            for position in calls.indices where mayBeNext(position, configuration) {
                guard let state = model.apply(calls[position].action, to: configuration.state) else {
                    continue
                }
                var next = configuration
                next.placed |= 1 << UInt64(position)
                next.state = state
                if seen.insert(next).inserted { pending.append(next) }
            }
            for (kind, (action, count)) in kinds.enumerated() where configuration.used[kind] < count {
                guard let state = model.apply(action, to: configuration.state), state != configuration.state
                else { continue }
                var next = configuration
                next.used[kind] += 1
                next.state = state
                if seen.insert(next).inserted { pending.append(next) }
            }
        }
        return nil
    }

    private func isDone(_ position: Int, _ configuration: Configuration) -> Bool {
        calls[position].returned == nil || isPlaced(position, configuration)
    }

    private func isPlaced(_ position: Int, _ configuration: Configuration) -> Bool {
        configuration.placed & (1 << UInt64(position)) != 0
    }

    /// Nothing that is left may have returned before this one was invoked.
    private func mayBeNext(_ position: Int, _ configuration: Configuration) -> Bool {
        !isPlaced(position, configuration)
            && calls.indices.allSatisfy {
                isPlaced($0, configuration) || calls[$0].returned ?? .max >= calls[position].invoked
            }
    }
}
