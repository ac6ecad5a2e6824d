// Which operations are about the same entity: what contention and concurrent writers are looked up in.

import History
import Scenario

/// Groups operations by every distinct key that the models name; without models, by the load's keys, and
/// else by round.
struct EntityIndex: Sendable {
    /// Operations of each entity in order of invocation.
    private(set) var members: [[Int]] = []
    /// Entities of each operation.
    private(set) var entities: [[Int]]
    /// Operations that overlapped another of the load on an entity, a write among the two.
    private(set) var contended: Set<Int> = []

    init(_ operations: [OperationRecord], _ scenario: Scenario, isRead: (String) -> Bool) {
        entities = Array(repeating: [], count: operations.count)
        var numbers: [String: Int] = [:]
        let templates = Self.distinctKeys(of: scenario)
        for (index, operation) in operations.enumerated() {
            for name in Self.names(of: operation, templates, scenario) {
                let number = numbers[name] ?? members.count
                if number == members.count {
                    numbers[name] = number
                    members.append([])
                }
                members[number].append(index)
                entities[index].append(number)
            }
        }
        for number in members.indices {
            members[number].sort { (operations[$0].invoked, $0) < (operations[$1].invoked, $1) }
            markContended(members[number], operations, isRead)
        }
        for rivals in Self.rivals(operations, scenario, isAlone: { entities[$0].isEmpty }) {
            markContended(rivals, operations, isRead)
        }
    }

    /// Operations that compete without having an entity in common, in order of invocation: claims, whose key
    /// may be what the service gives out, and operations of no entity at all.
    private static func rivals(
        _ operations: [OperationRecord], _ scenario: Scenario, isAlone: (Int) -> Bool
    ) -> [[Int]] {
        var claiming: [String: Int] = [:]
        for (number, model) in scenario.models.enumerated() {
            guard case .unique(let claim, let release) = model.kind else { continue }
            for name in claim + release { claiming[name] = number }
        }
        var groups: [[String]: [Int]] = [:]
        for (index, operation) in operations.enumerated() {
            guard let name = claiming[operation.name].map({ "\($0)" }) ?? (isAlone(index) ? "" : nil) else {
                continue
            }
            groups[[name] + arena(of: operation, scenario), default: []].append(index)
        }
        return groups.values.map { group in
            group.sorted { (operations[$0].invoked, $0) < (operations[$1].invoked, $1) }
        }
    }

    /// Where an operation meets others: its round, or else the load's keys that it has, or else the load.
    private static func arena(of operation: OperationRecord, _ scenario: Scenario) -> [String] {
        if let round = operation.round { return ["round \(round)"] }
        return loadKeys(of: operation, scenario)
    }

    private static func loadKeys(of operation: OperationRecord, _ scenario: Scenario) -> [String] {
        scenario.load.keys.compactMap { key in
            operation.value(key.name).map { "\(key.name) \(Canonical.text($0))" }
        }
    }

    /// Operations that share an entity with this one, itself included, in order of invocation within each
    /// entity.
    func neighbours(of operation: Int) -> [Int] {
        let mine = entities[operation]
        return mine.count == 1 ? members[mine[0]] : mine.flatMap { members[$0] }
    }

    private static func distinctKeys(of scenario: Scenario) -> [Template] {
        var seen: Set<[Template.Part]> = []
        return scenario.models.map(\.key).filter { seen.insert($0.parts).inserted }
    }

    private static func names(
        of operation: OperationRecord, _ templates: [Template], _ scenario: Scenario
    ) -> [String] {
        guard templates.isEmpty else {
            return templates.enumerated().compactMap { number, template in
                operation.text(of: template).map { "\(number) \($0)" }
            }
        }
        let keys = loadKeys(of: operation, scenario)
        return keys.isEmpty ? operation.round.map { ["round \($0)"] } ?? [] : keys
    }

    /// A sweep in order of invocation, once forward and once backward, that keeps the latest return (of
    /// any, of a write) and the next invocation.
    ///
    /// Only the load's operations count, and of them those that left the client: a refused connection meets
    /// nobody.
    private mutating func markContended(
        _ members: [Int], _ operations: [OperationRecord], _ isRead: (String) -> Bool
    ) {
        let ordered = members.filter { operations[$0].phase == .load && operations[$0].wasSent }
        var latest = Int64.min
        var latestOfWrites = Int64.min
        for index in ordered {
            let operation = operations[index]
            let isWrite = !isRead(operation.name)
            if operation.invoked <= (isWrite ? latest : latestOfWrites) { contended.insert(index) }
            let returned = operation.returned ?? .max
            latest = max(latest, returned)
            if isWrite { latestOfWrites = max(latestOfWrites, returned) }
        }
        var next = Int64.max
        var nextWrite = Int64.max
        for index in ordered.reversed() {
            let operation = operations[index]
            let isWrite = !isRead(operation.name)
            let returned = operation.returned ?? .max
            let meets = isWrite ? next : nextWrite
            if meets != .max, meets <= returned { contended.insert(index) }
            next = operation.invoked
            if isWrite { nextWrite = operation.invoked }
        }
    }
}
