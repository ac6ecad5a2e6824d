// Deals a run's operations out to the keys of a model, and reads those of each key as calls.

import Core
import Histories
import Scenarios

/// The calls on one key, and its reads that told nothing.
struct ReadKey<Action: KeyAction>: Sendable {
    var calls: KeyCalls<Action>
    var silent: [Coverage.SilentRead] = []
}

/// The groups in which a model judges a run: one for each key.
struct Partition<Reading: ModelReading>: Sendable {
    let facts: RunFacts
    let model: Model
    let reading: Reading
    /// Entities of the run, by the model's key in ascending order.
    let keys: [Int]
    let column: [Int32]
    private let observations: [Observation]
    private let observers: Set<String>
    /// Those whose reads count.
    private let judgedPhases: [Phase]

    init(_ facts: RunFacts, _ model: Model, _ reading: Reading) {
        self.facts = facts
        self.model = model
        self.reading = reading
        observations = model.observations
        observers = Set(model.observers)
        judgedPhases = Phase.allCases.filter(model.judges)
        let (entities, column) = facts.entities.column(of: model.key)
        self.column = column
        keys = entities.sorted { facts.entities.names[$0] < facts.entities.names[$1] }
    }

    var hasReads: Bool { !observers.isEmpty }

    private func read(_ operation: OperationRecord, into meanings: inout [Meaning<Reading.Action>]) {
        meanings.removeAll(keepingCapacity: true)
        reading.read(operation, observed: operation.observed(by: observations), into: &meanings)
    }

    /// So many operations are read at a time, unless one key has more.
    private static var batchLimit: Int { 1 << 19 }

    /// Entities that are read at a time, in their order.
    func batches(of entities: [Int]) -> [[Int]] {
        var batches: [[Int]] = []
        var size = Self.batchLimit
        for entity in entities {
            let count = facts.entities.members[entity].count
            if size + count > Self.batchLimit {
                batches.append([])
                size = 0
            }
            batches[batches.count - 1].append(entity)
            size += count
        }
        return batches
    }

    /// What was done on each key.
    ///
    /// Several are read in one pass over the run in its order: from one operation of a key to the next
    /// memory has to be waited for.
    func read(_ entities: [Int]) -> [ReadKey<Reading.Action>] {
        var keys = entities.map { entity in
            var key = ReadKey<Reading.Action>(calls: KeyCalls(key: facts.entities.names[entity]))
            key.calls.calls.reserveCapacity(facts.entities.members[entity].count)
            return key
        }
        var meanings: [Meaning<Reading.Action>] = []
        if keys.count == 1 || !facts.entities.isInOrder {
            for (place, entity) in entities.enumerated() {
                for index in facts.entities.members[entity] { add(index, to: &keys[place], &meanings) }
            }
            return keys
        }
        var places = Array(repeating: -1, count: facts.entities.members.count)
        for (place, entity) in entities.enumerated() { places[entity] = place }
        for index in column.indices where column[index] >= 0 && places[Int(column[index])] >= 0 {
            add(index, to: &keys[places[Int(column[index])]], &meanings)
        }
        return keys
    }

    private func add(
        _ index: Int, to key: inout ReadKey<Reading.Action>, _ meanings: inout [Meaning<Reading.Action>]
    ) {
        let operation = facts.operations[index]
        read(operation, into: &meanings)
        let judgesRead = judgedPhases.contains(operation.phase)
        if meanings.isEmpty {
            guard judgesRead, observers.contains(operation.name) else { return }
            key.silent.append(
                Coverage.SilentRead(
                    operation: index, key: key.calls.key, isLacking: operation.outcome == .ok))
            return
        }
        if !facts.isVoid(operation) { key.calls.isVoid = false }
        for place in meanings.indices {
            key.calls.add(operation, index, meanings[place], countsReads: judgesRead)
        }
    }

    /// Changes whose key only their answers would have told.
    func countKeyless(into coverage: inout Coverage) {
        var meanings: [Meaning<Reading.Action>] = []
        for index in column.indices where column[index] < 0 && facts.isWrite(index) {
            read(facts.operations[index], into: &meanings)
            if meanings.isEmpty { continue }
            coverage.countKeyless(facts.operations[index])
        }
    }
}

extension Model {
    /// Whether reads of this phase count: with `consistency: final`, only those after quiescence do.
    func judges(readIn phase: Phase) -> Bool {
        switch consistency {
        case .linearizable: true
        case .final: phase == .after || phase == .final
        }
    }
}
