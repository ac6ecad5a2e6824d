// Transactions in columns: what each did, without a collection of its own for any of them.

public import Core
import Histories

/// Which kind of transactions a history holds.
public enum TransactionModel: Sendable, Hashable {
    /// Reads give the whole list, writes append to it.
    case listAppend
    /// Reads give the value, writes replace it.
    case versionedRegister
}

/// The transactions of a history.
///
/// Keys and values are numbers: whole numbers from 0 to 2³¹ − 2 stand for themselves as values, others are
/// counted below `nothing`.
public struct TransactionHistory: Sendable {
    /// The value of a register before anything is written.
    static let nothing: Int32 = -1

    struct Operation {
        enum Kind: UInt8 { case write, read }

        var kind: Kind
        var key: Int32
        /// The value; of a read of a list: where its elements begin.
        var value: Int32
        /// Elements of a list that was read.
        var count: Int32 = 0
    }

    let model: TransactionModel
    /// By transaction.
    private(set) var outcomes: [Outcome] = []
    private(set) var processes: [Int] = []
    /// What the numbers in `processes` are called.
    private(set) var sender = "process"
    /// What a register that holds nothing yet is said to hold.
    private var initial: Value = .null
    private(set) var invoked: [Int64] = []
    /// `.max` where the outcome is unknown.
    private(set) var returned: [Int64] = []
    /// The operations of transaction n are those from `starts[n]` to `starts[n + 1]`.
    private(set) var starts: [Int32] = [0]
    private(set) var operations: [Operation] = []
    private(set) var elements: [Int32] = []
    private var keyNumbers = Numbering<Value>()
    private var otherValues = Numbering<Value>()

    public init(_ model: TransactionModel) { self.model = model }

    public var count: Int { outcomes.count }
    var keys: [Value] { keyNumbers.items }

    func operations(of transaction: Int) -> ArraySlice<Operation> {
        operations[Int(starts[transaction])..<Int(starts[transaction + 1])]
    }

    /// The elements that a read gave.
    func list(_ read: Operation) -> ArraySlice<Int32> {
        elements[Int(read.value)..<Int(read.value) + Int(read.count)]
    }

    /// Whether one process ran them, this one first; one whose end is not known orders nothing after it.
    func isInProcess(_ first: Int, before second: Int) -> Bool {
        processes[first] == processes[second] && returned[first] != .max && invoked[first] < invoked[second]
    }

    /// It is told as one of our own runs, with what was there at first.
    mutating func tellAsOwn(_ initial: Value?) {
        sender = "client"
        self.initial = initial ?? .null
    }

    // MARK: - Adding

    /// Begins a transaction; what it does follows.
    public mutating func begin(process: Int, outcome: Outcome, invoked: Int64, returned: Int64?) {
        outcomes.append(outcome)
        processes.append(process)
        self.invoked.append(invoked)
        self.returned.append(returned ?? .max)
        starts.append(Int32(operations.count))
    }

    /// Adds a write (an append, in lists) to the transaction begun last.
    public mutating func write(_ value: Int32, to key: Int32) {
        add(Operation(kind: .write, key: key, value: value))
    }

    /// Adds a read of a register, `nil` for nothing.
    public mutating func read(_ value: Int32?, from key: Int32) {
        add(Operation(kind: .read, key: key, value: value ?? Self.nothing))
    }

    /// Adds a read of a list.
    public mutating func read(_ list: some Sequence<Int32>, from key: Int32) {
        let start = elements.count
        elements.append(contentsOf: list)
        add(
            Operation(
                kind: .read, key: key, value: Int32(start), count: Int32(elements.count - start)))
    }

    private mutating func add(_ operation: Operation) {
        operations.append(operation)
        starts[starts.count - 1] = Int32(operations.count)
    }

    /// The number of a key, new ones in order of appearance.
    public mutating func number(ofKey key: Value) -> Int32 {
        Int32(keyNumbers.number(of: key))
    }

    private mutating func number(of value: Value) -> Int32 {
        if case .int(let number) = value, (0..<Int(Int32.max)).contains(number) { return Int32(number) }
        if value == .null { return Self.nothing }
        return Self.nothing - 1 - Int32(otherValues.number(of: value))
    }

    func value(_ number: Int32) -> Value {
        if number >= 0 { return .int(Int(number)) }
        return number == Self.nothing ? initial : otherValues.items[Int(Self.nothing - number) - 1]
    }

    /// Adds a transaction `[["r",k,v],["append",k,v],…]`; what did not end well says only what it tried to
    /// write.
    mutating func add(_ operation: ForeignOperation) throws(ForeignError) {
        let steps = try operation.steps(known: "txn with a list of operations")
        begin(
            process: operation.process, outcome: operation.outcome, invoked: operation.invoked,
            returned: operation.returned)
        for step in steps {
            let (name, ofKey, value) = try operation.step(
                step, form: "an operation is [name,key,value]", isName: { _ in true })
            guard name.hasPrefix("r") || value != .null else {
                throw ForeignError(operation, "a write needs a value: \(shown(step))")
            }
            let key = number(ofKey: ofKey)
            switch (name, model) {
            case ("append", .listAppend), ("w", .versionedRegister), ("write", .versionedRegister):
                write(number(of: value), to: key)
            case ("r", .versionedRegister), ("read", .versionedRegister):
                if operation.outcome == .ok { read(number(of: value), from: key) }
            case ("r", .listAppend), ("read", .listAppend):
                guard operation.outcome == .ok else { continue }
                guard value == .null || value.elements != nil else {
                    throw ForeignError(operation, "a read gives a list, not \(shown(value))")
                }
                let numbers = (value.elements ?? []).map { number(of: $0) }
                read(numbers, from: key)
            default:
                let known = model == .listAppend ? "r and append" : "r and w"
                throw ForeignError(operation, "`\(name)` is no operation of this model, which knows \(known)")
            }
        }
    }
}
