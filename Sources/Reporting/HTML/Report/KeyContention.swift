// How hard the clients pressed on each key: operations, the share that overlapped another, the most at once.

import Checking
import Core
import Histories
import Scenarios

/// The load's operations by key, in the order in which keys first appear.
struct KeyContention {
    struct Entry {
        var key: String
        var round: Int?
        var operations = 0
        /// Overlapped another on this key, a write among the two.
        var contended = 0
        /// The most under way at one moment.
        var most = 0
        fileprivate var open: [Open] = []
    }

    fileprivate struct Open {
        var end: Int64
        var isWrite: Bool
        var isCounted: Bool
    }

    /// Keys that are followed; operations on others are counted.
    static let keyLimit = 100_000
    /// Operations under way on one key that are compared with a new one.
    static let openLimit = 256

    private(set) var entries: [Entry] = []
    private(set) var beyondLimit = 0
    private var places: [String: Int] = [:]

    init(_ history: History, _ scenario: Scenario?) {
        let template = scenario?.models.first?.key
        let reads = Set((scenario?.operations ?? []).filter(\.isRead).map(\.name))
        let keyNames = (scenario?.load.keys ?? []).map(\.name)
        for operation in history.operations where operation.phase == .load && operation.wasSent {
            let key =
                template.flatMap(operation.text(of:))
                ?? keyNames.lazy.compactMap { operation.value($0)?.plain }.first
                ?? operation.round.map { "round \($0)" }
            guard let key else { continue }
            add(operation, key: key, isWrite: !reads.contains(operation.name))
        }
        for place in entries.indices { entries[place].open = [] }
    }

    private mutating func add(_ operation: OperationRecord, key: String, isWrite: Bool) {
        let place: Int
        if let known = places[key] {
            place = known
        } else {
            guard entries.count < Self.keyLimit else {
                beyondLimit += 1
                return
            }
            place = entries.count
            places[key] = place
            entries.append(Entry(key: key, round: operation.round))
        }
        entries[place].add(
            Open(end: operation.returned ?? .max, isWrite: isWrite, isCounted: false), at: operation.invoked)
    }
}

extension KeyContention.Entry {
    fileprivate mutating func add(_ operation: KeyContention.Open, at time: Int64) {
        var operation = operation
        // Equal stamps are concurrent, as everywhere.
        open.removeAll { $0.end < time }
        for other in open.indices where open[other].isWrite || operation.isWrite {
            if !open[other].isCounted {
                open[other].isCounted = true
                contended += 1
            }
            operation.isCounted = true
        }
        operations += 1
        if operation.isCounted { contended += 1 }
        if open.count < KeyContention.openLimit { open.append(operation) }
        most = max(most, open.count)
    }
}

/// The heat strips over keys.
struct ContentionSection {
    let contention: KeyContention

    static let columns = 64

    var note: HTML {
        let kind =
            contention.entries.contains { $0.round != nil } ? "keys, in the order of their rounds" : "keys"
        var text =
            "\(Figures.grouped(contention.entries.count)) \(kind) from left to right: the stronger the colour, the more clients met."
        if contention.beyondLimit > 0 {
            text += " \(Figures.grouped(contention.beyondLimit, "operation")) on further keys are left out."
        }
        return "\(text)"
    }

    var html: HTML {
        let entries = contention.entries
        guard !entries.isEmpty else { return "" }
        let columns = min(Self.columns, entries.count)
        var shares: [HeatMap.Cell] = []
        var depths: [HeatMap.Cell] = []
        for column in 0..<columns {
            let range = (column * entries.count / columns)..<((column + 1) * entries.count / columns)
            let part = entries[range]
            let (operations, contended) = part.reduce((0, 0)) { ($0.0 + $1.operations, $0.1 + $1.contended) }
            let most = part.map(\.most).max() ?? 0
            let name = Self.name(part)
            let share = Figures.share(contended, of: operations)
            shares.append(
                HeatMap.Cell(
                    column: column, row: 0, value: 100 * Double(contended) / Double(max(1, operations)),
                    note:
                        "\(name): \(share) of \(Figures.grouped(operations, "operation")) overlapped another")
            )
            depths.append(
                HeatMap.Cell(
                    column: column, row: 0, value: Double(most), note: "\(name): at most \(most) at once"))
        }
        let axis = Axis(
            "number of the key", 1...Double(max(2, entries.count)), format: { Figures.grouped(Int($0)) })
        return HTML.multiples([
            HeatMap(
                title: "Share that overlapped another", unit: "stronger: more of them", x: axis,
                columns: columns, rows: ["share"], cells: shares.filter { $0.value > 0 }
            ).html,
            HeatMap(
                title: "Most operations at once",
                unit: "stronger: more, at most \(entries.map(\.most).max() ?? 0)", x: axis, columns: columns,
                rows: ["at once"], cells: depths
            ).html,
        ])
    }

    private static func name(_ part: ArraySlice<KeyContention.Entry>) -> String {
        guard let first = part.first, let last = part.last else { return "" }
        if part.count == 1 {
            return first.round.map { "round \($0 + 1), " + cut(first.key) } ?? cut(first.key)
        }
        return "\(cut(first.key)) to \(cut(last.key))"
    }

    private static func cut(_ key: String) -> String { HTML.cut(key, to: 40) }
}
