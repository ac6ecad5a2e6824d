// Deals a run's operations out to the keys of a model, and reads those of each key as calls.

import Core
import Histories
import Scenarios

/// The groups in which a model judges a run: one for each key.
struct Partition<Reading: ModelReading>: Sendable {
    let facts: RunFacts
    let model: Model
    let reading: Reading
    /// Entities of the run, by the model's key in ascending order.
    let keys: [Int]
    private let column: [Int32]
    private let observations: [Observation]
    private let observers: Set<String>

    init(_ facts: RunFacts, _ model: Model, _ reading: Reading) {
        self.facts = facts
        self.model = model
        self.reading = reading
        observations = model.observations
        observers = Set(model.observers)
        let (entities, column) = facts.entities.column(of: model.key)
        self.column = column
        keys = entities.sorted { facts.entities.names[$0] < facts.entities.names[$1] }
    }

    var hasReads: Bool { !observers.isEmpty }

    private func read(_ operation: OperationRecord, into meanings: inout [Meaning<Reading.Action>]) {
        meanings.removeAll(keepingCapacity: true)
        reading.read(operation, observed: operation.observed(by: observations), into: &meanings)
    }

    /// The calls on one key, and its reads that told nothing.
    func calls(on entity: Int) -> (key: KeyCalls<Reading.Action>, silent: [Coverage.SilentRead]) {
        var key = KeyCalls<Reading.Action>(key: facts.entities.names[entity])
        var silent: [Coverage.SilentRead] = []
        var meanings: [Meaning<Reading.Action>] = []
        let operations = facts.operations.span
        for index in facts.entities.members[entity] {
            read(operations[index], into: &meanings)
            let judgesRead = model.judges(readIn: operations[index].phase)
            if meanings.isEmpty {
                guard judgesRead, observers.contains(operations[index].name) else { continue }
                let isLacking = operations[index].outcome == .ok
                silent.append(Coverage.SilentRead(operation: index, key: key.key, isLacking: isLacking))
                continue
            }
            if !facts.isVoid(operations[index]) { key.isVoid = false }
            for meaning in meanings {
                key.add(operations[index], index, meaning, countsReads: judgesRead)
            }
        }
        return (key, silent)
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
