// The database and the replicas of one run, from start to stop; the parts are in the folders beside this
// file.

import Core
public import DatabaseProxy
import Foundation
public import Histories
public import Scenarios

/// The database and the replicas of one run.
public actor Cluster {
    /// Of the replicas of services, by their numbers.
    public nonisolated var endpoints: [ReplicaEndpoint] { roster.endpoints(of: .service) }
    nonisolated var roster: Roster { replicas.roster }
    private nonisolated let engine: any DatabaseEngine
    private nonisolated let proxy: WireProxy?
    nonisolated let context: RunContext
    private let replicas: Replicas
    private let table: Locked<ReplicaTable>
    private let database: DatabaseGuard
    private let deaths: DeathNotice
    private var resets = 0
    private var isStopped = false

    private init(
        context: RunContext, replicas: Replicas, table: Locked<ReplicaTable>, database: DatabaseGuard,
        deaths: DeathNotice
    ) {
        self.deaths = deaths
        self.table = table
        self.database = database
        self.context = context
        self.replicas = replicas
        engine = context.database
        proxy = engine.proxy
    }

    /// Starts the database, writes files, runs `prepare` commands, starts replicas, and returns when every
    /// replica is ready; on error everything that was started is stopped.
    public static func start(
        _ scenario: Scenario, options: ClusterOptions, onEvent: @escaping @Sendable (ClusterEvent) -> Void
    ) async throws(ClusterError) -> Cluster {
        let table = Locked(ReplicaTable(count: scenario.target.members.reduce(0) { $0 + $1.count }))
        let guardian = DatabaseGuard(
            name: scenario.target.database.kind?.displayName ?? "", onEvent: onEvent)
        let deaths = DeathNotice(
            table: table, guardian: guardian, scenario: scenario, options: options, onEvent: onEvent)
        let supervisor = try await SupervisorClient.launch(
            options.supervisor, environment: CommandLookup.baseEnvironment(options.environment),
            log: options.runDirectory + "/supervisor.log", onEnd: deaths.ended,
            onLoss: deaths.supervisorLost)
        var raw: RawFiles?
        var proxy: WireProxy?
        do throws(ClusterError) {
            var context = try RunContext(
                scenario: scenario, options: options, supervisor: supervisor, onEvent: onEvent)
            raw = context.raw
            try context.raw?.begin()
            var replicas: Replicas?
            for tier in StartTier.allCases {
                switch tier {
                case .database:
                    context.use(try await scenario.target.database.start(context))
                    if options.proxiesDatabase {
                        try await context.putProxyBeforeDatabase()
                        proxy = context.database.proxy
                    }
                case .companion:
                    for name in scenario.target.companions.map(\.name) { onEvent(.starting(name)) }
                    let companions = try await Replicas.start(.companion, context, table: table)
                    context.use(companions.roster)
                    replicas = companions
                case .service: replicas = try await startServices(context, table, beside: replicas)
                }
            }
            guard let replicas else { throw ClusterError(.replica, "nothing is to start") }
            await guardian.begin(context.database)
            return Cluster(
                context: context, replicas: replicas, table: table, database: guardian, deaths: deaths)
        } catch {
            guardian.end()
            table.withLock { $0.takesAllDown() }
            for problem in await supervisor.finish() + (raw?.redact() ?? []) { onEvent(.warning(problem)) }
            await proxy?.stop()
            throw error
        }
    }

    /// Writes files, runs `prepare` commands, and starts the replicas.
    private static func startServices(
        _ context: RunContext, _ table: Locked<ReplicaTable>, beside companions: Replicas?
    ) async throws(ClusterError) -> Replicas {
        try ReplicaFiles.writeShared(context)
        let target = context.scenario.target
        for step in context.scenario.operations.flatMap(\.steps) {
            // One that differs from one operation to the next is looked for when it is run.
            guard let program = step.request.command.first, program.placeholders.isEmpty else { continue }
            _ = try context.found([program.source], code: .prepare)
        }
        try await runCommands(target.prepare, name: "prepare", within: target.prepareWithin, context)
        context.onEvent(
            .starting(
                target.service.command.isEmpty
                    ? "attached replicas" : Figures.count(target.replicaCount, "replica")))
        return try await Replicas.start(.service, beside: companions, context, table: table)
    }

    /// Runs the `reset` commands.
    public func reset() async throws(ClusterError) {
        resets += 1
        try await Self.runCommands(
            context.scenario.target.reset, name: "reset-\(resets)",
            within: context.scenario.target.resetWithin, context)
    }

    /// Returns when every replica that has died by itself so far is told.
    public func settle() async { await deaths.settle() }

    /// Processor time that service and database have used up so far; two of them make what was used
    /// between.
    public func cpuClock() -> CPUClock {
        let processes = ProcessTable.scan()
        let groups = table.withLock { $0.groups }
        return CPUClock(
            replicas: endpoints.map { endpoint in
                groups[endpoint.index].flatMap { processes.ticks(ofGroup: $0) }
                    .map { CPUClock.Reading(process: $0.leader, ticks: $0.ticks) }
            },
            database: context.database.processes.map { server in
                processes.ticks(below: server.pid, leaving: context.database.monitorProcess)
                    .map { CPUClock.Reading(process: $0.root, ticks: $0.ticks) }
            })
    }

    /// From now on `record` gets each statement of the replicas once it has ended, on a thread of the proxy.
    ///
    /// `now` gives nanoseconds since the run's origin.
    public func observeStatements(
        now: @escaping @Sendable () -> Int64, record: @escaping @Sendable (StatementRecord) -> Void
    ) {
        context.database.proxy?.observe(now: now, record: record)
    }

    /// No statement is told any more once this has returned.
    public func stopObservingStatements() async { await context.database.proxy?.stopObserving() }

    /// From now on each statement of these replicas that is worth a decision waits; `tell` hears of it, on a
    /// thread of the proxy.
    public func holdStatements(
        of replicas: Set<Int>, tell: @escaping @Sendable (ControlEvent) -> Void
    ) async { await context.database.proxy?.hold(replicas, tell: tell) }

    /// What waits on a connection goes on.
    public nonisolated var releaseStatement: @Sendable (_ connection: Int) -> Void {
        { [proxy] connection in proxy?.release(connection: connection) }
    }

    /// No statement waits any more once this has returned.
    public func stopHoldingStatements() async { await context.database.proxy?.stopHolding() }

    /// Tells which replicas wait for a lock; opens a connection, and blocks.
    public nonisolated func lockProbe() throws(ClusterError) -> any LockProbe {
        try engine.lockProbe()
    }

    /// Tells what statements touch, by the tables that the database has now.
    public nonisolated func footprints() async throws(ClusterError) -> any FootprintReader {
        try await onOwnThread { [engine] () throws(ClusterError) in try engine.footprints() }
    }

    /// Begins to watch the database, and records what is seen in the file at `path`.
    ///
    /// `now` gives nanoseconds since the run's origin.
    public func watch(recordingIn path: String, now: @escaping @Sendable () -> Int64) -> ClusterMonitor {
        ClusterMonitor(context, guardian: database, table: table, path: path, now: now)
    }

    /// Injects the scenario's faults, timed from now, until cancelled; then heals them and waits until all is
    /// ready again.
    ///
    /// `now` gives nanoseconds since the run's origin; each fault is told as an event at its start and at its
    /// end, and one that could not be injected or healed as a trouble.
    public func runFaults(
        _ faults: [FaultDeclaration], seed: UInt64, now: @escaping @Sendable () -> Int64
    ) async {
        guard !faults.isEmpty else { return }
        await FaultInjector(faults, seed: seed, replicas: replicas, now: now, onEvent: context.onEvent).run()
    }

    /// Every replica answers as it did when the cluster was started: one that died is started again.
    public func makeReady() async throws(ClusterError) { try await replicas.makeReady() }

    /// Tells of a database that is no longer there; what a monitor has told already is not told again.
    public func checkDatabase() async {
        _ = try? await onOwnThread { [database] in database.look() }
    }

    /// Stops everything and copies the logs into the run directory; what could not be cleaned up is returned,
    /// a sentence each.
    public func stop() async -> [String] {
        guard !isStopped else { return [] }
        isStopped = true
        await deaths.settle()
        database.end()
        table.withLock { $0.takesAllDown() }
        let problems = await context.supervisor.finish()
        await context.database.proxy?.stop()
        let log = context.options.runDirectory + "/supervisor.log"
        if LogTail.lines(of: log).isEmpty { try? FileManager.default.removeItem(atPath: log) }
        return problems.map(context.redactor.redact) + (context.raw?.redact() ?? [])
    }

    private static func runCommands(
        _ commands: [[Template]], name: String, within limit: Duration, _ context: RunContext
    ) async throws(ClusterError) {
        for (index, command) in commands.enumerated() {
            let label = "\(name)-\(index + 1)"
            context.onEvent(.starting("\(label), at most \(limit.inUnits)"))
            try await context.runToEnd(
                context.command(command, in: context.bindings, code: .prepare), name: label,
                environment: context.environment(
                    of: context.scenario.target.service, in: context.bindings, isForReplica: false),
                directory: context.options.runDirectory, log: context.options.runDirectory + "/\(label).log",
                within: limit, code: .prepare, isTold: true)
        }
        if !commands.isEmpty {
            try await onOwnThread { () throws(ClusterError) in try context.database.spread() }
        }
    }
}
