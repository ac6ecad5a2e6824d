// Tells of replicas and servers that die by themselves, not of those that end with the whole run.

import Core
import Dispatch
import Histories
import Scenarios

/// Called on the supervisor's reading thread.
struct DeathNotice: Sendable {
    let table: Locked<ReplicaTable>
    let guardian: DatabaseGuard
    let scenario: Scenario
    let options: ClusterOptions
    let onEvent: @Sendable (ClusterEvent) -> Void
    /// Deaths that are not told yet.
    private let pending = Locked(0)

    /// A replica that ends as TERM ends it is told after this long, if nothing else was told to end by then.
    ///
    /// Whoever ends a whole tree of processes signals one after the other.
    static let settlingMilliseconds = 500

    init(
        table: Locked<ReplicaTable>, guardian: DatabaseGuard, scenario: Scenario, options: ClusterOptions,
        onEvent: @escaping @Sendable (ClusterEvent) -> Void
    ) {
        self.table = table
        self.guardian = guardian
        self.scenario = scenario
        self.options = options
        self.onEvent = onEvent
    }

    func ended(key: Int, _ end: ProcessEnd) {
        let index = table.withLock { $0.ended(key: key) }
        guard index != nil || guardian.watches(key: key) else { return }
        guard end.mayBeByTerminate else { return tell(index, key, end) }
        pending.withLock { $0 += 1 }
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Self.settlingMilliseconds)) {
            if !table.withLock({ $0.isEndedFromOutside }) { tell(index, key, end) }
            pending.withLock { $0 -= 1 }
        }
    }

    func supervisorLost(_ loss: SupervisorClient.Loss) {
        table.withLock { $0.isEndedAsAWhole() }
        guardian.end()
        switch loss {
        case .toldToEnd: onEvent(.toldToEnd)
        case .died: onEvent(.trouble(ClusterTrouble(.supervisorDied, SupervisorClient.lost.message)))
        }
    }

    /// Returns when every death so far is told.
    func settle() async {
        while pending.withLock({ $0 }) > 0 { await rest(milliseconds: 10) }
    }

    private func tell(_ index: Int?, _ key: Int, _ end: ProcessEnd) {
        guard let index else { return guardian.ended(key: key, end) }
        let secrets = scenario.secrets.compactMap { options.environment[$0] }
        let redactor = Redactor(scenario.sensitiveValues + secrets)
        let log = "\(options.runDirectory)/\(scenario.target.folderOfReplica(index))/output.log"
        onEvent(
            .replicaDied(
                index: index, description: "\(scenario.target.nameOfReplica(index)) \(end)",
                lastLines: LogTail.lines(of: log).map(redactor.redact)))
    }
}

extension ProcessEnd {
    /// As programs end that are sent TERM.
    fileprivate var mayBeByTerminate: Bool {
        switch self {
        case .exited(let status): status == 0 || status == 128 + Signal.terminate
        case .signalled(let signal): signal == Signal.terminate
        }
    }
}
