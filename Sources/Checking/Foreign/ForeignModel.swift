// What a foreign history can be judged by, and the readings on which its field does not agree.

public import Core
import Histories
public import Scenarios

/// The objects and transactions of Jepsen, Knossos and Elle, by the names that they use.
public enum ForeignModel: String, Sendable, Hashable, CaseIterable {
    case register
    case casRegister = "cas-register"
    case mutex
    case multiRegister = "multi-register"
    case counter
    case set
    case setFull = "set-full"
    case bank
    case listAppend = "list-append"
    case rwRegister = "rw-register"
    case longFork = "long-fork"

    /// What every operation is called, where the model knows one word only: histories may leave it out.
    public var onlyWord: String? {
        switch self {
        case .multiRegister, .listAppend, .rwRegister, .longFork: "txn"
        case .register, .casRegister, .mutex, .counter, .set, .setFull, .bank: nil
        }
    }
}

/// What a refused compare-and-set says.
public enum FailedCompareAndSet: String, Sendable, Hashable, CaseIterable {
    /// The register held another value than the expected one, at some time between invocation and return (as
    /// in porcupine's etcd model).
    case mismatch
    /// Nothing (as in Knossos).
    case ignored
}

/// What a read that gives nil says.
public enum NilRead: String, Sendable, Hashable, CaseIterable {
    /// Nothing had been written (as in porcupine's etcd model).
    case unset
    /// Nothing (as in Knossos).
    case ignored
}

/// By what, and how far, a foreign history is judged.
public struct ForeignOptions: Sendable {
    public var model: ForeignModel
    public var failedCompareAndSet = FailedCompareAndSet.mismatch
    public var nilRead = NilRead.unset
    /// What was there before: a register's value (else nil), or the registers by name (else anything).
    public var initial: Value?
    /// Of a bank: what all balances add up to; `nil`: what the first read adds up to.
    public var total: Int?
    /// Of a bank: whether a balance may be below zero.
    public var allowsOverdraft = false
    /// Of `list-append` and `rw-register`: what is asked of transactions.
    public var isolation: Isolation
    /// Configurations that may be explored for one key.
    public var budget = 10_000_000
    /// Whether a violation is reduced to its smallest example; without, it is only found.
    public var findsExamples = true
    /// Whether the order that explains a key is wanted.
    public var recordsOrder = false

    public init(_ model: ForeignModel, _ isolation: Isolation = .strictSerializable) {
        self.model = model
        self.isolation = isolation
    }

    /// How the history was read, a sentence each; what a verdict depends on.
    var readings: [String] {
        switch model {
        case .casRegister:
            [failedReading, nilReading]
        case .register, .multiRegister: [nilReading]
        case .mutex: ["It starts free; only a held mutex can be released."]
        case .counter: ["It starts at 0; additions and reads of unknown outcome may count or not."]
        case .set: ["Only the last read is judged."]
        case .setFull: ["Every read is judged."]
        case .bank: ["Every read shows the same total, and no balance below zero."]
        case .listAppend, .rwRegister:
            ["Strict serializability: one order of all committed transactions that respects time."]
        case .longFork: ["Snapshot isolation: writes become visible in one order, the same to every read."]
        }
    }

    private var failedReading: String {
        switch failedCompareAndSet {
        case .mismatch: "A failed cas asserts that the value did not match."
        case .ignored: "A failed cas says nothing."
        }
    }

    private var nilReading: String {
        switch nilRead {
        case .unset: "A read of nil asserts that nothing had been written."
        case .ignored: "A read of nil says nothing."
        }
    }
}

/// An operation that the model has no word for.
public struct ForeignError: Error, Sendable, Hashable {
    /// Line of the invocation.
    public var line: Int
    /// What is wrong and what was expected.
    public var message: String

    init(_ operation: ForeignOperation, _ message: String) {
        line = operation.line
        self.message = message
    }

    static func unknown(_ operation: ForeignOperation, known: String) -> ForeignError {
        ForeignError(
            operation,
            "`\(operation.f)` means nothing in this model, which knows \(known); is it the right one?")
    }
}
