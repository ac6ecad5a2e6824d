// What every check asks of a run: the operations, which of them write, which rounds count, and who met whom
// on which entity.

import Core
public import Histories
import Scenarios

/// One run, indexed once.
///
/// Operations are named by their position in `operations`.
struct RunFacts: Sendable {
    let scenario: Scenario
    let operations: [OperationRecord]
    let faults: [FaultRecord]
    let troubles: [Trouble]
    let observations: Observations
    /// Whether somebody chose the order of statements, so that waits say nothing of the service.
    let isExplored: Bool
    let seed: UInt64
    /// Classes of findings that the scenario accepts on the day on which the run began.
    let acceptedClasses: Set<String>
    /// Rounds that could not be prepared: counted, not judged.
    let voidRounds: Set<Int>
    /// Rounds of which too few operations were answered to test anything; what they show is judged all the
    /// same.
    let unansweredRounds: Set<Int>
    /// Rounds whose load was answered and that are not void: what frequencies and bounds are about.
    let rounds: Set<Int>
    /// Replicas of the run.
    let replicas: Int
    let entities: EntityIndex
    private let declarations: [String: OperationDeclaration]
    private let writes: [Bool]

    init(_ history: History, _ scenario: Scenario, _ observations: Observations = Observations()) {
        self.scenario = scenario
        self.observations = observations
        isExplored = !history.exploration.isEmpty
        seed = history.header.seed
        replicas = history.header.replicas
        let day = CalendarDay(history.header.started)
        acceptedClasses = Set(
            scenario.knownFindings.filter { known in
                known.scenario == scenario.name && day.map { $0 <= known.until } ?? false
            }.map(\.classID))
        operations = history.operations
        faults = history.faults
        troubles = history.troubles + (history.isCutOff ? [Trouble.cutOff(history)] : [])
        declarations = Dictionary(scenario.operations.map { ($0.name, $0) }) { first, _ in first }
        let void = RoundDoubt.void(history.operations)
        voidRounds = void
        let unanswered = RoundDoubt.unanswered(history.operations)
        unansweredRounds = unanswered.subtracting(void)
        let loaded = history.operations.indices.lazy.filter { history.operations[$0].phase == .load }
        rounds = Set(loaded.compactMap { history.operations[$0].round })
            .subtracting(void).subtracting(unanswered)
        let writing = scenario.operations.filter { !$0.isRead }.map(\.name)
        writes = history.operations.indices.map { writing.contains(history.operations[$0].name) }
        entities = EntityIndex(history.operations, scenario, isWrite: writes)
    }

    var isBurst: Bool {
        switch scenario.load.shape {
        case .burst: true
        case .closed, .ramp, .open: false
        }
    }

    /// The declared database, for sentences.
    var databaseName: String { scenario.target.database.kind?.displayName ?? "the database" }

    func declaration(_ name: String) -> OperationDeclaration? { declarations[name] }

    /// Operations that the scenario does not declare, such as set-up requests, count as reads: nothing is
    /// known of them.
    func isWrite(_ operation: OperationRecord) -> Bool {
        declarations[operation.name].map { !$0.isRead } ?? false
    }

    func isWrite(_ index: Int) -> Bool { writes[index] }

    func isVoid(_ operation: OperationRecord) -> Bool {
        guard let round = operation.round else { return false }
        return voidRounds.contains(round)
    }

    /// Whether a fault of the scenario may be the reason why the operation came to nothing.
    ///
    /// One of its requests went to the replica that the fault hit, or to another service. A replica that
    /// died by itself excuses nothing here.
    func metFault(_ operation: OperationRecord) -> Bool {
        faults.contains { operation.mayHaveFelt($0, in: scenario.target) }
    }

    /// Rounds in which a write of the load was acknowledged.
    var writtenRounds: Set<Int> {
        let written = operations.indices.lazy.filter {
            operations[$0].phase == .load && operations[$0].outcome == .ok && isWrite($0)
        }
        return Set(written.compactMap { operations[$0].round })
    }

