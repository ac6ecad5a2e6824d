// Latency and throughput of the load, gathered in one pass over the history with a bounded number of
// counters.

import Core
import Histories
import RunStore

/// Counts and histograms of the load phase.
struct LoadFigures {
    /// Equal intervals that the load is divided into.
    static let intervals = 56
    /// Operations, and replicas, that have a line of their own; what comes later is left out and counted.
    static let groupLimit = 40

    struct Group {
        var name: String
        fileprivate var counts = LatencyHistogram.Counts()
        /// As `LoadFigures.heat`.
        var heat: [[Int]]

        var latencies: LatencyHistogram { LatencyHistogram(counts) }
    }

    static let emptyHeat = Array(repeating: Array(repeating: 0, count: intervals), count: boundaries.count)

    private(set) var byOperation: [Group] = []
    private(set) var byReplica: [Group] = []
    /// By outcome, then interval of the return.
    private(set) var throughput: [Outcome: [Double]] = [:]
    /// By bucket of `boundaries`, then interval of the invocation.
    private(set) var heat: [[Int]]
    private(set) var begin: Int64 = 0
    private(set) var end: Int64 = 0
    private(set) var operations = 0
    /// Without an end: they have no latency.
    private(set) var endless = 0
    private(set) var ungrouped = 0
    private(set) var hasIntended = false

    /// Upper ends of the heat map's rows, microseconds: 1, 2, 5, 10 … 10 minutes.
    static let boundaries: [UInt64] = {
        var all: [UInt64] = []
        var decade: UInt64 = 1
        while decade < LatencyHistogram.longestMicroseconds {
            all += [decade, 2 * decade, 5 * decade]
            decade *= 10
        }
        return all
    }()

    private var operationPlaces: [String: Int] = [:]
    private var replicaPlaces: [Int: Int] = [:]

    init(_ history: History) {
        heat = Self.emptyHeat
        for outcome in Outcome.allCases { throughput[outcome] = Array(repeating: 0, count: Self.intervals) }
        findEnds(history.operations)
        guard operations > 0 else { return }
        for operation in history.operations where operation.phase == .load { add(operation) }
        byOperation.sort { $0.name < $1.name }
        byReplica.sort { ($0.name.count, $0.name) < ($1.name.count, $1.name) }
    }

    private mutating func findEnds(_ all: [OperationRecord]) {
        for operation in all where operation.phase == .load {
            if operations == 0 { begin = operation.intended ?? operation.invoked }
            operations += 1
            begin = min(begin, operation.intended ?? operation.invoked)
            end = max(end, operation.returned ?? operation.invoked)
        }
    }

    private mutating func add(_ operation: OperationRecord) {
        let last = operation.returned ?? operation.invoked
        let column = interval(of: last)
        throughput[operation.outcome]?[column] += 1
        guard let returned = operation.returned else {
            endless += 1
            return
        }
        hasIntended = hasIntended || operation.intended != nil
        let start = operation.intended ?? operation.invoked
        let latency = min(LatencyHistogram.longestMicroseconds, UInt64(max(0, returned - start)) / 1_000)
        let (row, begun) = (Self.row(of: latency), interval(of: start))
        heat[row][begun] += 1
        let place = Self.place(operation.name, in: &operationPlaces, of: &byOperation) {
            HTML.cut(operation.name, to: 80)
        }
        if let place {
            byOperation[place].counts.add(microseconds: latency)
            byOperation[place].heat[row][begun] += 1
        } else {
            ungrouped += 1
        }
        guard let replica = operation.requests.last?.replica else { return }
        if let place = Self.place(replica, in: &replicaPlaces, of: &byReplica, { "replica \(replica)" }) {
            byReplica[place].counts.add(microseconds: latency)
            byReplica[place].heat[row][begun] += 1
        }
    }

    private static func place<Key: Hashable>(
        _ key: Key, in places: inout [Key: Int], of groups: inout [Group], _ name: () -> String
    ) -> Int? {
        if let place = places[key] { return place }
        guard groups.count < groupLimit else { return nil }
        places[key] = groups.count
        groups.append(Group(name: name(), heat: emptyHeat))
        return groups.count - 1
    }

    func interval(of time: Int64) -> Int {
        let share = Double(time - begin) / Double(max(1, end - begin))
        return min(Self.intervals - 1, max(0, Int(share * Double(Self.intervals))))
    }

    /// The first row whose upper end is not below.
    static func row(of microseconds: UInt64) -> Int {
        var (low, high) = (0, boundaries.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if boundaries[middle] < microseconds { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
