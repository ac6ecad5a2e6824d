// One key of a model: read, counted and decided as far as that is cheap.

import Core
import Histories
import Scenarios

/// What became of one key so far.
struct JudgedKey<Judged: AccusingModel>: Sendable {
    var key: String
    var isVoid: Bool
    var reads: Int
    var acknowledged: Int
    /// Why it cannot be judged: by what operations on it meant, or by what it is declared to hold.
    var unreadable: String?
    var skipped: String?
    var coverage = Coverage()
    /// Values that were read and that nothing on the key put there.
    var strange: [Value] = []
    /// A read that gives what was written to another key.
    var elsewhere: Violation?
    /// A read that is wrong by itself.
    var misread: Violation?
    var cases: [JudgedCase<Judged>] = []
    /// Calls that were explained without a case.
    var explained = 0
}

struct JudgedCase<Judged: AccusingModel>: Sendable {
    var key: String
    /// How many calls it has.
    var size: Int
    var isInitialContradicted: Bool
    var decision: Decision<Judged>
    /// Kept where more is to be done with it.
    var keyCase: KeyCase<Judged>?
}

struct KeyJudging<Reading: ModelReading>: Sendable {
    /// Configurations that the first look at a case may explore.
    private static var firstBudget: Int { 100_000 }

    let partition: Partition<Reading>
    let budget: Int

    /// Reads and judges keys, side by side, in their order.
    func judge(_ entities: [Int], without origins: ValueOrigins?) -> [JudgedKey<Reading.Judged>] {
        partition.batches(of: entities).flatMap { batch in
            sideBySide(partition.read(batch)) { judge($0, without: origins) }
        }
    }

    private var facts: RunFacts { partition.facts }

    /// `origins` tells of values that were written to other keys, once that is known.
    private func judge(
        _ read: ReadKey<Reading.Action>, without origins: ValueOrigins?
    ) -> JudgedKey<Reading.Judged> {
        var key = read.calls
        var judged = JudgedKey<Reading.Judged>(
            key: key.key, isVoid: key.isVoid, reads: key.reads, acknowledged: key.acknowledged,
            unreadable: key.unreadable)
        guard !key.isVoid else { return judged }
        judged.coverage = Coverage(
            of: key, read.silent, facts, hasReads: partition.hasReads,
            isIdempotent: partition.reading.isIdempotent)
        guard key.unreadable == nil, partition.reading.refusal == nil else { return judged }
        judged.strange = ValueOrigins.strange(in: key)
        if let origins {
            judged.elsewhere = origins.tell(&key, check: partition.model.name, facts)
        }
        judge(key, into: &judged)
        return judged
    }

    private func judge(_ key: KeyCalls<Reading.Action>, into judged: inout JudgedKey<Reading.Judged>) {
        let cases: [KeyCase<Reading.Judged>]
        do throws(Unreadable) {
            cases = try partition.reading.cases(of: key, initial: try initial(of: key), facts)
        } catch {
            judged.skipped = error.reason
            return
        }
        if cases.isEmpty { judged.explained = key.calls.count }
        judged.misread = partition.reading.misread(key, partition.model.name, facts)
        judged.cases = cases.map { keyCase in
            let isContradicted = isInitialContradicted(keyCase)
            let decision =
                isContradicted
                ? Decision(.exhausted, explored: 0)
                : keyCase.decide(budget: max(1, min(budget, Self.firstBudget)))
            return JudgedCase(
                key: keyCase.key, size: keyCase.calls.count, isInitialContradicted: isContradicted,
                decision: decision,
                keyCase: decision.verdict == .linearizable || isContradicted ? nil : keyCase)
        }
    }

    /// The declared initial value for this key, if there is one.
    private func initial(of key: KeyCalls<Reading.Action>) throws(Unreadable) -> Value? {
        guard partition.reading.hasInitial, let template = partition.model.initial else { return nil }
        for operation in key.operations {
            if let value = facts.operations[operation].value(of: template) { return Canonical.value(value) }
        }
        throw Unreadable("its initial state names a value that no operation on it has")
    }

    /// A read that ended before any write on the entity began, and is not what the model declares to be
    /// there.
    private func isInitialContradicted(_ keyCase: KeyCase<Reading.Judged>) -> Bool {
        let firstChange =
            [keyCase.calls, keyCase.refused].joined().lazy
            .filter { !keyCase.model.isRead($0.action) }.map(\.invoked).min() ?? .max
        for call in keyCase.calls where keyCase.model.isRead(call.action) {
            guard let returned = call.returned, returned < firstChange,
                keyCase.model.apply(call.action, to: keyCase.model.initial) == nil
            else { continue }
            let isBeforeLoad = !facts.entities.neighbours(of: call.operation).contains {
                facts.operations[$0].phase == .load && facts.isWrite($0)
                    && facts.operations[$0].invoked <= returned
            }
            if isBeforeLoad { return true }
        }
        return false
    }
}