    /// Positions of operations in the order in which these were invoked, each once.
    func inOrder(_ positions: some Sequence<Int>) -> [Int] {
        func comesFirst(_ left: Int, _ right: Int) -> Bool {
            (operations[left].invoked, left) < (operations[right].invoked, right)
        }
        let given = Array(positions)
        let isInOrder = zip(given, given.dropFirst()).allSatisfy(comesFirst)
        return isInOrder ? given : Set(given).sorted(by: comesFirst)
    }

    /// Rounds or keys, whichever findings are counted in.
    func unit(_ count: Int) -> String { Figures.count(count, isBurst ? "round" : "key") }

    /// A write that was under way at the same time on the same entity: first an acknowledged one of another
    /// name, then any that was not refused.
    func overlappingWrite(of operation: Int) -> Int? {
        let mine = operations[operation]
        let others = entities.neighbours(of: operation).filter { other in
            guard other != operation, isWrite(other) else { return false }
            let record = operations[other]
            return record.outcome != .fail && record.invoked <= mine.returned ?? .max
                && mine.invoked <= record.returned ?? .max
        }
        return others.first { operations[$0].name != mine.name && operations[$0].outcome == .ok }
            ?? others.first { operations[$0].outcome == .ok } ?? others.first
    }

    /// When the database was gone, as far as it is known: answers of that time tell nothing of contention.
    ///
    /// A monitor that lost it while writes went on being acknowledged lost no more than its own connection.
    var databaseAbsences: [ClosedRange<Int64>] {
        let deaths = troubles.filter { $0.kind == .databaseDied || $0.kind == .supervisorDied }
            .map { ($0.since ?? $0.time - Self.noticedNanoseconds)...Int64.max }
        let losses = observations.losses.compactMap { loss -> ClosedRange<Int64>? in
            let wentOn = operations.contains {
                $0.phase == .load && $0.outcome == .ok && $0.invoked > loss.time
                    && $0.invoked < loss.regained ?? .max && isWrite($0)
            }
            guard !wentOn else { return nil }
            let start = loss.time - Self.noticedNanoseconds
            return start...max(start, loss.regained.map { $0 + Self.noticedNanoseconds } ?? .max)
        }
        return deaths + losses
    }

    /// Whoever is busy notices so much later at most.
    private static let noticedNanoseconds: Int64 = 1_000_000_000

    /// Whether no write on the operation's entities was under way between two moments, and none of unknown
    /// outcome may have been.
    func isQuiet(around operation: Int, from start: Int64, to end: Int64) -> Bool {
        !entities.neighbours(of: operation).contains { other in
            guard isWrite(other), operations[other].invoked <= end else { return false }
            let record = operations[other]
            return record.outcome == .unknown || !record.unknownAttempts.isEmpty
                || record.returned ?? .max >= start
        }
    }
}

extension OperationRecord {
    /// When write attempts were sent that took effect or may have, and that were made again all the same.
    ///
    /// An attempt that was answered `ok` is made again where its step is idempotent, or where a later step
    /// goes back to it.
    var unknownAttempts: [Int64] {
        guard requests.count > 1 else { return [] }
        let latest = Dictionary(requests.indices.map { (requests[$0].step, $0) }) { max($0, $1) }
        return requests.indices.dropLast().filter { index in
            let request = requests[index]
            return switch request.outcome {
            case .unknown: !request.isSafe
            case .ok: !request.isSafe && latest[request.step] != index
            case .fail: false
            }
        }.map { requests[$0].sent }
    }

    /// The request that tells the operation: the last that may have an effect, or else the last.
    var decisiveRequest: RequestRecord? { requests.last { !$0.isSafe } ?? requests.last }

    var replica: Int? { requests.last?.replica }

    /// Whether any of it left the client: an operation all of whose connections were refused met nobody.
    public var wasSent: Bool { requests.wereSent }

    /// Whether the service answered anything at all.
    var wasAnswered: Bool {
        requests.isEmpty ? outcome != .unknown : requests.indices.contains { requests[$0].status != nil }
    }
}

extension Requests {
    /// Whether any of them left the client, or none is known.
    var wereSent: Bool { isEmpty || indices.contains { self[$0].failure != .refused } }
}

extension RequestRecord {
    var isSafe: Bool { HTTPMethod.isSafe(method) }
}
