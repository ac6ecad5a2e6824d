// What is decided of one key, of own runs and of foreign histories alike.

/// The calls of one key (of one element, where a set is judged by elements), ready to be decided.
struct KeyCase<Model: SequentialModel>: Sendable {
    var key: String
    /// The element, as text.
    var element: String?
    var model: Model
    var calls: [Call<Model.Action>]
    var refused: [Call<Model.Action>] = []
}

extension KeyCase {
    /// Whether some order of its calls explains them.
    func decide(budget: Int, recordsOrder: Bool = false) -> Decision<Model> {
        model.decide(calls, budget: budget, recordsOrder: recordsOrder)
    }

    /// The fewest of its calls that contradict the model, and how many configurations it took to find them.
    func example(
        of decision: Decision<Model>, budget: Int = .max
    ) -> (found: SmallestContradiction<Model>, explored: Int) {
        var search = ExampleSearch(
            model, calls, decision, budget: min(budget, ExampleSearch<Model>.budget))
        return (search.find(), search.explored)
    }
}

extension KeyCase where Model: AccusingModel, Model.Action: KeyAction {
    /// All calls of a key as one case.
    init(_ key: KeyCalls<Model.Action>, _ model: Model) {
        self.init(key: key.key, model: model, calls: key.calls, refused: key.refused)
    }
}
