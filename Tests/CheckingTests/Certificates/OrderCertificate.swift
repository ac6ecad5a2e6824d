// Checks an order that is said to explain calls, without any of the code that finds one.

import Checking

/// The evidence for a pass: positions of the calls in the order in which they took effect.
struct OrderCertificate<Model: SequentialModel>: Sendable {
    var model: Model
    var order: [Int]

    init(_ model: Model, order: [Int]) {
        self.model = model
        self.order = order
    }

    /// What is wrong with it, or `nil`: every call that returned is there once, none takes effect before its
    /// invocation or after its return, and the model allows each step.
    func fault(with calls: [Call<Model.Action>]) -> String? {
        var isPlaced = Array(repeating: false, count: calls.count)
        var state = model.initial
        // The latest invocation so far: whatever comes later must not have returned before it.
        var latest = Int64.min
        for position in order {
            guard calls.indices.contains(position), !isPlaced[position] else {
                return "call \(position) is there twice, or does not exist"
            }
            isPlaced[position] = true
            let call = calls[position]
            if let returned = call.returned, returned < latest {
                return "call \(position) had returned before one that is placed earlier was invoked"
            }
            latest = max(latest, call.invoked)
            guard let next = model.apply(call.action, to: state) else {
                return "the model does not allow call \(position) where it is placed"
            }
            state = next
        }
        let missing = calls.indices.first { calls[$0].returned != nil && !isPlaced[$0] }
        return missing.map { "call \($0) returned but is not there" }
    }
}
