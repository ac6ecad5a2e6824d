// Burst rounds as one event loop sees them: prepare every client, hold, release all at one instant, gather.

import History
import NIOCore
import Scenario

/// When the first and the last operation of a round left, nanoseconds since the run's origin.
struct Release: Sendable {
    var first: Int64
    var last: Int64
}

extension ClientLoop {
    /// Draws and renders the clients' operations and opens their connections, so that only writing is left.
    func prepareRound(_ assignments: [Assignment]) async throws {
        ready.removeAll(keepingCapacity: true)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for assignment in assignments {
                group.addTask(executorPreference: executor) { try await self.hold(assignment) }
            }
            try await group.waitForAll()
        }
        ready.sort { $0.assignment.client < $1.assignment.client }
    }

    private func hold(_ assignment: Assignment) async throws(TrafficError) {
        if let operation = try await prepareIfBound(assignment) { ready.append(operation) }
    }

    /// Holds the event loop until the instant, then writes all first bytes one after the other.
    func release(at instant: Int64) throws(TrafficError) -> Release? {
        while plan.now() < instant {}
        for operation in ready { try start(operation) }
        guard let first = ready.first, let last = ready.last else { return nil }
        return Release(first: first.record.invoked, last: last.record.invoked)
    }

    /// Waits until every released operation has returned.
    func gatherRound() async throws {
        let count = ready.count
        try await withThrowingTaskGroup(of: Void.self) { group in
            for position in 0..<count {
                group.addTask(executorPreference: executor) { try await self.finishReady(position) }
            }
            try await group.waitForAll()
        }
        ready.removeAll(keepingCapacity: true)
    }

    private func finishReady(_ position: Int) async throws(TrafficError) {
        _ = try await finish(ready[position])
    }
}
