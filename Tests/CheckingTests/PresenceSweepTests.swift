// One pass over the reads of a set says of each element what trying every order says.

import Core
import Testing

@testable import Checking

@Suite struct PresenceSweepTests {
    @Test func onePassFindsExactlyTheElementsThatNoOrderExplains() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(state: seed)
        var wrong = 0
        for number in 0..<Sample.histories(4000) {
            let initial: [Value]? = [nil, [], ["a"]].randomElement(using: &generator) ?? nil
            let calls = Self.calls(&generator)
            guard let sweep = PresenceSweep(calls, initial: initial) else {
                Issue.record("nothing is removed, seed \(seed)")
                return
            }
            let found = Set(sweep.wrongElements().map(\.value))
            for element in ["a", "b"] as [Value] {
                let presence = initial.map { $0.contains(element) ? Presence.present : .missing } ?? .unbound
                let expected = !BruteForce(
                    model: PresenceModel(initial: presence), calls: Self.calls(calls, on: element)
                ).isLinearizable
                wrong += expected ? 1 : 0
                #expect(found.contains(element) == expected, "history \(number), seed \(seed): \(calls)")
            }
        }
        #expect(wrong > 100)
    }

    @Test func aSetFromWhichSomethingIsRemovedIsLeftToTheSearch() {
        let call = Call(operation: 0, action: SetAction.remove("a"), invoked: 0, returned: 1)
        let sweep = PresenceSweep([call], initial: nil)
        #expect(sweep == nil)
    }

    /// Up to six calls with many equal stamps; additions may be of unknown outcome or come twice.
    private static func calls(_ generator: inout SeededGenerator) -> [Call<SetAction>] {
        (0..<Int.random(in: 1...6, using: &generator)).map { operation in
            let invoked = Int64.random(in: 0...8, using: &generator)
            let returned = invoked + Int64.random(in: 0...3, using: &generator)
            if Bool.random(using: &generator) {
                let elements = (["a", "b", "a"] as [Value]).filter { _ in Bool.random(using: &generator) }
                return Call(
                    operation: operation, action: .elements(elements), invoked: invoked, returned: returned)
            }
            let isUnknown = Int.random(in: 0..<4, using: &generator) == 0
            return Call(
                operation: operation, action: .add(Bool.random(using: &generator) ? "a" : "b"),
                invoked: invoked, returned: isUnknown ? nil : returned)
        }
    }

    private static func calls(_ calls: [Call<SetAction>], on element: Value) -> [Call<PresenceAction>] {
        calls.compactMap { call in
            let action: PresenceAction
            switch call.action {
            case .add(let value):
                guard value == element else { return nil }
                action = .add
            case .remove(let value):
                guard value == element else { return nil }
                action = .remove
            case .elements(let values): action = .seen(values.contains(element))
            }
            return Call(
                operation: call.operation, action: action, invoked: call.invoked, returned: call.returned)
        }
    }
}
