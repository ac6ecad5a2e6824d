// Models over several keys: what is wrong with them is said where it stands.

import Testing

@testable import Scenarios

@Suite struct TransactionFormTests {
    private static func text(_ model: String) -> String {
        """
        version: 1
        name: small
        target: { service: { command: [server] } }
        operations:
          put: { http: PUT /, vary: { word: unique } }
          show: { http: GET /, effect: none, capture: { shown: json $.shown } }
        models:
          m:
            \(model)
        load: { clients: 1, for: 1s, mix: { put: 1 } }
        """
    }

    @Test(arguments: [
        (
            "list-append: { transactions: { operation: put, does: { write: { key: a, value: 1 } } } }",
            "9:60: error: `write` is no step of `list-append`", "expected `append` or `read`"
        ),
        (
            "rw-register: { transactions: { operation: put, does: { apend: { key: a, value: 1 } } } }",
            "9:60: error: unknown key `apend` in a step of a transaction", "did you mean `append`?"
        ),
        (
            "rw-register: { transactions: { operation: put, does: { write: { key: a } } } }",
            "9:67: error: `value` is missing in what a step is about", ""
        ),
        (
            "rw-register: { transactions: { operation: show, does: { write: { key: a, value: 1 } } } }",
            "9:47: error: `show` is declared to change nothing, and its transaction writes",
            "take `effect: none` away, or the write"
        ),
        (
            "rw-register: { transactions: { operation: put, does: { read: { key: a, value: 1 } } } }",
            "9:47: error: `put` is no read, and a transaction without a write takes only reads", ""
        ),
        (
            "rw-register: { isolation: serialisable, transactions: { operation: put, "
                + "does: { write: { key: a, value: 1 } } } }",
            "9:31: error: `serialisable` is no isolation", "did you mean `serializable`?"
        ),
        (
            "bank: { transfer: puts, read: { operation: show, balances: \"${{ shown }}\" } }",
            "9:23: error: the operation `puts` is not defined", "did you mean `put`?"
        ),
        (
            "bank: { transfer: put, read: { operation: show, balances: \"${{ show }}\" } }",
            "undefined placeholder `show` in `show`", "did you mean `shown`?"
        ),
        (
            "bank: { transfer: put, read: { operation: show, balances: \"${{ shown }}\" } }\n    initial: 1",
            "10:5: error: `initial` means nothing to `bank`", ""
        ),
        (
            "multi-register: { transactions: [{ operation: put, does: { write: { key: a, value: 1 } } }, "
                + "{ operation: put, does: { write: { key: b, value: 1 } } }] }",
            "error: `put` stands here twice", ""
        ),
    ])
    func aMistakeIsToldWithItsPlaceAndTheNearestWord(model: String, error: String, suggestion: String) {
        let problems = Fixture.problems(Self.text(model))
        #expect(problems.contains(error) && problems.contains(suggestion), "\(problems)")
        #expect(problems.ranges(of: "error: ").count <= 2, "\(problems)")
    }

    @Test func aModelOverSeveralKeysNeedsNoKeyOfItsOwn() throws {
        let text = Self.text(
            "list-append: { transactions: [{ operation: put, "
                + "does: [{ append: { key: a, value: \"${{ word }}\" } }] }] }")
        #expect(Fixture.problems(text).isEmpty)
        let model = try #require(try Fixture.resolve(text).models.first)
        let append = KeyAccess(
            .append, key: Template(parts: [.literal("a")]), value: Template(parts: [.placeholder("word")]))
        #expect(
            model.kind
                == .listAppend(
                    [TransactionBinding(operation: "put", accesses: [append])], .strictSerializable))
        #expect(model.key.parts.isEmpty && model.observers.isEmpty && model.operations == ["put"])
    }
}
