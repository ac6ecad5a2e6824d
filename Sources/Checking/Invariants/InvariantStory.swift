// Tells a broken `always` or `finally`: what was written before the answer and counted, the faults in
// between, then the answers. The numbers add up: what is shown and what is left out make the sum that was
// compared.

import Core
import Histories
import Scenarios

struct InvariantStory {
    /// Writes that a finding lists; of more it lists the contended ones and gives the number of the rest.
    static let listLimit = 24
    /// Answers beside the broken one that a finding lists.
    static let answerLimit = 4
    /// Writes told one by one; of more, the first ones and the last are.
    static let toldLimit = 4
    static let faultLimit = 2

    let facts: RunFacts
    let invariant: Invariant
    let condition: Condition
    let group: EntityGroup
    let answer: BrokenAnswer
    /// All answers that were asked for the same group, the broken one among them.
    let others: [Int]
    /// What sums and counts range over; without them, all writes of the group.
    let writes: [Int]
    let needs: [String: String]

    private var subject: OperationRecord { facts.operations[answer.operation] }

    private var evaluation: Evaluation { Evaluation(subject: subject, others: [], needs: needs) }

    private var aggregates: [Expression] {
        condition.sides.flatMap(\.aggregates).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    var violation: Violation {
        let writes = earlier
        let listed = Self.listed(writes, isContended: facts.entities.isContended)
        let alike = beside.prefix(Self.answerLimit)
        let key = group.name ?? subject.name
        var violation = Violation(
            kind: .invariantViolated, check: invariant.name, key: key, round: subject.round,
            title: "“\(invariant.name)” does not hold: \(condition.source), but "
                + "\(Figures.list(answer.comparisons)) \(answer.comparisons.count == 1 ? "is" : "are") false.",
            names: [subject.name],
            example: facts.inOrder(listed + compared + alike))
        for index in writes { violation.remarks[index] = remark(onWrite: facts.operations[index]) }
        for index in compared + alike { violation.remarks[index] = shows(facts.operations[index]) }
        violation.told = lines(violation, writes)
        return violation
    }

    // MARK: - Which operations

    /// The answers whose values are compared.
    private var compared: [Int] { [answer.operation] + answer.beside }

    /// Writes that count, or that had begun before the answer came.
    private var earlier: [Int] {
        let end = aggregates.isEmpty ? subject.returned ?? .max : subject.invoked
        return writes.filter {
            $0 != answer.operation && facts.operations[$0].invoked < end && facts.operations[$0].mayCount
                && isCounted(facts.operations[$0])
        }
    }

    /// Whether some sum ranges over it; without sums, everything stands there to be told.
    private func isCounted(_ record: OperationRecord) -> Bool {
        aggregates.isEmpty || aggregates.contains { counts($0, record) }
    }

    private func counts(_ aggregate: Expression, _ record: OperationRecord) -> Bool {
        aggregate.operations.contains(record.name)
            && (try? evaluation.isMeant(record, by: aggregate.filters.first?.condition)) != false
    }

    /// Answers of the end that stand beside the broken one.
    private var beside: [Int] {
        guard case .finally = invariant.kind else { return [] }
        return others.filter { $0 != answer.operation }
    }

    private static func listed(_ writes: [Int], isContended: (Int) -> Bool) -> [Int] {
        guard writes.count > listLimit else { return writes }
        let raced = writes.filter(isContended)
        return Array((raced + writes.filter { !isContended($0) }).prefix(listLimit)).sorted()
    }

    // MARK: - Words

    private func lines(_ violation: Violation, _ writes: [Int]) -> [String] {
        let story = Story(facts: facts, violation: violation)
        let origin = violation.example.first.map { facts.operations[$0].invoked } ?? 0
        var lines = opening(writes)
        var timed: [(time: Int64, text: String)] = []
        let listed = Set(violation.example)
        let (head, left, tail) = Self.told(
            writes.filter(listed.contains), all: writes, isLast: aggregates.isEmpty)
        func begin(_ index: Int) -> Int64 { facts.operations[index].invoked }
        timed += head.map { (begin($0), story.line($0, origin)) }
        if !left.isEmpty {
            timed.append((head.last.map(begin) ?? .min, "… " + tally(left) + " more"))
        }
        timed += tail.map { (begin($0), story.line($0, origin)) }
        timed += faults(from: writes.first.map { facts.operations[$0].invoked } ?? subject.invoked, origin)
        lines += timed.sorted { $0.time < $1.time }.map(\.text)
        lines += compared.sorted { begin($0) < begin($1) }.map { story.line($0, origin) }
        lines += otherAnswers(violation, story, origin)
        return lines.count > 1 ? lines : lines + ["That alone contradicts “\(invariant.name)”."]
    }

    /// Writes to tell one by one, those left out, and the last ones; without sums the last matter most.
    private static func told(_ listed: [Int], all: [Int], isLast: Bool) -> (
        head: [Int], left: [Int], tail: [Int]
    ) {
        guard all.count > toldLimit else { return (listed, [], []) }
        let head = isLast ? [] : Array(listed.prefix(toldLimit - 2))
        let tail = Array(listed.suffix(isLast ? toldLimit - 1 : 1))
        return (head, all.filter { !head.contains($0) && !tail.contains($0) }, tail)
    }

    /// What each sum came to, or what there was before the answer.
    private func opening(_ writes: [Int]) -> [String] {
        guard !aggregates.isEmpty else {
            return writes.isEmpty ? [] : ["Before it: \(tally(writes))."]
        }
        let place = group.name.map { " on \($0)" } ?? ""
        let sums = Evaluation(subject: subject, others: writes.map { facts.operations[$0] }, needs: needs)
        return aggregates.map { aggregate in
            let worth = (try? sums.worth(of: aggregate))?.text ?? "not known"
            let own = writes.filter { counts(aggregate, facts.operations[$0]) }
            return "\(aggregate.text)\(place) is \(worth): " + (own.isEmpty ? "nothing" : tally(own)) + "."
        }
    }

    /// `3 acknowledged reserve (units 7) and 1 reserve of unknown outcome (units 4)`.
    private func tally(_ writes: [Int]) -> String {
        struct Sort: Hashable {
            var name: String
            var isCertain: Bool
        }
        let sorts = Dictionary(grouping: writes) {
            Sort(name: facts.operations[$0].name, isCertain: facts.operations[$0].outcome == .ok)
        }
        let ordered = sorts.sorted {
            ($0.key.isCertain ? 0 : 1, $0.value[0]) < ($1.key.isCertain ? 0 : 1, $1.value[0])
        }
        return Figures.list(
            ordered.map { sort, indexes in
                let amounts = fields(of: sort.name).map { field in
                    let sum = indexes.reduce(0.0) {
                        $0 + (evaluation.field(field, of: facts.operations[$1])?.number ?? 0)
                    }
                    return "\(field) \(Worth.number(sum))"
                }
                let again = indexes.reduce(0) {
                    $0 + facts.operations[$1].uncertainEffects - (sort.isCertain ? 0 : 1)
                }
                let notes =
                    amounts + (again > 0 ? [Figures.count(again, "attempt") + " may count once more"] : [])
                let told = notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))"
                return sort.isCertain
                    ? "\(indexes.count) acknowledged \(sort.name)\(told)"
                    : "\(indexes.count) \(sort.name) of unknown outcome\(told)"
            })
    }

    /// The fields of an operation that are summed.
    private func fields(of operation: String) -> [String] {
        aggregates.reduce(into: []) { names, aggregate in
            guard case .sum(operation, let name, _) = aggregate, !names.contains(name) else { return }
            names.append(name)
        }
    }

    /// What `where` asks of an operation, beside what is summed.
    private func filtered(of operation: String) -> [String] {
        let asked = aggregates.flatMap(\.filters).filter { $0.operation == operation }
            .flatMap(\.condition.comparisons).flatMap { $0.left.fields + $0.right.fields }
        return asked.reduce(into: []) { names, field in
            guard case .field(_, let name) = field, !names.contains(name) else { return }
            if !fields(of: operation).contains(name) { names.append(name) }
        }
    }

    private func remark(onWrite operation: OperationRecord) -> String? {
        var words = fields(of: operation.name).compactMap { field in
            evaluation.field(field, of: operation).map { "\(field) \(Canonical.text($0))" }
        }
        for name in filtered(of: operation.name) {
            words += evaluation.field(name, of: operation).map { ["\(name) \(Canonical.text($0))"] } ?? []
        }
        if operation.outcome != .ok { words.append("may have happened") }
        if operation.uncertainEffects > (operation.outcome == .ok ? 0 : 1) {
            words.append("an earlier attempt may count as well")
        }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }

    private func shows(_ operation: OperationRecord) -> String {
        var seen: Set<String> = []
        let words = condition.sides.flatMap(\.fields).compactMap { field -> String? in
            guard case .field(operation.name, let name) = field, seen.insert(name).inserted else {
                return nil
            }
            return evaluation.field(name, of: operation).map { "\(name) \(shown($0))" }
        }
        return "shows " + words.joined(separator: ", ")
    }

    private func faults(from begin: Int64, _ origin: Int64) -> [(time: Int64, text: String)] {
        let met = facts.faults.filter { $0.start <= subject.returned ?? .max && $0.end ?? .max >= begin }
        let told = met.prefix(Self.faultLimit).map { fault -> (time: Int64, text: String) in
            let end = fault.end.map { ", over at +\(Figures.milliseconds($0 - origin))" } ?? ", never over"
            return (
                fault.start,
                "+\(Figures.milliseconds(fault.start - origin)) \(fault.kind.rawValue) of \(fault.target.text)\(end)"
            )
        }
        guard met.count > told.count, let last = told.last else { return told }
        return told + [(last.time, "… \(Figures.count(met.count - told.count, "fault")) more")]
    }

    /// Answers of the same group: those that show the same are counted, others are told.
    private func otherAnswers(_ violation: Violation, _ story: Story, _ origin: Int64) -> [String] {
        let own = shows(subject)
        let same = beside.filter { shows(facts.operations[$0]) == own }
        let different = beside.filter { shows(facts.operations[$0]) != own }
        var lines = different.filter(Set(violation.example).contains).prefix(2).map { story.line($0, origin) }
        let hidden = different.count - lines.count
        if !same.isEmpty {
            lines.append(
                "\(same.count) other \(subject.name) \(same.count == 1 ? "shows" : "show") the same.")
        }
        if hidden > 0 { lines.append("… \(hidden) \(subject.name) more") }
        return lines
    }
}
