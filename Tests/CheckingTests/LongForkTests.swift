// Long forks: each story by hand, and verdicts against every order of the writes on small random histories.

import Core
import Histories
import Testing

@testable import Checking

@Suite struct LongForkTests {
    /// `w x` writes 1 to x; `r x -y` reads x with 1 and y without anything; `!w x` failed.
    private func operations(_ lines: [String]) -> [ForeignOperation] {
        lines.enumerated().map { number, line in
            var words = line.split(separator: " ").map(String.init)
            let name = words.removeFirst()
            let outcome: Outcome = name.hasPrefix("!") ? .fail : name.hasPrefix("?") ? .unknown : .ok
            let steps = words.map { word -> Value in
                let isHidden = word.hasPrefix("-")
                let key = isHidden ? String(word.dropFirst()) : word
                return .array([.string(name.hasSuffix("w") ? "w" : "r"), .string(key), isHidden ? .null : 1])
            }
            return ForeignOperation(
                process: number, f: "txn", argument: .array(steps), result: .array(steps), outcome: outcome,
                invoked: Int64(2 * number), returned: outcome == .unknown ? nil : Int64(2 * number + 1),
                line: number + 1)
        }
    }

    private func judge(_ lines: [String]) async throws -> ForeignJudgement {
        try ForeignCheck(ForeignOptions(.longFork)).judge(operations(lines))
    }

    @Test func twoReadsThatSawTwoWritesInDifferentOrdersAreTheStory() async throws {
        let judgement = try await judge([
            "w x", "r x -y", "w z", "r -x -y", "r y -x z", "w y", "r x y z",
        ])
        #expect(judgement.verdict == .violation)
        let fork = try #require(judgement.violations.first)
        #expect(fork.kind == "long-fork" && fork.operations == [1, 4] && fork.count == 1)
        #expect(
            fork.title
                == "process 1 saw the write of \"x\" but not of \"y\", process 4 the other way round: no order of "
                + "the two explains both.")
        #expect(fork.reasons.count == 2 && fork.reasons[0].contains("\"y\""))
    }

    @Test func aCircleOfThreeReadsIsFoundThoughEveryTwoAgree() async throws {
        let judgement = try await judge(["r x -y", "r y -z", "r z -x", "w x"])
        #expect(judgement.violations.map(\.operations) == [[0, 1, 2]])
        #expect(judgement.violations.first?.title.hasPrefix("3 reads") == true)
    }

    @Test func orderInTimeIsNotAsserted() async throws {
        #expect(try await judge(["w x", "r -x", "w y", "r -x y", "?w z", "r z", "r -z"]).verdict == .pass)
    }

    @Test func whatSingleReadsShowIsTold() async throws {
        #expect(try await judge(["!w x", "r x"]).violations.map(\.kind) == ["G1a"])
        #expect(try await judge(["!w x", "w x", "r x"]).verdict == .pass)
        #expect(try await judge(["r x -x"]).violations.map(\.kind) == ["internal"])
        var other = operations(["w x", "r x"])
        other[1].result = .array([.array(["r", "x", 2])])
        let judgement = try ForeignCheck(ForeignOptions(.longFork)).judge(other)
        #expect(judgement.violations.map(\.kind) == ["phantom"])
    }

    @Test func withoutAReadNothingIsDecided() async throws {
        #expect(try await judge(["w x", "w y"]).verdict == .unknown)
    }

    @Test(arguments: [["w x y"], ["r x", "q x"]])
    func whatIsNoWordOfTheModelIsRefused(lines: [String]) async throws {
        var operations = operations(lines)
        if lines.count > 1 { operations[1].f = "add" }
        #expect(throws: ForeignError.self) {
            try ForeignCheck(ForeignOptions(.longFork)).judge(operations)
        }
    }

    @Test func aKeyThatIsWrittenTwiceIsRefused() async throws {
        var operations = operations(["w x", "w x"])
        operations[1].result = .array([.array(["w", "x", 2])])
        #expect(throws: ForeignError.self) {
            try ForeignCheck(ForeignOptions(.longFork)).judge(operations)
        }
    }

    @Test func verdictsAreThoseOfASearchOverAllOrders() async throws {
        var forks = 0
        for seed in UInt64(1)...2000 {
            var generator = SeededGenerator(state: seed)
            let keys = ["a", "b", "c", "d"].shuffled(using: &generator)
            let lines = (0..<Int.random(in: 1...5, using: &generator)).map { _ -> String in
                // Mostly snapshots of one order, some of none.
                let cut = Int.random(in: 0...4, using: &generator)
                let isWild = Int.random(in: 0..<4, using: &generator) == 0
                let parts = keys.enumerated().shuffled(using: &generator).prefix(3).map { place, key in
                    (isWild ? Bool.random(using: &generator) : place < cut) ? key : "-" + key
                }
                return "r " + parts.joined(separator: " ")
            }
            let judgement = try await judge(lines)
            let isExplained = orders(keys).contains { order in
                lines.allSatisfy { explains(order, $0) }
            }
            #expect((judgement.verdict == .pass) == isExplained, "seed \(seed): \(lines)")
            if let fork = judgement.violations.first {
                forks += 1
                let told = fork.operations.map { lines[$0] }
                #expect(
                    !orders(keys).contains { order in told.allSatisfy { explains(order, $0) } },
                    "seed \(seed): \(told) alone is explained")
            }
        }
        #expect(forks > 100)
    }

    private func explains(_ order: [String], _ line: String) -> Bool {
        let words = line.split(separator: " ").dropFirst().map(String.init)
        let shown = words.filter { !$0.hasPrefix("-") }.compactMap { order.firstIndex(of: $0) }
        let hidden = words.filter { $0.hasPrefix("-") }.compactMap {
            order.firstIndex(of: String($0.dropFirst()))
        }
        return shown.max() ?? -1 < hidden.min() ?? .max
    }

    private func orders(_ keys: [String]) -> [[String]] {
        guard keys.count > 1 else { return [keys] }
        return keys.indices.flatMap { index -> [[String]] in
            var rest = keys
            let first = rest.remove(at: index)
            return orders(rest).map { [first] + $0 }
        }
    }
}
