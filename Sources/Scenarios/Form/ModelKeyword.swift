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

    /// The keys of its block, what it is for, and whether it judges key by key; the others judge the whole
    /// run together unless they have a key.
    var form: (table: KeyTable, about: String, needsKey: Bool) {
        switch self {
        case .register: (.register, "Last write wins.", needsKey: true)
        case .casRegister: (.casRegister, "A write may depend on the value.", needsKey: true)
        case .stateMachine: (.stateMachine, "Named states and allowed transitions.", needsKey: true)
        case .boundedCounter: (.boundedCounter, "A count from 0 to a limit.", needsKey: true)
        case .set: (.set, "Elements added and removed.", needsKey: true)
        case .unique: (.unique, "At most one holder at a time.", needsKey: true)
        case .bank: (.bank, "Balances that always add up to the same.", needsKey: false)
        case .multiRegister: (.multiRegister, "Several registers at one instant.", needsKey: false)
        case .listAppend: (.listAppend, "Transactions on lists.", needsKey: false)
        case .rwRegister: (.rwRegister, "Transactions on registers.", needsKey: false)
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
