// Transactions in columns: what each did, without a collection of its own for any of them.

public import Core
import History

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
    private(set) var invoked: [Int64] = []
    /// `.max` where the outcome is unknown.
    private(set) var returned: [Int64] = []
    /// The operations of transaction n are those from `starts[n]` to `starts[n + 1]`.
    private(set) var starts: [Int32] = [0]
    private(set) var operations: [Operation] = []
    private(set) var elements: [Int32] = []
    private(set) var keys: [Value] = []
    private var keyNumbers: [Value: Int32] = [:]
    private var otherValues: [Value] = []
    private var otherNumbers: [Value: Int32] = [:]

    public init(_ model: TransactionModel) { self.model = model }

    public var count: Int { outcomes.count }

    func operations(of transaction: Int) -> ArraySlice<Operation> {
        operations[Int(starts[transaction])..<Int(starts[transaction + 1])]
    }

    /// The elements that a read gave.
    func list(_ read: Operation) -> ArraySlice<Int32> {
        elements[Int(read.value)..<Int(read.value) + Int(read.count)]
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
        if let number = keyNumbers[key] { return number }
        let number = Int32(keys.count)
        keyNumbers[key] = number
        keys.append(key)
        return number
    }

    private mutating func number(of value: Value) -> Int32 {
        if case .int(let number) = value, (0..<Int(Int32.max)).contains(number) { return Int32(number) }
        if value == .null { return Self.nothing }
        if let number = otherNumbers[value] { return number }
        otherValues.append(value)
        let number = Self.nothing - Int32(otherValues.count)
        otherNumbers[value] = number
        return number
    }

    func value(_ number: Int32) -> Value {
        if number >= 0 { return .int(Int(number)) }
        return number == Self.nothing ? .null : otherValues[Int(Self.nothing - number) - 1]
    }

    /// Adds a transaction `[["r",k,v],["append",k,v],…]`; what did not end well says only what it tried to
    /// write.
    mutating func add(_ operation: ForeignOperation) throws(ForeignError) {
        let value = operation.outcome == .ok ? operation.result : operation.argument
        guard ["txn", "read", "write"].contains(operation.f), let steps = value.elements else {
            throw .unknown(operation, known: "txn with a list of operations")
        }
        begin(
            process: operation.process, outcome: operation.outcome, invoked: operation.invoked,
            returned: operation.returned)
        for step in steps {
            guard let parts = step.elements, parts.count == 3, let name = parts[0].word else {
                throw ForeignError(operation, "an operation is [name,key,value], not \(shown(step))")
            }
            guard name.hasPrefix("r") || parts[2] != .null else {
                throw ForeignError(operation, "a write needs a value: \(shown(step))")
            }
            let key = number(ofKey: parts[1])
            switch (name, model) {
            case ("append", .listAppend), ("w", .versionedRegister), ("write", .versionedRegister):
                write(number(of: parts[2]), to: key)
            case ("r", .versionedRegister), ("read", .versionedRegister):
                if operation.outcome == .ok { read(number(of: parts[2]), from: key) }
            case ("r", .listAppend), ("read", .listAppend):
                guard operation.outcome == .ok else { continue }
                guard parts[2] == .null || parts[2].elements != nil else {
                    throw ForeignError(operation, "a read gives a list, not \(shown(parts[2]))")
                }
                let numbers = (parts[2].elements ?? []).map { number(of: $0) }
                read(numbers, from: key)
            default:
                let known = model == .listAppend ? "r and append" : "r and w"
                throw ForeignError(operation, "`\(name)` is no operation of this model, which knows \(known)")
            }
        }
    }
}
