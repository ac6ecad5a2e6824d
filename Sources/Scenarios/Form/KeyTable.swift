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
    var entries: [Key]
    /// Exactly one key of each of these groups must be given.
    var exactlyOne: [[String]] = []
    /// Keys of the design whose work is not done yet.
    var later: [String] = []
    /// Words that people try, and what to write instead.
    var instead: [String: String] = [:]

    var keys: [String] { entries.map(\.name) }

    /// The block's name in the schema's `$defs`.
    var definition: String {
        let words = block.split(separator: " ")
        let article = words.first.map { $0 == "a" || $0 == "an" } ?? false
        return (article ? words.dropFirst() : words[...]).joined(separator: "-")
            .replacing("'", with: "")
    }

    /// Every table, for the schema and the documentation's test.
    static let all: [KeyTable] = [
        scenario, expectation, target, service, file, ready, stop, database, sqlite, postgresql, defaults,
        setup, operation, operationWithSteps, step, retry, outcome, needs, sequence, model, register,
        casRegister, stateMachine, boundedCounter, set, unique, writeBinding, amountBinding, elementBinding,
        compareAndSet, transition, read, stateRead, setRead, bank, multiRegister, listAppend, rwRegister,
        transaction, access, accessed, balances, invariant, progress, load, clients, burst,
        eachRound, loadKey, fault, pause, kill, restart, threshold, knownFinding, knownFindings,
    ]
}

extension KeyTable.Key {
    static func required(_ name: String, _ form: JSONSchema, _ summary: String) -> KeyTable.Key {
        KeyTable.Key(name: name, form: form, summary: summary, isRequired: true)
    }

    static func optional(_ name: String, _ form: JSONSchema, _ summary: String) -> KeyTable.Key {
        KeyTable.Key(name: name, form: form, summary: summary)
    }
}
