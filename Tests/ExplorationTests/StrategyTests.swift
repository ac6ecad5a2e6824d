// What the strategies try: all of it, in order, and the same again for the same seed.

import Core
import Exploration
import Testing

@Suite struct StrategyTests {
    private static let increment: [ServerModel.Statement] = [.read("x"), .increment("x")]
    private static let locked: [ServerModel.Statement] = [.lock("l")] + increment + [.unlock("l")]

    private static func stay(_ prefix: [Int], _ count: Int = 2) -> Plan {
        Plan(prefix: prefix, rule: .stay(order: Array(0..<count)))
    }

    /// Every trial of the exhaustive strategy: its choices and what came of it.
    private static func explore(_ model: ServerModel, preemptions: Int) -> [[Int]: ServerModel.Outcome] {
        var strategy = ExhaustiveStrategy(requests: model.requests.count, preemptions: preemptions)
        var outcomes: [[Int]: ServerModel.Outcome] = [:]
        while let plan = strategy.next() {
            let outcome = model.run(plan)
            #expect(outcomes[outcome.trace.choices] == nil, "a schedule was tried twice")
            outcomes[outcome.trace.choices] = outcome
            strategy.learn(outcome.trace)
        }
        #expect(strategy.isComplete)
        return outcomes
    }

    /// All merges of the requests' statements.
    private static func merges(_ counts: [Int]) -> Set<[Int]> {
        guard counts.contains(where: { $0 > 0 }) else { return [[]] }
        return counts.indices.filter { counts[$0] > 0 }.reduce(into: []) { merges, request in
            var rest = counts
            rest[request] -= 1
            for merge in Self.merges(rest) { merges.insert([request] + merge) }
        }
    }

    private static func preemptions(_ merge: [Int]) -> Int {
        merge.indices.dropFirst().count { position in
            merge[position] != merge[position - 1] && merge[position...].contains(merge[position - 1])
        }
    }

    @Test(arguments: [[2, 2], [3, 2], [2, 2, 2], [4, 3]], 0...3)
    func theExhaustiveStrategyTriesEveryMergeWithinTheBound(counts: [Int], bound: Int) {
        let model = ServerModel(
            requests: counts.map { count in (0..<count).map { _ in .read("x") } })
        let expected = Self.merges(counts).filter { Self.preemptions($0) <= bound }
        #expect(Set(Self.explore(model, preemptions: bound).keys) == expected)
    }

    @Test func aLostUpdateIsAmongThemAndALockPreventsIt() {
        let racy = Self.explore(ServerModel(requests: [Self.increment, Self.increment]), preemptions: 1)
        #expect(racy.values.contains { $0.variables["x"] == 1 })
        let sound = Self.explore(ServerModel(requests: [Self.locked, Self.locked]), preemptions: 2)
        #expect(sound.count > 2)
        #expect(sound.values.allSatisfy { $0.variables["x"] == 2 && $0.ending == .complete })
    }

