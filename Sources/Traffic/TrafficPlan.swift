// What all event loops of a load share and none changes.

import Core
import NIOCore
import Scenarios
import Transport

/// A scenario made ready for its replicas.
struct TrafficPlan: Sendable {
    let scenario: Scenario
    let operations: [String: OperationPlan]
    private(set) var mix = OperationMix([])
    let keySpace: KeySpace
    let replicas: [Address]
    /// Of each service that has a name.
    private let services: [String: Range<Int>]
    /// Of the service that has no name, or is first.
    private let first: Range<Int>
    let sockets: [SocketAddress]
    let options: TrafficOptions
    /// Of what is told in words.
    let redactor: Redactor
    /// Of what is recorded; without secrets that is judged as it was sent and answered.
    let recordRedactor: Redactor
    let needs = NeedsRegistry()
    let notices = Locked<[String]>([])
    /// Whether any answer set a cookie.
    let hasCookies = Locked(false)
    let budget: AnswerBudget
    let clock: TrafficClock
    let isBurst: Bool
    /// Those that may end the load.
    let liveThresholds: [Threshold]

    init(
        _ scenario: Scenario, replicas: [Address], options: TrafficOptions, clock: TrafficClock
    ) throws(TrafficError) {
        guard !replicas.isEmpty else { throw TrafficError(.connection, "there is no replica to send to") }
        self.scenario = scenario
        self.replicas = replicas
        let target = scenario.target
        services = Dictionary(
            target.services.filter { !$0.name.isEmpty }.map { ($0.name, target.replicas(of: $0.name)) },
            uniquingKeysWith: { first, _ in first })
        first = target.services.count > 1 ? target.replicas(at: 0) : replicas.indices
        var options = options
        options.loops = max(1, options.loops)
        self.options = options
        self.clock = clock
        operations = Dictionary(
            scenario.operations.enumerated().map { index, declaration in
                (declaration.name, OperationPlan(declaration, index: index, in: scenario))
            }, uniquingKeysWith: { first, _ in first })
        keySpace = KeySpace(scenario.load.keys, token: token(of: options.seed))
        sockets = try replicas.map(Self.resolve)
        let secrets =
            scenario.sensitiveValues + options.secrets.values + (options.commands?.sensitive ?? [])
        redactor = Redactor(secrets)
        recordRedactor = secrets.isEmpty ? .leavingAll : redactor
        budget = AnswerBudget(limitBytes: options.answersLimitBytes)
        isBurst = if case .burst = scenario.load.shape { true } else { false }
        liveThresholds = scenario.thresholds.filter { $0.abortsEarlyAfter != nil }
        var entries: [OperationMix.Entry] = []
        for entry in scenario.load.mix {
            entries.append(.init(operation: try operation(entry.operation), weight: entry.weight))
        }
        mix = OperationMix(entries)
    }

    /// Where requests to a service go.
    func replicas(of service: String?) -> Range<Int> { service.flatMap { services[$0] } ?? first }

    /// Those through which an operation is read in turn.
    func replicas(of operation: OperationPlan) -> Range<Int> {
        replicas(of: operation.declaration.steps.first?.request.service)
    }

    private static func resolve(_ replica: Address) throws(TrafficError) -> SocketAddress {
        do {
            return try SocketAddress.makeAddressResolvingHost(replica.host, port: replica.port)
        } catch {
            throw TrafficError(.connection, "the replica's host \(replica.host) has no address: \(error)")
        }
    }

    func operation(_ name: String) throws(TrafficError) -> OperationPlan {
        guard let plan = operations[name] else {
            throw TrafficError(.binding, "operation \(name) is not defined in scenario \(scenario.name)")
        }
        return plan
    }

    /// Whether anything is kept from one operation to the next.
    var keepsMemory: Bool { scenario.defaults.cookies || !scenario.load.state.isEmpty }

    /// Nanoseconds since 1970.
    var unixNow: Int64 { clock.unixOriginNanoseconds + clock.now() }

    /// Says what broke a connection to a replica, if it was TLS.
    ///
    /// Between requests a server may close as it likes.
    func note(_ error: any Error, of replica: Int, duringRequest: Bool) {
        guard let reason = TransportError.ofTLS(error, replicas[replica]), duringRequest || reason.isLasting
        else { return }
        note(reason.message)
    }

    /// Tells a limit that was reached, or a part that could not be done; each sentence once.
    func note(_ notice: String) {
        notices.withLock { notices in
            if notices.count < 100, !notices.contains(notice) { notices.append(notice) }
        }
    }
}
