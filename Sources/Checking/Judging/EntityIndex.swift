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
            markContended(members[number].filter { operations[$0].phase == .load }, operations, isRead)
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
        let keys = scenario.load.keys.compactMap { key in
            operation.value(key.name).map { "\(key.name) \(Canonical.text($0))" }
        }
        return keys.isEmpty ? operation.round.map { ["round \($0)"] } ?? [] : keys
    }

    /// A sweep in order of invocation, once forward and once backward, that keeps the latest return (of
    /// any, of a write) and the next invocation.
    private mutating func markContended(
        _ ordered: [Int], _ operations: [OperationRecord], _ isRead: (String) -> Bool
    ) {
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
