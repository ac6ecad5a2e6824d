// Who waits for whom, of connections that belong to replicas or to nobody known.

import Testing

@testable import Clusters

@Suite struct LockWaitsTests {
    private static let owners: [Int32: Int] = [10: 0, 11: 0, 20: 1, 30: 2]

    @Test func aReplicaWaitsForThoseThatHoldWhatItsConnectionsWantNext() {
        let waits = LockWaits([10: [20], 11: [99]], owners: Self.owners)
        #expect(waits.holders == [0: [1, nil]])
        #expect(waits.circle.isEmpty)
    }

    @Test func connectionsThatWaitForEachOtherAreACircleOfTheirReplicas() {
        #expect(LockWaits([10: [20], 20: [10]], owners: Self.owners).circle == [0, 1])
        #expect(LockWaits([10: [20], 20: [30], 30: [10]], owners: Self.owners).circle == [0, 1, 2])
    }

    /// A replica has several connections, and one of them may wait for what the other one's request holds.
    @Test func twoConnectionsOfOneReplicaAreNoCircleOfRequests() {
        #expect(LockWaits([10: [11], 11: [10]], owners: Self.owners).circle.isEmpty)
        #expect(LockWaits([10: [20], 20: [11]], owners: Self.owners).circle.isEmpty)
    }
}
