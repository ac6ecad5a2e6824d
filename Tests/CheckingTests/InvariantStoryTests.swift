// What findings of invariants say, held against a judge and a reader of stories that share no code with them.

import Core
import Histories
import Testing

@testable import Checking
@testable import Scenarios

@Suite struct InvariantStoryTests {
    private static let balance = "usage.used == sum(reserve.units) - sum(release.units)"

    @Test func aBrokenFinallyShowsWhatWasCountedTheFaultsAndTheReads() throws {
        var run = RunBuilder(writes: ["reserve", "release"], reads: ["usage"])
        run.invariants = [
            Invariant(name: "the books balance", kind: .finally(try Condition(text: Self.balance)))
        ]
        run.keys = [KeyDeclaration(name: "key", count: 1)]
        run.isBurst = false
        for number in 0..<6 {
            run.add("reserve", Double(number), Double(number) + 3, values: ["units": .int(number + 1)])
        }
        run.add("reserve", 6, 9, .unknown, values: ["units": 9], failure: .timeout)
        run.add("reserve", 7, 9, .fail, values: ["units": 100])
        run.add("reserve", 20, 29, key: "other", values: ["units": 50])
        run.add("release", 10, 11, values: ["units": 2])
        for replica in 0..<3 {
            let start = 40 + Double(replica) * 2
            run.add("usage", start, start + 1, captures: ["used": 17], replica: replica, phase: .final)
        }
        run.add("usage", 50, 51, key: "other", captures: ["used": 50], phase: .final)
        run.faults = [
            FaultRecord(kind: .pause, target: .replica(1), start: RunBuilder.time(4), end: RunBuilder.time(5))
        ]
        let finding = try run.onlyFinding()
        #expect(
            finding.story == [
                "sum(reserve.units) on k is 21 to 30: 6 acknowledged reserve (units 21) and 1 reserve of unknown "
                    + "outcome (units 9).",
                "sum(release.units) on k is 2: 1 acknowledged release (units 2).",
                "+0.000 ms client 0 → replica 0  POST /k/reserve  200 (3.000 ms), units 1",
                "+1.000 ms client 1 → replica 1  POST /k/reserve  200 (3.000 ms), units 2",
                "… 4 acknowledged reserve (units 18) and 1 reserve of unknown outcome (units 9) more",
                "+4.000 ms pause of replica 1, over at +5.000 ms",
                "+10.000 ms client 9 → replica 0  POST /k/release  200 (1.000 ms), units 2",
                "+40.000 ms client 10 → replica 0  GET /k/usage  200 (1.000 ms), shows used 17",
                "2 other usage show the same.",
            ], "\(finding.story.joined(separator: "\n"))")
        #expect(finding.key == "k" && finding.count == 1 && finding.judged == 2)
        #expect(finding.example.map(\.id) == [0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 12])
    }

    @Test func aBrokenAlwaysShowsTheWritesBeforeIt() throws {
        var run = RunBuilder(writes: ["reserve"], reads: ["usage"])
        run.invariants = [Invariant(name: "bounded", kind: .always(try Condition(text: "usage.used <= 10")))]
        run.add("reserve", 0, 2, values: ["units": 6])
        run.add("reserve", 1, 3, values: ["units": 6])
        run.add("usage", 5, 6, captures: ["used": 12])
        run.add("reserve", 7, 8, .fail, values: ["units": 6])
        let finding = try run.onlyFinding()
        #expect(finding.example.map(\.id) == [0, 1, 2], "what was sent after the answer is not told")
        #expect(finding.story.first == "Before it: 2 acknowledged reserve.")
        #expect(finding.story.last?.hasSuffix("shows used 12") == true)
    }

    // MARK: - Random runs

    @Test func findingsAreTrueAndNoneIsMissing() throws {
        for seed in 1...UInt64(Sample.histories(400)) {
            var random = SeededGenerator(state: seed)
            let run = try Self.randomRun(&random)
            let judgement = run.judged()
            let groups = Groups(run)
            let found = judgement.findings.filter { $0.check == "balance" }
            #expect(found.count == (groups.broken.isEmpty ? 0 : 1), "seed \(seed)")
            guard let finding = found.first else { continue }
            #expect(
                finding.count == groups.broken.count && finding.judged == groups.all.count, "seed \(seed)")
            check(
                finding, run, groups,
                "seed \(seed)\n\(finding.title)\n\(finding.story.joined(separator: "\n"))")
        }
    }

    private func check(_ finding: Finding, _ run: RunBuilder, _ groups: Groups, _ note: String) {
        let byID = Dictionary(run.operations.map { ($0.id, $0) }) { first, _ in first }
        #expect(finding.example.allSatisfy { byID[$0.id] == $0 }, "every operation is as it was \(note)")
        guard let group = groups.broken[finding.key] else {
            Issue.record("no broken group is called \(finding.key) \(note)")
            return
        }
        let reads = finding.example.filter { $0.name == "usage" }
        #expect(reads.contains { $0.value("used") == .int(group.used) }, "\(note)")
        let sum = group.low == group.high ? "\(group.low)" : "\(group.low) to \(group.high)"
        #expect(finding.title.hasSuffix("but \(group.used) == \(sum) is false."), "\(sum) \(note)")
        for name in ["reserve", "release"] {
            let own = group.counted.filter { $0.name == name && $0.outcome == .ok }
            let total = own.reduce(0) { $0 + Groups.units($1) }
            let told = Told(finding.story, name)
            #expect(
                told.shown + told.left == total, "\(name): \(told.shown) and \(told.left) of \(total) \(note)"
            )
            #expect(told.counted == own.count, "\(note)")
        }
        let counted = finding.example.filter { $0.name != "usage" }
        #expect(counted.allSatisfy { one in group.counted.contains { $0.id == one.id } }, "\(note)")
        guard counted.count == group.counted.count else {
            #expect(counted.count == InvariantStory.listLimit)
            return
        }
        var alone = run
        alone.operations = finding.example
        #expect(
            alone.judged().findings.contains { $0.check == "balance" && $0.title == finding.title }, "\(note)"
        )
    }

    /// What the lines of a story say of one operation.
    private struct Told {
        var shown = 0
        var left = 0
        var counted = 0

        init(_ story: [String], _ name: String) {
            for line in story {
                if line.hasPrefix("sum(\(name)."), let match = line.firstMatch(of: /: (\d+) acknowledged/) {
                    counted = Int(match.1) ?? -1
                } else if line.hasPrefix("+"), line.contains("/\(name)  "),
                    !line.contains("may have happened"),
                    let match = line.firstMatch(of: /units (\d+)/)
                {
                    shown += Int(match.1) ?? 0
                } else if line.hasPrefix("…") {
                    for match in line.matches(of: /acknowledged (\w+) \(units (\d+)/) where match.1 == name {
                        left += Int(match.2) ?? 0
                    }
                }
            }
        }
    }

    /// The books of each group, by hand.
    private struct Groups {
        struct Books {
            var counted: [OperationRecord] = []
            var low = 0
            var high = 0
            var used = 0
        }

        var all: Set<String> = []
        var broken: [String: Books] = [:]

        init(_ run: RunBuilder) {
            for read in run.operations where read.name == "usage" {
                let name = Self.name(read, run)
                all.insert(name)
                guard broken[name] == nil, case .int(let used)? = read.value("used") else { continue }
                var books = Books(used: used)
                for write in run.operations where write.name != "usage" && Self.name(write, run) == name {
                    guard write.invoked < read.invoked else { continue }
                    let isLost = write.requests.count > 1
                    let sign = write.name == "reserve" ? 1 : -1
                    let may = (write.outcome == .unknown ? 1 : 0) + (isLost ? 1 : 0)
                    guard write.outcome == .ok || may > 0 else { continue }
                    books.counted.append(write)
                    let sure = write.outcome == .ok ? sign * Self.units(write) : 0
                    books.low += sure + min(0, sign * may * Self.units(write))
                    books.high += sure + max(0, sign * may * Self.units(write))
                }
                if used < books.low || used > books.high { broken[name] = books }
            }
        }

        static func units(_ operation: OperationRecord) -> Int {
            if case .int(let units)? = operation.value("units") { units } else { 0 }
        }

        private static func name(_ operation: OperationRecord, _ run: RunBuilder) -> String {
            run.isBurst
                ? "round \(operation.round ?? -1)" : operation.value("key").map { $0.text ?? "" } ?? ""
        }
    }

    /// A counter that loses some of what it acknowledges, on one to three keys or rounds.
    private static func randomRun(_ random: inout SeededGenerator) throws -> RunBuilder {
        var run = RunBuilder(writes: ["reserve", "release"], reads: ["usage"])
        run.invariants = [Invariant(name: "balance", kind: .finally(try Condition(text: balance)))]
        run.isBurst = Bool.random(using: &random)
        if !run.isBurst { run.keys = [KeyDeclaration(name: "key", count: 3)] }
        let groups = Int.random(in: 1...3, using: &random)
        let writes = Int.random(in: 0...(Bool.random(using: &random) ? 12 : 90), using: &random)
        var used = Array(repeating: 0, count: groups)
        var time = 0.0
        for _ in 0..<writes {
            let group = Int.random(in: 0..<groups, using: &random)
            let name = Int.random(in: 0..<4, using: &random) == 0 ? "release" : "reserve"
            let units = Int.random(in: 0...5, using: &random)
            let outcome: Outcome = [.ok, .ok, .ok, .fail, .unknown].randomElement(using: &random) ?? .ok
            let id = run.add(
                name, time, time + Double.random(in: 1...6, using: &random), outcome, key: "k\(group)",
                values: ["units": .int(units)], phase: .load, round: group)
            if Int.random(in: 0..<10, using: &random) == 0 {
                var lost = run.operations[id].requests[0]
                lost.outcome = .unknown
                lost.status = nil
                run.operations[id].requests.insert(lost, at: 0)
            }
            time += Double.random(in: 0...2, using: &random)
            let isApplied = outcome == .ok ? Int.random(in: 0..<30, using: &random) > 0 : outcome == .unknown
            if isApplied { used[group] += name == "reserve" ? units : -units }
        }
        if Bool.random(using: &random) {
            run.faults = [
                FaultRecord(
                    kind: .kill, target: .replica(0), start: RunBuilder.time(time / 2),
                    end: RunBuilder.time(time))
            ]
        }
        for (group, used) in used.enumerated() {
            for replica in 0..<3 {
                let start = time + 20 + Double(3 * group + replica)
                let isOdd = Int.random(in: 0..<12, using: &random) == 0
                run.add(
                    "usage", start, start + 0.5, key: "k\(group)",
                    captures: ["used": .int(used + (isOdd ? 1 : 0))],
                    replica: replica, phase: run.isBurst ? .after : .final, round: group)
            }
        }
        return run
    }
}
