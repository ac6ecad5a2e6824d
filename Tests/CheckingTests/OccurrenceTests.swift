// How many separate wrongs a finding stands for, and how many attempts came to nothing: what benchmarks
// count.

import Core
import Histories
import Testing

@testable import Checking

@Suite struct OccurrenceTests {
    @Test func everyLostElementOfASetIsOneOccurrenceOfOneFinding() throws {
        var run = RunBuilder(.tags(), writes: ["tag", "untag"], reads: ["list"])
        for (index, tag) in ["a", "b", "c", "d"].enumerated() {
            run.add("tag", 0, 10 + Double(index), values: ["tag": .string(tag)])
        }
        run.add("list", 20, 21, captures: ["tags": .array(["d"])], phase: .after)
        let finding = try run.onlyFinding()
        #expect(finding.kind == .lostElement && finding.count == 1)
        #expect(finding.occurrences == 3)
    }

    @Test func aKeyOfAnotherModelIsOneOccurrence() throws {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        run.isBurst = false
        for key in ["k", "l"] {
            run.add("rename", 0, 10, key: key, values: ["unique": "a"])
            run.add("show", 20, 21, key: key, captures: ["name": "first"], phase: .final)
        }
        let finding = try run.onlyFinding()
        #expect(finding.count == 2 && finding.occurrences == 2)
    }

    @Test func attemptsThatCameToNothingAreTallied() {
        var run = RunBuilder(.register(initial: "first"), writes: ["rename"], reads: ["show"])
        run.add("rename", 0, 50, values: ["unique": "a"], captures: ["attempts": "4"])
        run.add("rename", 0, 60, values: ["unique": "b"], captures: ["attempts": .int(2)])
        run.add("show", 70, 71, captures: ["name": "b"])
        #expect(run.judged().tally.abortedAttempts == 4)
    }
}
