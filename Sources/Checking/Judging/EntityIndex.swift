// Which operations are about the same entity: what contention and concurrent writers are looked up in.

import Histories
import Scenarios

/// Groups operations by every distinct key that the models name, and by all keys of each transaction; without
/// models, by the load's keys, and else by round.
struct EntityIndex: Sendable {
    /// Operations of each entity in order of invocation.
    private(set) var members: [[Int]] = []
    /// The text of each entity's key.
    private(set) var names: [String] = []
    /// For each key, which entity each operation belongs to by it; -1 for none.
    private(set) var columns: [[Int32]] = []
    /// For each key, its entities.
    private var ranges: [Range<Int>] = []
    /// Whether the run's operations are in order of invocation.
    let isInOrder: Bool
    private let keys: [Template]
    private var contended: [Bool]
    /// Operations of the load all of whose connections were refused.
    private(set) var unsent: [Int] = []

    init(_ operations: [OperationRecord], _ scenario: Scenario, isWrite: [Bool]) {
        let together = scenario.models.filter { !$0.transactions.isEmpty }
        keys = Self.distinctKeys(of: scenario.models.filter { $0.transactions.isEmpty })
        contended = Array(repeating: false, count: operations.count)
        isInOrder = operations.indices.dropFirst().allSatisfy {
            operations[$0 - 1].invoked <= operations[$0].invoked
        }
        for key in keys {
            let name = key.parts.count == 1 ? key.placeholders.first : nil
            add(operations) { index in
                // Looked up first where it mostly is, for which the operation is not copied.
                if let name, let value = operations[index].value(name) { return Canonical.text(value) }
                return operations[index].text(of: key)
            }
        }
        let single = columns.count
        let accesses = together.map { addAccesses(operations, of: $0) }
        if keys.isEmpty, together.isEmpty {
            for key in scenario.load.keys {
                add(operations) { operations[$0].value(key.name).map(Canonical.text) }
            }
            let loadKeys = columns
            add(operations) { index in
                loadKeys.allSatisfy { $0[index] < 0 } ? operations[index].round.map { "\($0)" } : nil
            }
        }
        var order = Array(operations.indices)
        if !isInOrder {
            order.sort { (operations[$0].invoked, $0) < (operations[$1].invoked, $1) }
            for number in members.indices {
                members[number].sort { (operations[$0].invoked, $0) < (operations[$1].invoked, $1) }
            }
        }
        order.removeAll { operations[$0].phase != .load }
        unsent = order.filter { !operations[$0].requests.wereSent }
        if !unsent.isEmpty { order.removeAll { !operations[$0].requests.wereSent } }
        let rivals = Self.rivals(operations, scenario) { index in columns.allSatisfy { $0[index] < 0 } }
        for (place, column) in columns.enumerated() where accesses.isEmpty || place < single {
            markContended([column], members.count, in: order, operations, [isWrite])
        }
        var place = single
        for writes in accesses {
            markContended(
                Array(columns[place..<place + writes.count]), members.count, in: order, operations, writes)
            place += writes.count
        }
        if let (column, count) = rivals { markContended([column], count, in: order, operations, [isWrite]) }
    }

    /// The keys of transactions, in a column for each step; gives which operations write by it.
    private mutating func addAccesses(_ operations: [OperationRecord], of model: Model) -> [[Bool]] {
        let accesses = Dictionary(model.transactions.map { ($0.operation, $0.accesses) }) { first, _ in first
        }
        var numbers = Numbering<[String]>()
        let first = members.count
        let steps = accesses.values.map(\.count).max() ?? 0
        let columns = (0..<steps).map { step in
            operations.indices.map { index -> Int32 in
                guard let own = accesses[operations[index].name], step < own.count,
                    let group = operations[index].text(of: model.key),
                    let key = operations[index].text(of: own[step].key)
                else { return -1 }
                let number = first + numbers.number(of: [group, key])
                if number == members.count {
                    members.append([])
                    names.append(key)
                }
                if members[number].last != index { members[number].append(index) }
                return Int32(number)
            }
        }
        for number in first..<members.count { members[number] = Set(members[number]).sorted() }
        self.columns += columns
        return (0..<steps).map { step in
            operations.map { accesses[$0.name].map { step < $0.count && $0[step].kind != .read } ?? false }
        }
    }

    /// One more key; `name` gives its text for the operation at a position.
    private mutating func add(_ operations: [OperationRecord], _ name: (Int) -> String?) {
        var numbers = Numbering<String>()
        let first = members.count
        let column = operations.indices.map { index in
            name(index).map { Int32(first + numbers.number(of: $0)) } ?? -1
        }
        var counts = Array(repeating: 0, count: numbers.items.count)
        for number in column where number >= 0 { counts[Int(number) - first] += 1 }
        for count in counts {
            members.append([])
            members[members.count - 1].reserveCapacity(count)
        }
        for index in column.indices where column[index] >= 0 { members[Int(column[index])].append(index) }
        names += numbers.items
        columns.append(column)
        ranges.append(first..<members.count)
    }

