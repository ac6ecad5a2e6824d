// Alike violations become one finding: the same wrong on forty keys is told once, by its smallest example.

import Core
import Scenarios

enum Grouping {
    /// Findings in order: safety before liveness before error, repeats with the right end state after other
    /// safety findings, then by how often, then by class.
    ///
    /// - Parameter rounds: those whose examples are told before all others.
    static func findings(
        _ violations: [Violation], _ facts: RunFacts, judgedKeys: [String: Int],
        preferring rounds: Set<Int> = []
    ) -> [Finding] {
        let findings = Cause.causes(of: violations, facts.scenario).map { cause in
            finding(cause, facts, judgedKeys: judgedKeys, rounds)
        }
        let ordered = findings.sorted {
            let left = (rank($0.finding.kind.severity), $0.isMinor ? 1 : 0, -$0.finding.count)
            let right = (rank($1.finding.kind.severity), $1.isMinor ? 1 : 0, -$1.finding.count)
            return left != right ? left < right : $0.finding.classID < $1.finding.classID
        }.map(\.finding)
        return numbered(ordered)
    }

    /// Numbers from 1, in order.
    static func numbered(_ findings: [Finding]) -> [Finding] {
        findings.enumerated().map { index, finding in
            var finding = finding
            finding.number = index + 1
            return finding
        }
    }

    static func rank(_ severity: Severity) -> Int {
        switch severity {
        case .safety: 0
        case .liveness: 1
        case .error: 2
        }
    }

    static func classID(scenario: String, check: String, kind: FindingKind, names: [String]) -> String {
        stableHash(([scenario, check, kind.rawValue] + Set(names).sorted()).joined(separator: "\u{1F}"))
    }

    static func classID(of violation: Violation, _ scenario: String) -> String {
        classID(scenario: scenario, check: violation.check, kind: violation.kind, names: violation.names)
    }

    private static func finding(
        _ cause: Cause, _ facts: RunFacts, judgedKeys: [String: Int], _ rounds: Set<Int>
    ) -> (finding: Finding, isMinor: Bool) {
        let smallest = smallest(of: cause.sides[0].violations, preferring: rounds)
        let all = cause.sides.flatMap(\.violations)
        let keys = Set(all.map(\.key)).count
        let judged =
            smallest.judged
            ?? (facts.isBurst ? facts.rounds.count : judgedKeys[smallest.check] ?? keys)
        let count = smallest.count ?? frequency(of: all, facts)
        var finding = Finding(
            classID: cause.classID, number: 0, kind: smallest.kind, check: smallest.check, key: smallest.key,
            title: smallest.title, story: Story(facts: facts, violation: smallest).lines,
            example: smallest.example.map { facts.operations[$0] }, count: count,
            judged: smallest.judged == 0 ? 0 : max(count, judged),
            occurrences: all.reduce(0) { $0 + ($1.count ?? $1.occurrences) })
        finding.keys += smallest.otherKeys
        finding.sides = cause.sides.dropFirst().map { side in
            FindingSide(
                classID: side.classID, kind: side.violations[0].kind,
                title: Self.smallest(of: side.violations, preferring: rounds).title,
                count: frequency(of: side.violations, facts))
        }
        return (finding, smallest.isMinor)
    }

    private static func smallest(of alike: [Violation], preferring rounds: Set<Int>) -> Violation {
        func rank(_ violation: Violation) -> (Int, Int, Int, Int) {
            let isPreferred = violation.round.map(rounds.contains) ?? false
            return (
                violation.isMinor ? 1 : 0, isPreferred ? 0 : 1, violation.example.count, violation.round ?? -1
            )
        }
        return alike.sorted {
            let (left, right) = (rank($0), rank($1))
            return left != right ? left < right : ($0.key, $0.example) < ($1.key, $1.example)
        }[0]
    }

    /// Rounds of a burst, or keys.
    private static func frequency(of violations: [Violation], _ facts: RunFacts) -> Int {
        let rounds = Set(violations.compactMap(\.round)).count
        return facts.isBurst && rounds > 0 ? rounds : Set(violations.map(\.key)).count
    }

    /// FNV-1a of 32 bits, folded from 64, as eight hexadecimal digits: the same on every machine and in
    /// every run.
    static func stableHash(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let folded = UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
        let digits = String(folded, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

private func < (left: (String, [Int]), right: (String, [Int])) -> Bool {
    left.0 != right.0 ? left.0 < right.0 : left.1.lexicographicallyPrecedes(right.1)
}
