// An independent decision procedure for small histories: every order, every subset of unknown calls.

@testable import Checking

/// Tries, call by call, every order that respects time; only for a handful of calls.
struct BruteForce<Model: SequentialModel> {
    let model: Model
    let calls: [Call<Model.Action>]

    var isLinearizable: Bool { extend(Set(calls.indices), model.initial) }

    private func extend(_ left: Set<Int>, _ state: Model.State) -> Bool {
        if left.allSatisfy({ calls[$0].returned == nil }) { return true }
        for index in left {
            // Nothing that is left may have returned before this one was invoked.
            let isNext = left.allSatisfy { other in
                guard let returned = calls[other].returned else { return true }
                return returned >= calls[index].invoked
            }
            guard isNext, let after = model.apply(calls[index].action, to: state) else { continue }
            if extend(left.subtracting([index]), after) { return true }
        }
        return false
    }
}
