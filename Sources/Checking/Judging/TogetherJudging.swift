// Judges a model over several keys: its groups of operations go the way of foreign histories, and what is
// found is told as of every other model.

import Core
import Histories
import Scenarios

struct TogetherJudging {
    let facts: RunFacts
    let model: Model
    /// By what its groups are judged.
    var options: ForeignOptions

    /// Judges it within a budget for all its groups.
    func run(budget: Int) -> ModelOutcome {
        var outcome = ModelOutcome()
        outcome.coverage.hasReads = !model.observers.isEmpty
        let members = members(countingKeyless: &outcome.coverage)
        let names = members.keys.sorted()
        let groups = sideBySide(names) { OwnOperations($0, members[$0] ?? [], model, facts) }
            .filter { !$0.isVoid }
        for group in groups { admit(group, into: &outcome) }
        let judged = groups.filter { $0.unreadable == nil && $0.contradictedInitial == nil }
        outcome.keys = isWhole ? Set(groups.flatMap(\.keys.keys)).count : groups.count
        let outcomes = sideBySide(judged) { group -> Result<ForeignJudgement, ForeignError> in
            var options = options
            options.initial = options.model == .multiRegister ? group.initialRegisters : group.initial
            options.budget = max(1, budget / judged.count)
            return Result { () throws(ForeignError) in
                try ForeignCheck(options).judge(group.operations)
            }
        }
        for (group, result) in zip(judged, outcomes) {
            switch result {
            case .failure(let error): outcome.unreadable.append((name(of: group), error.message))
            case .success(let judgement):
                outcome.explored += judgement.explored
                outcome.violations += judgement.violations.map {
                    GroupViolation(group: group, found: $0, options: options, isWhole: isWhole).violation
                }
                // A bank that nobody read is told of as unobserved.
                guard options.model != .bank else { continue }
                outcome.exhausted += judgement.undecided.map { (name(of: group), $0.fraction) }
            }
        }
        return outcome
    }

    private var isWhole: Bool { model.key.parts.isEmpty }

    private func name(of group: OwnOperations) -> String { isWhole ? "the whole run" : group.name }

    /// By group, the model's operations in order of invocation.
    private func members(countingKeyless coverage: inout Coverage) -> [String: [Int]] {
        let own = Set(model.operations)
        var members: [String: [Int]] = [:]
        for index in facts.operations.indices where own.contains(facts.operations[index].name) {
            if let group = facts.operations[index].text(of: model.key) {
                members[group, default: []].append(index)
            } else if facts.isWrite(index) {
                coverage.countKeyless(facts.operations[index])
            }
        }
        return members.mapValues { indices in
            indices.sorted { (facts.operations[$0].invoked, $0) < (facts.operations[$1].invoked, $1) }
        }
    }

    private func admit(_ group: OwnOperations, into outcome: inout ModelOutcome) {
        if let reason = group.unreadable {
            outcome.unreadable.append((name(of: group), reason))
        } else if let key = group.contradictedInitial {
            outcome.contradictedInitial.append(key)
        }
        let keys = group.keys.values.sorted { $0.key < $1.key }
        for key in keys {
            outcome.reads += key.reads
            outcome.acknowledged += key.acknowledged
        }
        outcome.coverage.add(
            keys.map { key in
                Coverage(of: key, group.silent[key.key] ?? [], facts, hasReads: outcome.coverage.hasReads) {
                    _ in false
                }
            })
    }
}

/// One contradiction of a group, as a violation of the model.
private struct GroupViolation {
    /// Transfers that are told beside a wrong total.
    static let transferLimit = 12

    let group: OwnOperations
    let found: ForeignViolation
    let options: ForeignOptions
    let isWhole: Bool

    private var facts: RunFacts { group.facts }

    var violation: Violation {
        let example = found.operations.map { group.positions[$0] }
        let keys = sharedKeys(of: example)
        let own = isWhole ? nil : group.name
        let all = ([own] + keys).compactMap(\.self)
        var violation = Violation(
            kind: FindingKind(rawValue: found.kind) ?? Self.kinds[found.kind] ?? .isolationViolated,
            check: group.model.name, key: all.first ?? "all accounts",
            otherKeys: Array(all.dropFirst()), round: example.compactMap { facts.operations[$0].round }.max(),
            title: title(example), names: names(example), example: Self.inOrder(example, facts),
            named: example, account: found.reasons)
        // Wrong reads of a bank may all see one transfer.
        if options.model == .bank { tellBank(&violation) } else { violation.occurrences = found.count }
        for index in violation.example {
            let number = found.reasons.isEmpty ? nil : example.firstIndex(of: index).map { "T\($0 + 1)" }
            let told = [number, facts.operations[index].told(by: group.model)].compactMap(\.self)
            if !told.isEmpty { violation.remarks[index] = told.joined(separator: " ") }
        }
        return violation
    }

