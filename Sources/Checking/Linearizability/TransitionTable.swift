// The states that a search meets and the steps between them, by number: the search itself touches no state.

/// Remembers what each kind of call does in each state.
struct TransitionTable<Model: SequentialModel> {
    /// Entries up to which steps are remembered; beyond, they are asked of the model each time.
    static var entryLimit: Int { 1 << 22 }

    /// What a call cannot do.
    static var refused: Int32 { -1 }

    private static var unasked: Int32 { -2 }

    private let model: Model
    private let actions: [Model.Action]
    /// By kind of call.
    let isRead: [Bool]
    private var states = Numbering<Model.State>()
    /// By state, then kind.
    private var steps: [Int32] = []

    /// `actions` are the kinds of calls.
    init(_ model: Model, actions: [Model.Action]) {
        self.model = model
        self.actions = actions
        isRead = actions.map(model.isRead)
    }

    func state(_ number: Int32) -> Model.State { states.items[Int(number)] }

    mutating func number(of state: Model.State) -> Int32 {
        let known = states.items.count
        let number = states.number(of: state)
        if number == known, (known + 1) * actions.count <= Self.entryLimit {
            steps.append(contentsOf: repeatElement(Self.unasked, count: actions.count))
        }
        return Int32(number)
    }

    /// The state after a call of `kind`, or `refused`.
    mutating func step(from state: Int32, _ kind: Int) -> Int32 {
        let entry = Int(state) * actions.count + kind
        guard entry < steps.count else { return ask(state, kind) }
        if steps[entry] == Self.unasked {
            let next = ask(state, kind)
            steps[entry] = next
            return next
        }
        return steps[entry]
    }

    private mutating func ask(_ state: Int32, _ kind: Int) -> Int32 {
        model.apply(actions[kind], to: states.items[Int(state)]).map { number(of: $0) } ?? Self.refused
    }
}
