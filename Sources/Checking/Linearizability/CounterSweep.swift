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

    /// Positions of the calls up to the first contradiction in time, or nothing.
    func contradiction() -> [Int]? {
        let ends = calls.indices.filter { calls[$0].returned != nil }.sorted {
            (calls[$0].returned ?? 0, $0) < (calls[$1].returned ?? 0, $1)
        }
        for position in ends {
            guard let returned = calls[position].returned, !isPossible(calls[position], returned) else {
                continue
            }
            return calls.indices.filter { calls[$0].invoked <= returned }
        }
        return nil
    }

    private func isPossible(_ call: Call<CounterAction>, _ returned: Int64) -> Bool {
        switch call.action {
        case .change:
            let least = initial + addedByReturn.upTo(returned) + takenByInvocation.upTo(returned)
            let most = initial + takenByReturn.upTo(returned) + addedByInvocation.upTo(returned)
            return least <= limit && most >= 0
        case .observe(let count):
            let least = initial + addedByReturn.before(call.invoked) + takenByInvocation.upTo(returned)
            let most = initial + takenByReturn.before(call.invoked) + addedByInvocation.upTo(returned)
            return least <= count && count <= most
        }
    }
}