    /// Names of the literature that are kinds of our own.
    private static let kinds: [String: FindingKind] = [
        "duplicate-elements": .duplicate, "G1a": .refusedButApplied,
    ]

    private static func inOrder(_ positions: [Int], _ facts: RunFacts) -> [Int] {
        Set(positions).sorted { (facts.operations[$0].invoked, $0) < (facts.operations[$1].invoked, $1) }
    }

    private func title(_ example: [Int]) -> String {
        switch found.kind {
        case "wrong-total":
            return "\(facts.operations[example[example.count - 1]].name) shows balances of "
                + "\(total(example[example.count - 1])) in all, not \(expected(example))."
        case "not-linearizable":
            return example.count == 1
                ? "No state allows what \(facts.operations[example[0]].name) shows."
                : "No order of these \(example.count) operations explains what they show."
        case "lost-update", "phantom": return found.title
        default: return found.title.dropLast() + " (\(found.kind))."
        }
    }

    /// The writers of the example; of a bank, whatever moves money.
    private func names(_ example: [Int]) -> [String] {
        let observers = Set(group.model.transactions.filter(\.isRead).map(\.operation))
            .union(group.model.observations.map(\.operation))
        let all = options.model == .bank ? group.model.operations : example.map { facts.operations[$0].name }
        let writers = Set(all).subtracting(observers)
        return (writers.isEmpty ? Set(all) : writers).sorted()
    }

    /// Keys that at least two operations of the example touch, or all where there is only one.
    private func sharedKeys(of example: [Int]) -> [String] {
        let touched = Set(example).map { index in
            Set(facts.operations[index].accesses(of: group.model).compactMap(\.key))
        }
        let least = touched.count > 1 ? 2 : 1
        return Set(touched.joined()).filter { key in touched.count { $0.contains(key) } >= least }.sorted()
    }

    // MARK: - Banks

    private func total(_ read: Int) -> Int {
        let calls = group.keys.values.lazy.flatMap(\.calls)
        guard case .read(.int(let total))? = calls.first(where: { $0.operation == read })?.action else {
            return 0
        }
        return total
    }

    private func expected(_ example: [Int]) -> Int { options.total ?? example.first.map(total) ?? 0 }

    /// Adds the last right read, the transfers since then, and whether later reads are right again.
    private func tellBank(_ violation: inout Violation) {
        guard found.kind == "wrong-total", let wrong = violation.named.last else { return }
        let wanted = expected(violation.named)
        let reads = zip(group.operations, group.positions).filter { $0.0.f == "read" }.map(\.1)
        let read = facts.operations[wrong]
        let before = reads.filter {
            facts.operations[$0].returned ?? .max < read.invoked && total($0) == wanted
        }.last
        let since = before.map { facts.operations[$0].invoked } ?? .min
        let transfers = zip(group.operations, group.positions).filter { transfer, _ in
            transfer.f != "read" && transfer.outcome != .fail && transfer.invoked <= read.returned ?? .max
                && transfer.returned ?? .max >= since
        }.map(\.1)
        violation.example = Self.inOrder(
            [before, wrong].compactMap(\.self) + transfers.suffix(Self.transferLimit), facts)
        // Two transfers that met tell most.
        let meeting = transfers.filter { one in
            transfers.contains { one != $0 && facts.operations[one].overlaps(facts.operations[$0]) }
        }
        violation.named = [before, wrong].compactMap(\.self) + meeting.suffix(2)
        let isRight = reads.contains {
            facts.operations[$0].invoked > read.returned ?? .max && total($0) == wanted
        }
        violation.account = [
            "\(Figures.count(transfers.count, "transfer")) took effect or may have "
                + (before == nil ? "before it." : "since the last read that showed \(wanted).")
        ]
        violation.closing =
            isRight
            ? "A later read shows \(wanted) again: this one saw money on its way."
            : "No later read shows \(wanted) again."
    }
}

extension OperationRecord {
    fileprivate func overlaps(_ other: OperationRecord) -> Bool {
        invoked <= other.returned ?? .max && other.invoked <= returned ?? .max
    }
}
