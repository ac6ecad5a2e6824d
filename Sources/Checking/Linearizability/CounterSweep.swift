// What a bounded counter can have been at each moment: bounds that refute in n log n, at any concurrency.

/// Sweeps over the calls of one key by time.
///
/// At any moment the count lies between what has surely been added less all that may have been taken away,
/// and the reverse: changes that returned are sure, those under way or of unknown outcome may count or not.
/// A moment at which no such count is within the limit, or a read outside the bounds, contradicts the
/// counter. The bounds are necessary, not sufficient: where they hold, the search decides.
struct CounterSweep {
    /// Sums of one sign over calls in the order of a stamp.
    private struct Sums {
        private var stamps: [Int64] = []
        private var sums: [Int] = [0]

        init(_ changes: [(stamp: Int64, amount: Int)]) {
            for change in changes.sorted(by: { $0.stamp < $1.stamp }) {
                stamps.append(change.stamp)
                sums.append(sums[sums.count - 1] + change.amount)
            }
        }

        func upTo(_ stamp: Int64) -> Int { sums[stamps.prefixCount { $0 <= stamp }] }

        func before(_ stamp: Int64) -> Int { sums[stamps.prefixCount { $0 < stamp }] }
    }

    private let initial: Int
    private let minimum: Int
    private let limit: Int
    private let calls: [Call<CounterAction>]
    private let addedByReturn: Sums
    private let addedByInvocation: Sums
    private let takenByReturn: Sums
    private let takenByInvocation: Sums

    /// `nil` where the beginning is unknown, or sums would overflow.
    init?(_ calls: [Call<CounterAction>], _ model: CounterModel) {
        guard model.initial.isBound else { return nil }
        initial = model.initial.count
        minimum = model.minimum
        limit = model.limit
        self.calls = calls
        var changes: [(call: Call<CounterAction>, amount: Int)] = []
        var total: UInt = initial.magnitude
        for call in calls {
            guard case .change(let amount) = call.action else { continue }
            let (sum, overflow) = total.addingReportingOverflow(amount.magnitude)
            guard !overflow, sum <= UInt(Int.max) else { return nil }
            total = sum
            changes.append((call, amount))
        }
        func sums(_ isWanted: (Int) -> Bool, _ stamp: (Call<CounterAction>) -> Int64?) -> Sums {
            Sums(
                changes.compactMap { call, amount in
                    isWanted(amount) ? stamp(call).map { ($0, amount) } : nil
                })
        }
        addedByReturn = sums({ $0 > 0 }, \.returned)
        addedByInvocation = sums({ $0 > 0 }, \.invoked)
        takenByReturn = sums({ $0 < 0 }, \.returned)
        takenByInvocation = sums({ $0 < 0 }, \.invoked)
    }

    /// Positions of the calls that returned, in order of return.
    private var ends: [Int] {
        calls.indices.filter { calls[$0].returned != nil }.sorted {
            (calls[$0].returned ?? 0, $0) < (calls[$1].returned ?? 0, $1)
        }
    }

    /// When the first contradiction in time is complete, or nothing.
    func contradiction() -> Int64? {
        ends.first { position in
            calls[position].returned.map { !isPossible(calls[position], $0) } ?? false
        }.flatMap { calls[$0].returned }
    }

    /// The violation at that moment, after a search that explained this share of the calls: what came before
    /// the last quiet moment that is explained leaves the sum of all changes.
    func violation(at deadline: Int64, explained: Double, explored: Int) -> Decision<CounterModel> {
        let ends = ends
        let passed = Int((explained * Double(ends.count)).rounded())
        var quiet: Int64?
        let invocations = calls.map(\.invoked).sorted()
        for (index, position) in ends.prefix(passed).enumerated() {
            guard let returned = calls[position].returned, returned < deadline else { break }
            if invocations.prefixCount(where: { $0 <= returned }) == index + 1 { quiet = returned }
        }
        let suspects = calls.indices.filter {
            calls[$0].invoked <= deadline && calls[$0].invoked > quiet ?? .min
        }
        guard let quiet else { return Decision(suspects: suspects, deadline: deadline, explored: explored) }
        let count = initial + addedByReturn.upTo(quiet) + takenByReturn.upTo(quiet)
        let state = CounterState(count: count, isBound: true)
        let restarted = CounterModel(initial: count, minimum: minimum, limit: limit)
        var decision = Decision(
            suspects: suspects, restarted: restarted, deadline: deadline, explored: explored)
        decision.quietMoments = [QuietMoment(moment: quiet, state: state, spent: [])]
        return decision
    }

    private func isPossible(_ call: Call<CounterAction>, _ returned: Int64) -> Bool {
        switch call.action {
        case .change:
            let least = initial + addedByReturn.upTo(returned) + takenByInvocation.upTo(returned)
            let most = initial + takenByReturn.upTo(returned) + addedByInvocation.upTo(returned)
            return least <= limit && most >= minimum
        case .observe(let count):
            let least = initial + addedByReturn.before(call.invoked) + takenByInvocation.upTo(returned)
            let most = initial + takenByReturn.before(call.invoked) + addedByInvocation.upTo(returned)
            return least <= count && count <= most
        }
    }
}