    /// By a key that a model names: all entities, and that of each operation, -1 for none.
    func column(of key: Template) -> (entities: Range<Int>, column: [Int32]) {
        keys.firstIndex { $0.parts == key.parts }.map { (ranges[$0], columns[$0]) } ?? (0..<0, [])
    }

    func entities(of operation: Int) -> [Int] {
        columns.compactMap { $0[operation] < 0 ? nil : Int($0[operation]) }
    }

    /// Whether it overlapped another operation of the load on an entity, a write among the two.
    func isContended(_ operation: Int) -> Bool { contended[operation] }

    /// Operations that compete without having an entity in common: claims, whose key may be what the service
    /// gives out, and operations of no entity at all.
    ///
    /// The group of each, -1 for none, and how many there are.
    private static func rivals(
        _ operations: [OperationRecord], _ scenario: Scenario, isAlone: (Int) -> Bool
    ) -> (column: [Int32], count: Int)? {
        var claiming: [String: Int] = [:]
        for (number, model) in scenario.models.enumerated() {
            guard case .unique(let claim, let release) = model.kind else { continue }
            for name in claim.map(\.operation) + release { claiming[name] = number }
        }
        if claiming.isEmpty, !operations.indices.contains(where: isAlone) { return nil }
        var groups = Numbering<[String]>()
        let column = operations.indices.map { index -> Int32 in
            let claim = claiming.isEmpty ? nil : claiming[operations[index].name]
            guard let name = claim.map({ "\($0)" }) ?? (isAlone(index) ? "" : nil) else { return -1 }
            return Int32(groups.number(of: [name] + arena(of: operations[index], scenario)))
        }
        return groups.items.isEmpty ? nil : (column, groups.items.count)
    }

    /// Where an operation meets others: its round, or else the load's keys that it has, or else the load.
    private static func arena(of operation: OperationRecord, _ scenario: Scenario) -> [String] {
        if let round = operation.round { return ["round \(round)"] }
        return scenario.load.keys.compactMap { key in
            operation.value(key.name).map { "\(key.name) \(Canonical.text($0))" }
        }
    }

    /// Operations that share an entity with this one, itself included, in order of invocation within each
    /// entity.
    func neighbours(of operation: Int) -> [Int] {
        let mine = entities(of: operation)
        return mine.count == 1 ? members[mine[0]] : mine.flatMap { members[$0] }
    }

    /// Keys that models name.
    static func distinctKeys(of models: [Model]) -> [Template] {
        var seen: Set<[Template.Part]> = [[]]
        return models.map(\.key).filter { seen.insert($0.parts).inserted }
    }

    /// A sweep in order of invocation, once forward and once backward, that keeps for each group the latest
    /// return (of any, of a write) and the next invocation.
    ///
    /// An operation is in a group by each column, and writes there or not by it.
    /// Only the load's operations are in `order`, and of them those that left the client: a refused
    /// connection meets nobody.
    private mutating func markContended(
        _ columns: [[Int32]], _ groups: Int, in order: [Int], _ operations: [OperationRecord],
        _ isWrite: [[Bool]]
    ) {
        var any = Array(repeating: Int64.min, count: groups)
        var writes = any
        for index in order {
            // All are looked up before any is noted: an operation does not meet itself.
            for place in columns.indices where columns[place][index] >= 0 {
                let group = Int(columns[place][index])
                if operations[index].invoked <= (isWrite[place][index] ? any[group] : writes[group]) {
                    contended[index] = true
                }
            }
            let returned = operations[index].returned ?? .max
            for place in columns.indices where columns[place][index] >= 0 {
                let group = Int(columns[place][index])
                any[group] = max(any[group], returned)
                if isWrite[place][index] { writes[group] = max(writes[group], returned) }
            }
        }
        any = Array(repeating: .max, count: groups)
        writes = any
        for index in order.reversed() {
            for place in columns.indices where columns[place][index] >= 0 {
                let group = Int(columns[place][index])
                let meets = isWrite[place][index] ? any[group] : writes[group]
                if meets != .max, meets <= operations[index].returned ?? .max { contended[index] = true }
            }
            for place in columns.indices where columns[place][index] >= 0 {
                let group = Int(columns[place][index])
                any[group] = operations[index].invoked
                if isWrite[place][index] { writes[group] = operations[index].invoked }
            }
        }
    }
}
