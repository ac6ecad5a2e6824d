// The keys of models and invariants.

import Histories

extension KeyTable {
    static let model = KeyTable("a model", exactlyOne: [ModelKeyword.allCases.map(\.rawValue)]) {
        ModelKeyword.allCases.map { optional($0.rawValue, Form.block($0.form.table), $0.form.about) }
        everyModel
    }
    private static let everyModel = [
        optional("key", Form.text, "The entity, such as ${{ image }}; required here or in the kind."),
        optional("initial", Form.value, "Value before the first write; else the first read binds it."),
        optional(
            "consistency", Form.words(of: Model.Consistency.self),
            "`final`: only reads after quiescence are judged."),
    ]
    static let register = KeyTable("register") {
        everyModel
        required("write", Form.blocks(writeBinding), "{ operation, value }, the value sent.")
        required("read", Form.blocks(read), "{ operation, value }, the value captured.")
    }
    static let casRegister = KeyTable("cas-register") {
        everyModel
        optional("write", Form.blocks(writeBinding), "Writes that depend on nothing.")
        required(
            "compare-and-set", Form.blocks(compareAndSet),
            "Writes that take effect only on the value they expect.")
        required("read", Form.blocks(read), "{ operation, value }, the value captured.")
    }
    static let stateMachine = KeyTable("state-machine") {
        everyModel
        required("transitions", Form.blocks(transition), "What leads from which state to which.")
        required("observe", Form.blocks(stateRead), "Reads of the state.")
    }
    static let boundedCounter = KeyTable("bounded-counter") {
        everyModel
        optional(
            "limit", .anyOf([.number, Form.text]),
            "The most: a number, or a placeholder of a key or a setup capture; any by default.")
        optional(
            "minimum", .anyOf([.number, Form.text]), "The least; 0 by default. One of both is required.")
        optional("add", Form.blocks(amountBinding), "{ operation, by }; this or `subtract` is required.")
        optional("subtract", Form.blocks(amountBinding), "{ operation, by }")
        optional("observe", Form.blocks(read), "{ operation, value }")
    }
    static let set = KeyTable("set") {
        everyModel
        required("add", Form.blocks(elementBinding), "{ operation, element }")
        optional("remove", Form.blocks(elementBinding), "{ operation, element }")
        required("read", Form.blocks(setRead), "{ operation, elements }")
        optional(
            "phantoms", Form.words(of: Model.Phantoms.self),
            "`ignored`: the service adds elements of its own.")
    }
    static let unique = KeyTable("unique") {
        everyModel
        required(
            "claim", Form.oneOrMore(of: .anyOf([Form.text, Form.block(claim)])), "An ok one holds the key.")
        optional("release", names, "An ok one gives it back.")
    }
    static let claim = KeyTable("a claim") {
        bound
        required("when", Form.answers, "Only such ok answers are claims.")
    }
    private static let names = Form.oneOrMore(of: Form.text)

    private static let together = optional(
        "key", Form.text, "What is judged together; the whole run by default.")
    private static let initially = optional("initial", Form.value, "What each key holds at first.")
    private static let transactions = required(
        "transactions", Form.blocks(transaction), "{ operation, does }, what it reads and writes at once.")
    private static let isolation = optional(
        "isolation", Form.words(of: Isolation.self), "What must hold; strict-serializable by default.")
    static let totals = 0...1_000_000_000_000
    static let bank = KeyTable("bank") {
        together
        required("transfer", names, "What moves money from account to account.")
        required("read", Form.blocks(balances), "{ operation, balances }, all balances at once.")
        optional("total", Form.integer(totals), "What they add up to; else as read first.")
        optional("overdraft", Form.boolean, "`true`: a balance may be below zero.")
        everyModel.filter { $0.name == "consistency" }
    }
    static let multiRegister = KeyTable("multi-register") { [together, initially, transactions] }
    static let listAppend = KeyTable("list-append") { [together, transactions, isolation] }
    static let rwRegister = KeyTable("rw-register") {
        [together, initially, transactions, isolation]
    }
    static let transaction = KeyTable("a transaction") {
        bound
        required("does", Form.blocks(access), "Its reads and writes, in their order.")
    }
    static let access = KeyTable(
        "a step of a transaction", exactlyOne: [KeyAccess.Kind.allCases.map(\.rawValue)]
    ) {
        KeyAccess.Kind.allCases.map {
            optional($0.rawValue, Form.block(accessed), "{ key, value } of one key.")
        }
    }
    static let accessed = KeyTable("what a step is about") {
        required("key", Form.text, "Such as ${{ account }}.")
        required("value", Form.value, "What was captured or sent.")
    }
    static let balances = KeyTable("a read of balances", exactlyOne: [["balances", "value"]]) {
        bound
        values("balances", "value", summary: "A map or list of whole numbers.")
    }

    private static let state = JSONSchema.anyOf([Form.text, .null])
    private static let bound = required("operation", Form.text, "The operation bound.")
    private static let absent = optional(
        "absent", Form.answers, "Answers that observe that the entity is not there.")
    private static func values(_ names: String..., summary: String) -> [Key] {
        names.map { optional($0, Form.value, summary) }
    }
    static let writeBinding = KeyTable("a write") {
        [bound, required("value", Form.value, "The value sent.")]
    }
    static let amountBinding = KeyTable("an addition or subtraction", exactlyOne: [["by", "value"]]) {
        bound
        values("by", "value", summary: "The amount, a number or a placeholder.")
    }
    static let elementBinding = KeyTable("an element's operation", exactlyOne: [["element", "value"]]) {
        bound
        values("element", "value", summary: "The element.")
    }
    static let compareAndSet = KeyTable("compare-and-set") {
        bound
        required("expected", Form.value, "The value it depends on.")
        required("new", Form.value, "The value it sets.")
    }
    static let transition = KeyTable("a transition") {
        bound
        optional(
            "from", Form.oneOrMore(of: state),
            "A state or a list of states, also placeholders; any by default.")
        required("to", state, "The state it leads to.")
    }
    static let read = KeyTable("a read") {
        [bound, required("value", Form.value, "The value captured."), absent]
    }
    static let stateRead = KeyTable("observe", exactlyOne: [["state", "value"]]) {
        bound
        values("state", "value", summary: "The state captured.")
        absent
    }
    static let setRead = KeyTable("a read of elements", exactlyOne: [["elements", "value"]]) {
        bound
        values("elements", "value", summary: "The list captured.")
        absent
    }

    static let invariant = KeyTable(
        "an invariant", exactlyOne: [["always", "finally", "unique", "same", "progress"]]
    ) {
        required("name", Form.text, "The sentence.")
        optional("always", Form.text, "A comparison of every ok answer of one operation.")
        optional("finally", Form.text, "A comparison after quiescence, for each key and replica.")
        optional(
            "unique", Form.text, "OPERATION.NAME: the value never comes twice on one key, or in one round.")
        optional("same", Form.text, "OPERATION.NAME: one value in all answers that `per` puts together.")
        optional(
            "per", Form.text,
            "Beside `unique` and `same`: a text such as ${{ shop }}; of `unique` also `run`.")
        optional("progress", Form.block(progress), "Some answer in every such window of the load.")
    }
    static let progress = KeyTable("progress") {
        required("operation", Form.text, "The operation that must be answered.")
        required("within", Form.duration, "Length of the window.")
        optional("outside", Form.words(["faults"]), "Windows that a fault overlaps do not count.")
    }
}
