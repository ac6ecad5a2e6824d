// Reduces the calls of a violation to the fewest that already contradict the model.

/// Finds a set of calls that cannot be made smaller.
///
/// A call is left out by making it say nothing: a read is dropped, a change becomes one that may take
/// effect at any time at all or never. What remains therefore contradicts the model whatever the others
/// did, unlike a plain cut of the history, in which a read could lose the write it saw. The deletion of
/// chunks is Zeller & Hildebrandt's (2002) ddmin.
struct SmallestExample<Model: SequentialModel> {
    /// Configurations that one try may explore; a try that needs more keeps its calls.
    static var probeBudget: Int { 20_000 }

    private let model: Model
    private let calls: [Call<Model.Action>]
    /// Configurations left for all tries.
    private(set) var budget: Int
    private(set) var explored = 0

    init(_ model: Model, _ calls: [Call<Model.Action>], budget: Int) {
        self.model = model
        self.calls = calls
        self.budget = budget
    }

    /// Positions of the calls kept, ascending; `suspects` are tried first.
    mutating func find(suspects: [Int]) -> [Int] {
        var kept = Array(calls.indices)
        if suspects.count < kept.count, contradicts(suspects) { kept = suspects }
        var size = max(1, kept.count / 2)
        while true {
            let before = kept.count
            removeChunks(of: size, from: &kept)
            if size == 1 {
                if kept.count == before || budget <= 0 { return kept }
            } else {
                size = max(1, min(size / 2, kept.count / 2))
            }
        }
    }

    private mutating func removeChunks(of size: Int, from kept: inout [Int]) {
        var end = kept.count
        while end > 0, budget > 0 {
            let start = max(0, end - size)
            var rest = kept
            rest.removeSubrange(start..<end)
            if contradicts(rest) { kept = rest }
            end = start
        }
    }

    private mutating func contradicts(_ strict: [Int]) -> Bool {
        guard !strict.isEmpty else { return false }
        let probe = strict.map { calls[$0] } + model.freed(calls, besides: strict)
        let decision = model.decide(
            probe, budget: min(budget, Self.probeBudget), recordsOrder: false)
        budget -= max(1, decision.explored)
        explored += decision.explored
        return decision.verdict == .violated
    }
}

extension SequentialModel {
    /// What the calls that are not at `strict` may still do: their changes at any time at all, or never.
    func freed(_ calls: [Call<Action>], besides strict: [Int]) -> [Call<Action>] {
        var isStrict = Array(repeating: false, count: calls.count)
        for position in strict { isStrict[position] = true }
        let free = calls.indices.filter { !isStrict[$0] && !isRead(calls[$0].action) }.map {
            Call(operation: calls[$0].operation, action: calls[$0].action, invoked: .min, returned: nil)
        }
        return helpful(free, to: strict.map { calls[$0] })
    }
}
