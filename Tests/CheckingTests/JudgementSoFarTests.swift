// A run that is judged while it goes on: a finding is known as soon as the whole history shows it, and what
// is judged in between is only what is new.

import Core
import Histories
import Testing

@testable import Checking

@Suite struct JudgementSoFarTests {
    /// Adds rounds of a register; a round in `bad` has a read of what nobody wrote.
    private func addRounds(
        _ rounds: Range<Int>, bad: Set<Int>, keys: Int, to run: inout RunBuilder
    ) {
        for round in rounds {
            let start = Double(round * 10)
            let key = "k\(round % keys)"
            run.add("rename", start, start + 1, key: key, values: ["unique": .int(round)], round: round)
            run.add(
                "show", start + 2, start + 3, key: key,
                captures: ["name": bad.contains(round) ? -1 : .int(round)], round: round)
        }
    }

    private var run: RunBuilder {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        run.rounds = 1000
        return run
    }

    @Test(arguments: [1, 3, 1000]) func onlyNewRoundsAndTheirKeysAreJudged(keys: Int) throws {
        var run = run
        var soFar = JudgementSoFar(run.scenario)
        var judged: [Int] = []
        func look() -> Judgement? {
            soFar.judgement(of: run.history) { history in
                judged.append(history.operations.count)
                return judge(history, by: run.scenario)
            }
        }
        addRounds(0..<100, bad: [], keys: keys, to: &run)
        #expect(look()?.findings.isEmpty == true)
        addRounds(100..<101, bad: [], keys: keys, to: &run)
        #expect(look() == nil)
        let ofKey = (0..<101).filter { $0 % keys == 100 % keys }.count
        #expect(judged == [200, 2 * ofKey])
        // What a look at the new rounds shows is looked at in the whole.
        addRounds(101..<102, bad: [101], keys: keys, to: &run)
        let found = try #require(look())
        #expect(found.findings.map(\.kind) == [.phantom] && judged.last == 204)
        // It is known now, and no reason for another look.
        addRounds(102..<103, bad: [102], keys: keys, to: &run)
        #expect(look() == nil)
    }

    @Test func aFindingIsKnownAsSoonAsTheWholeShowsIt() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(state: seed)
        var late = 0
        for number in 0..<Sample.histories(40) {
            var run = run
            var soFar = JudgementSoFar(run.scenario)
            let bad = Int.random(in: 0..<150, using: &generator)
            let keys = [1, 2, 7, 1000].randomElement(using: &generator) ?? 1
            var done = 0
            var known = false
            while done < 120 {
                let rounds = done..<(done + Int.random(in: 1...25, using: &generator))
                addRounds(rounds, bad: [bad], keys: keys, to: &run)
                done = rounds.upperBound
                let whole = run.judged()
                let told = soFar.judgement(of: run.history) { judge($0, by: run.scenario) }
                if let told { #expect(told.findings == whole.findings) }
                known = known || told?.findings.isEmpty == false
                #expect(known == !whole.findings.isEmpty, "history \(number), seed \(seed)")
            }
            if known { late += 1 }
        }
        #expect(late > 0)
    }

    /// A part of the run cannot show what is said of all of it.
    @Test func whatOnlyTheWholeShowsIsFoundWhenItHasDoubled() {
        var run = run
        var soFar = JudgementSoFar(run.scenario)
        var sizes: [Int] = []
        for batch in 0..<64 {
            addRounds((batch * 4)..<(batch * 4 + 4), bad: [], keys: 1000, to: &run)
            let told = soFar.judgement(of: run.history) { judge($0, by: run.scenario) }
            if told != nil { sizes.append(run.history.operations.count) }
        }
        #expect(sizes == [8, 16, 32, 64, 128, 256, 512])
    }
}
