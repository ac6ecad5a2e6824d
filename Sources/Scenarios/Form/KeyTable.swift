// Every key of the scenario form, block by block: the decoder refuses all others, docs/scenario.md is held
// against it, and the JSON Schema is made of it.

import Histories

/// The keys that one block of a scenario may have.
struct KeyTable: Sendable {
    struct Key: Sendable {
        var name: String
        /// What may stand there.
        var form: JSONSchema
        /// One line for whoever writes the file.
        var summary: String
        var isRequired = false
    }

    /// What a message calls the block.
    var block: String
    /// Exactly one key of each of these groups must be given.
    var exactlyOne: [[String]]
    /// Keys of the design whose work is not done yet.
    var later: [String]
    /// Words that people try, and what to write instead.
    var instead: [String: String]
    var entries: [Key]

    init(
        _ block: String, exactlyOne: [[String]] = [], later: [String] = [], instead: [String: String] = [:],
        @KeyList entries: () -> [Key]
    ) {
        self.block = block
        self.exactlyOne = exactlyOne
        self.later = later
        self.instead = instead
        self.entries = entries()
    }

    var keys: [String] { entries.map(\.name) }

    func requires(_ key: String) -> Bool { entries.contains { $0.name == key && $0.isRequired } }

    /// The keys under one of which a binding has its value.
    var valueKeys: [String] { exactlyOne.first ?? ["value"] }

    /// The block's name in the schema's `$defs`.
    var definition: String {
        let words = block.split(separator: " ")
        let article = words.first.map { $0 == "a" || $0 == "an" } ?? false
        return (article ? words.dropFirst() : words[...]).joined(separator: "-").replacing("'", with: "")
    }

    /// Every table, for the schema and the documentation's test.
    static let all: [KeyTable] = [
        scenario, expectation, target, service, companion, tls, file, ready, stop, database, sqlite,
        postgresql,
        mariadb, galera, defaults, setup, operation, operationWithSteps, step, wait, waitRange, upload, retry,
        outcome, needs,
        sequence, model, register, casRegister, stateMachine, boundedCounter, set, unique, claim,
        writeBinding, amountBinding,
        elementBinding,
        compareAndSet, transition, read, stateRead, setRead, bank, multiRegister, listAppend, rwRegister,
        transaction, access, accessed, balances, invariant, progress, load, clients, burst,
        eachRound, repeated, loadKey, clientState, fault, pause, kill, restart, threshold, explore,
        knownFinding, knownFindings,
        regression, regressionStep, expectedFinding,
    ]
}

extension KeyTable {
    static func required(_ name: String, _ form: JSONSchema, _ summary: String) -> Key {
        Key(name: name, form: form, summary: summary, isRequired: true)
    }

    static func optional(_ name: String, _ form: JSONSchema, _ summary: String) -> Key {
        Key(name: name, form: form, summary: summary)
    }
}

/// The keys of a table, one a line; those that several tables share stand among them under one name.
@resultBuilder
enum KeyList {
    static func buildExpression(_ key: KeyTable.Key) -> [KeyTable.Key] { [key] }
    static func buildExpression(_ keys: [KeyTable.Key]) -> [KeyTable.Key] { keys }
    static func buildBlock(_ keys: [KeyTable.Key]...) -> [KeyTable.Key] { keys.flatMap { $0 } }
}
