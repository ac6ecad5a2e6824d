// The words by which the form knows kinds of models.

/// In the order of the form.
enum ModelKeyword: String, CaseIterable {
    case register
    case casRegister = "cas-register"
    case stateMachine = "state-machine"
    case boundedCounter = "bounded-counter"
    case set, unique, bank
    case multiRegister = "multi-register"
    case listAppend = "list-append"
    case rwRegister = "rw-register"

    /// The keys of its block, and what it is for.
    var form: (table: KeyTable, about: String) {
        switch self {
        case .register: (.register, "Last write wins.")
        case .casRegister: (.casRegister, "A write may depend on the value.")
        case .stateMachine: (.stateMachine, "Named states and allowed transitions.")
        case .boundedCounter: (.boundedCounter, "A count from 0 to a limit.")
        case .set: (.set, "Elements added and removed.")
        case .unique: (.unique, "At most one holder at a time.")
        case .bank: (.bank, "Balances that always add up to the same.")
        case .multiRegister: (.multiRegister, "Several registers at one instant.")
        case .listAppend: (.listAppend, "Transactions on lists.")
        case .rwRegister: (.rwRegister, "Transactions on registers.")
        }
    }

    /// Whether it judges key by key; the others judge the whole run together unless they have a key.
    var needsKey: Bool {
        switch self {
        case .register, .casRegister, .stateMachine, .boundedCounter, .set, .unique: true
        case .bank, .multiRegister, .listAppend, .rwRegister: false
        }
    }
}

extension Model.Kind {
    var word: ModelKeyword {
        switch self {
        case .register: .register
        case .casRegister: .casRegister
        case .stateMachine: .stateMachine
        case .boundedCounter: .boundedCounter
        case .set: .set
        case .unique: .unique
        case .bank: .bank
        case .multiRegister: .multiRegister
        case .listAppend: .listAppend
        case .rwRegister: .rwRegister
        }
    }
}