    /// Random requests, each a locked part and statements on three variables.
    private static func requests(_ generator: inout SeededGenerator) -> [[ServerModel.Statement]] {
        (0..<Int.random(in: 2...3, using: &generator)).map { _ in
            var statements = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                let name = ["x", "y", "z"].randomElement(using: &generator) ?? "x"
                return Bool.random(using: &generator)
                    ? ServerModel.Statement.read(name) : .increment(name)
            }
            if Bool.random(using: &generator) { statements = [.lock("l")] + statements + [.unlock("l")] }
            return statements
        }
    }

    /// Nothing that can come of a schedule within the bound is lost, and less is tried.
    @Test(arguments: 0...3) func whatIsLeftOutComesToWhatIsTried(bound: Int) {
        var generator = SeededGenerator(state: UInt64(bound) + 1)
        var tried = (all: 0, some: 0)
        for number in 0..<60 {
            var model = ServerModel(requests: Self.requests(&generator))
            let all = Self.explore(model, preemptions: bound)
            model.hasFootprints = true
            let some = Self.explore(model, preemptions: bound)
            tried.all += all.count
            tried.some += some.count
            func results(_ outcomes: [[Int]: ServerModel.Outcome]) -> Set<[[String: Int]]> {
                Set(outcomes.values.map { [$0.variables] + $0.seen })
            }
            #expect(results(all) == results(some), "model \(number): \(model.requests)")
        }
        if bound > 1 { #expect(tried.some < tried.all) } else { #expect(tried.some <= tried.all) }
    }

    @Test func fewerPreemptionsComeFirst() {
        var strategy = ExhaustiveStrategy(requests: 2, preemptions: 2)
        let model = ServerModel(requests: [Self.increment + Self.increment, Self.increment])
        var levels: [Int] = []
        while let plan = strategy.next() {
            let trace = model.run(plan).trace
            levels.append(trace.preemptions())
            strategy.learn(trace)
        }
        #expect(levels == levels.sorted())
        #expect(levels.last == 2)
    }

    @Test func aScheduleThatCannotBeFollowedLeavesAGap() {
        var strategy = ExhaustiveStrategy(requests: 2, preemptions: 1)
        #expect(strategy.next() != nil)
        strategy.giveUp()
        while let plan = strategy.next() {
            strategy.learn(ServerModel(requests: [Self.increment, Self.increment]).run(plan).trace)
        }
        #expect(!strategy.isComplete)
    }

    /// One serial trial shows where another request can come between.
    @Test func theDirectedStrategyFindsALostUpdateInTheSecondTrial() {
        let model = ServerModel(requests: [
            [.read("y"), .read("x"), .read("z"), .increment("x")], [.read("x"), .increment("x")],
        ])
        var portfolio = Portfolio(
            operations: ["a", "b"], strategies: [.serial, .directed], preemptions: 2, seed: 1)
        var trials: [Int] = []
        while let (_, plan) = portfolio.next(.quick) {
            let outcome = model.run(plan)
            portfolio.learn(outcome.trace)
            trials.append(outcome.variables["x"] ?? 0)
        }
        #expect(trials.first == 2)
        #expect(trials.dropFirst().first == 1)
    }

    @Test func serialTrialsComeInEveryOrder() {
        var strategy = SerialStrategy(requests: 3)
        let model = ServerModel(requests: [Self.increment, Self.increment, Self.increment])
        var orders: Set<[Int]> = []
        while let plan = strategy.next() {
            let outcome = model.run(plan)
            #expect(outcome.trace.preemptions() == 0)
            #expect(outcome.variables["x"] == 3)
            orders.insert(outcome.trace.choices)
        }
        #expect(orders.count == 6)
    }

    @Test(arguments: [StrategyName.pct, .pos, .random]) func theSameSeedGivesTheSameTrials(name: StrategyName)
    {
        func trials(_ seed: UInt64) -> [[Int]] {
            let model = ServerModel(requests: [Self.increment, Self.increment, Self.increment])
            var portfolio = Portfolio(
                operations: ["a", "b", "c"], strategies: [name], preemptions: 0, seed: seed)
            return (0..<20).compactMap { _ in
                guard let (_, plan) = portfolio.next(.thorough) else { return nil }
                let trace = model.run(plan).trace
                portfolio.learn(trace)
                return trace.choices
            }
        }
        #expect(trials(1) == trials(1))
        #expect(trials(1) != trials(2))
        #expect(trials(1).count == 20)
    }

    /// Request 2 reads and writes within the moment between the last two statements of request 1.
    @Test(arguments: [StrategyName.pct, .pos]) func aNarrowRaceIsFoundByChance(name: StrategyName) {
        let before = (0..<8).map { ServerModel.Statement.read("a\($0)") }
        let model = ServerModel(requests: [before + Self.increment, Self.increment])
        var portfolio = Portfolio(operations: ["a", "b"], strategies: [name], preemptions: 0, seed: 1)
        let found = (0..<200).count { _ in
            guard let (_, plan) = portfolio.next(.thorough) else { return false }
            let outcome = model.run(plan)
            portfolio.learn(outcome.trace)
            return outcome.variables["x"] == 1
        }
        #expect(found > 5, "\(found)")
    }

    /// A statement that races with none of nine is the last of all in one trial of ten; if it drew anew each
    /// time, in one of five hundred.
    @Test func whatRacesWithNothingKeepsItsPriority() {
        let nine = (0..<9).map { _ in ServerModel.Statement.read("x") }
        let model = ServerModel(requests: [nine, [.increment("y")]])
        var strategy = POSStrategy(seed: 3)
        let last = (0..<400).count { _ in
            strategy.next().map { model.run($0).trace.choices.last } == 1
        }
        #expect((20...80).contains(last), "\(last)")
    }

    @Test func whatTheTextsDoNotTellMayRaceWithEverything() {
        func turn(_ reads: Set<String>, _ writes: Set<String>) -> Turn {
            Turn(request: 0, statement: "s", reads: reads, writes: writes)
        }
        #expect(turn(["a"], []).mayRace(with: turn([], ["a"])))
        #expect(turn([], ["a"]).mayRace(with: turn([], ["a"])))
        #expect(!turn(["a"], []).mayRace(with: turn(["a"], ["b"])))
        #expect(turn([], []).mayRace(with: turn(["a"], [])))
        #expect(turn(["a"], []).mayRace(with: Turn(request: 0, statement: "COMMIT", isEnd: true)))
    }

    @Test func strategiesByChanceTakeTurns() {
        var portfolio = Portfolio(
            operations: ["a", "b"], strategies: [.pct, .pos, .random], preemptions: 0, seed: 1)
        let names = (0..<6).map { _ in portfolio.next(.thorough)?.strategy }
        #expect(names == [.pct, .pos, .random, .pct, .pos, .random])
    }
}
