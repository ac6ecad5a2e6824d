// What of a model was observed: which changed keys were read afterwards, which reads told nothing, and how
// many changes nobody knows the outcome of.

import Core
import Histories
import Scenarios

/// What a pass of one model can speak of; keys of void rounds are left out.
struct Coverage: Sendable {
    /// Share of the changed keys that may go unobserved although they were read: anything can fail once.
    static let unobservedLimit = 0.01
    /// Share of a model's changes whose outcome may stay unknown.
    static let unknownLimit = 0.25

    /// Why a changed key was not observed afterwards.
    enum Gap: Sendable, Hashable {
        /// It was read, and no read told anything.
        case failed
        /// The same, while a fault lasted.
        case failedInFault
        /// A read was answered ok and lacks what it should capture.
        case lacking
        /// No read was sent.
        case notRead
    }

    /// A read that told nothing: a position in the run's operations.
    struct SilentRead: Sendable {
        var operation: Int
        var key: String
        /// Answered ok.
        var isLacking: Bool
    }

    /// A final read that gave up: every try of it on one key through one replica told nothing.
    struct GivenUp: Sendable, Hashable {
        var operation: String
        var key: String
        var replica: Int
        /// The last answer.
        var answer: String
    }

    /// Whether any operation is declared to read it.
    var hasReads = false
    /// Keys with an acknowledged change.
    var changed = 0
    /// Those of them that were not observed afterwards, ascending in each.
    var gaps: [Gap: [String]] = [:]
    /// Rounds that show what a bound is about: an acknowledged change that was observed afterwards.
    var rounds: Set<Int> = []
    /// Reads that were answered ok and lack what they should capture, by operation.
    var lackingReads: [String: Int] = [:]
    var givenUp: [GivenUp] = []
    /// Acknowledged changes whose key is not known, by operation; and unknown ones.
    var keylessAcknowledged: [String: Int] = [:]
    var keylessUnknown = 0
    /// Changes that were not refused, and those of them of which nothing shows whether they took effect.
    var changes = 0
    var undecided = 0

    /// Keys that were asked for, and of which nothing was learned, where no fault explains it.
    var unobserved: Int { (gaps[.failed]?.count ?? 0) + (gaps[.lacking]?.count ?? 0) }

    /// Counts a change whose key is not known.
    mutating func countKeyless(_ operation: OperationRecord) {
        switch operation.outcome {
        case .ok: keylessAcknowledged[operation.name, default: 0] += 1
        case .unknown: keylessUnknown += 1
        case .fail: break
        }
    }

    var missing: Int { gaps.values.reduce(0) { $0 + $1.count } }
}

extension Coverage {
    /// What was observed of one key.
    init<Action: KeyAction>(
        of key: KeyCalls<Action>, _ silent: [SilentRead], _ facts: RunFacts, hasReads: Bool,
        isIdempotent: (Action) -> Bool
    ) {
        self.hasReads = hasReads
        if key.unreadable == nil {
            count(key, isIdempotent)
            cover(key, silent, facts)
        }
        for read in silent where read.isLacking {
            lackingReads[facts.operations[read.operation].name, default: 0] += 1
        }
        guard silent.contains(where: { facts.operations[$0.operation].phase == .final }) else { return }
        let shown = key.calls.filter { facts.operations[$0.operation].phase == .final }
            .map { ReadPlace(facts.operations[$0.operation], key.key) }
        givenUp = Coverage.givenUp(facts, silent, shown: Set(shown))
    }

    /// Adds what was observed of the next keys, in their order.
    mutating func add(_ keys: some Sequence<Coverage>) {
        for key in keys { add(key) }
        givenUp.sort(by: Self.comesFirst)
    }

    private mutating func add(_ key: Coverage) {
        changed += key.changed
        changes += key.changes
        undecided += key.undecided
        rounds.formUnion(key.rounds)
        for (gap, keys) in key.gaps { gaps[gap, default: []] += keys }
        lackingReads.merge(key.lackingReads) { $0 + $1 }
        givenUp += key.givenUp
    }

    private mutating func cover(
        _ key: KeyCalls<some KeyAction>, _ silent: [SilentRead], _ facts: RunFacts
    ) {
        guard let first = key.firstAcknowledged, let last = key.lastAcknowledged else { return }
        changed += 1
        guard hasReads else { return rounds.formUnion(key.rounds) }
        let gap: Gap
        if silent.contains(where: { $0.isLacking && facts.operations[$0.operation].invoked > first }) {
            gap = .lacking
        } else if key.lastRead ?? .min > last {
            return rounds.formUnion(key.rounds)
        } else {
            let failed = silent.map { facts.operations[$0.operation] }.filter { $0.invoked > last }
            gap = failed.isEmpty ? .notRead : failed.allSatisfy(facts.metFault) ? .failedInFault : .failed
        }
        gaps[gap, default: []].append(key.key)
    }

    /// Counts the changes of one key, and those of them that stay undecided.
    ///
    /// A read that came later tells of an action that no other change shares, whether it took effect; of
    /// alike ones it does not tell which did. Where every change is the same idempotent one and one is
    /// acknowledged, the others can leave nothing else.
    private mutating func count<Action: KeyAction>(
        _ key: KeyCalls<Action>, _ isIdempotent: (Action) -> Bool
    ) {
        changes += key.changes.count
        guard let first = key.changes.first?.action, key.changes.contains(where: \.isUnknown) else {
            return
        }
        if key.acknowledged > 0, isIdempotent(first), key.changes.allSatisfy({ $0.action == first }) {
            return
        }
        var alike: [Action: Int] = [:]
        for change in key.changes { alike[change.action, default: 0] += 1 }
        for change in key.changes where change.isUnknown {
            let isShown = alike[change.action] == 1 && key.lastRead ?? .min > change.asked
            if !isShown { undecided += 1 }
        }
    }
}

extension Coverage {
    /// Where a final read was sent.
    struct ReadPlace: Hashable {
        var operation: String
        var key: String
        var replica: Int?

        init(_ operation: OperationRecord, _ key: String) {
            self.operation = operation.name
            self.key = key
            replica = operation.replica
        }
    }

    /// Final reads that told nothing, at places where none did.
    fileprivate static func givenUp(
        _ facts: RunFacts, _ silent: [SilentRead], shown: Set<ReadPlace>
    ) -> [GivenUp] {
        var last: [ReadPlace: OperationRecord] = [:]
        for read in silent where facts.operations[read.operation].phase == .final {
            last[ReadPlace(facts.operations[read.operation], read.key)] = facts.operations[read.operation]
        }
        return last.filter { !shown.contains($0.key) }.compactMap { place, operation in
            guard let replica = place.replica, let request = operation.requests.last else { return nil }
            return GivenUp(
                operation: place.operation, key: place.key, replica: replica,
                answer: AnswerCount(request, of: operation).answer)
        }.sorted(by: comesFirst)
    }

    private static func comesFirst(_ left: GivenUp, _ right: GivenUp) -> Bool {
        (left.operation, left.key, left.replica) < (right.operation, right.key, right.replica)
    }
}
