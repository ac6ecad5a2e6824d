// A database that was watched and that no replica used makes a pass doubtful.

import Core
import Histories
import Scenarios
import Testing

@testable import Checking

@Suite struct DatabaseUseTests {
    @Test func aDatabaseThatNoReplicaUsedIsTold() {
        func isTold(_ observations: Observations) -> Bool {
            var run = RunBuilder(.register(), writes: ["rename"], reads: ["show"])
            run.add("rename", 0, 1, values: ["unique": "a"])
            return judge(run.history, by: run.scenario, observations: observations).checks.contains {
                $0.name == "replicas use the database" && $0.verdict == .unknown
            }
        }
        var observations = Observations()
        #expect(!isTold(observations))
        observations.databaseBytes = 4_096
        #expect(!isTold(observations))
        observations.databaseBytes = 0
        #expect(isTold(observations))
        var watched = Observations()
        watched.sessions = (0..<20).map { SessionSample(time: $0, pools: []) }
        #expect(isTold(watched))
        watched.backends = [BackendRecord(time: 0, backend: 7, replica: 0, application: "")]
        #expect(!isTold(watched))
    }
}
