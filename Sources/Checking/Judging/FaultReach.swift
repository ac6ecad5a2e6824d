// Which operations a fault may have troubled: those that the replica it hit was asked for, and those behind a
// lock that a paused replica may hold.

import Histories
import Scenarios

/// The faults of a run and how far each reaches; a replica that died by itself is one without an end.
struct FaultReach: Sendable {
    private struct Reach {
        var fault: FaultRecord
        /// Entities that a write under way on the replica may have locked when the replica was paused.
        var locked: Set<Int> = []
        /// The same of a database that has one lock for all.
        var isAllLocked = false
    }

    private let reaches: [Reach]
    private let target: Target

    init(_ facts: RunFacts) {
        target = facts.scenario.target
        let hasOneLock = facts.scenario.target.database.kind?.hasOneLock ?? false
        let deaths = facts.troubles.filter { $0.kind == .replicaDied }.compactMap { death in
            death.replica.map {
                FaultRecord(
                    kind: .kill, target: facts.scenario.target.faultTarget($0),
                    start: death.since ?? death.time)
            }
        }
        reaches = (facts.faults + deaths).map { fault in
            var reach = Reach(fault: fault)
            // A process that dies lets go of its locks; one that is stopped does not.
            guard fault.kind == .pause else { return reach }
            for (index, operation) in facts.operations.enumerated()
            where facts.isWrite(operation) && operation.isUnderWay(fault) {
                reach.locked.formUnion(facts.entities.entities(of: index))
                reach.isAllLocked = hasOneLock
            }
            return reach
        }
    }

    /// Whether a fault may be the reason for what became of the operation, given its entities.
    func troubled(_ operation: OperationRecord, on entities: [Int]) -> Bool {
        reaches.contains { reach in
            if operation.mayHaveFelt(reach.fault, in: target) { return true }
            guard reach.isAllLocked || !reach.locked.isDisjoint(with: entities) else { return false }
            return operation.invoked <= reach.fault.end(settling: OperationRecord.settlingNanoseconds)
                && operation.returned ?? .max >= reach.fault.start
        }
    }
}

extension OperationRecord {
    /// What a replica needs after a fault until it answers as before: its connections are new, and what has
    /// queued up comes first.
    static let settlingNanoseconds: Int64 = 1_000_000_000

    /// Whether one of its requests was under way on the replica of the fault while that lasted.
    func met(_ fault: FaultRecord) -> Bool {
        isUnderWay(from: fault.start, to: fault.end(settling: 0)) { fault.target.reaches(replica: $0) }
    }

    /// Whether the fault may be the reason for what became of it: it met the fault, or came so soon after.
    func mayHaveFelt(_ fault: FaultRecord, in target: Target) -> Bool {
        isUnderWay(from: fault.start, to: fault.end(settling: Self.settlingNanoseconds)) {
            fault.target.mayBeFelt(by: $0, in: target)
        }
    }

    private func isUnderWay(from start: Int64, to end: Int64, on isWanted: (Int) -> Bool) -> Bool {
        requests.contains {
            !$0.isCommand && isWanted($0.replica) && $0.sent <= end
                && $0.received ?? returned ?? .max >= start
        }
    }

    /// Whether one of its requests was under way there when the fault was injected.
    fileprivate func isUnderWay(_ fault: FaultRecord) -> Bool {
        requests.contains {
            !$0.isCommand && fault.target.reaches(replica: $0.replica) && $0.sent <= fault.start
                && $0.received ?? returned ?? .max >= fault.start
        }
    }
}

extension FaultTarget {
    /// Whether what this replica answers may come of the fault: services call each other.
    func mayBeFelt(by replica: Int, in target: Target) -> Bool {
        reaches(replica: replica) || self.replica.map { !target.isOneService($0, replica) } ?? false
    }
}

extension FaultRecord {
    fileprivate func end(settling nanoseconds: Int64) -> Int64 {
        guard let end else { return .max }
        let (sum, isTooLate) = end.addingReportingOverflow(nanoseconds)
        return isTooLate ? .max : sum
    }
}
