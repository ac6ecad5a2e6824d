// Whether the replicas were replicas: each of them answered, and all of them had the same database.

import Core
import Histories
import Scenarios

struct ReplicaDoubt {
    /// Fewer requests than this say nothing about a replica.
    static let leastRequests = 3

    let facts: RunFacts
    /// What an ok answer should give, for each read of one step that captures.
    private let captured: [(operation: String, names: [String])]

    init(facts: RunFacts) {
        self.facts = facts
        captured = facts.scenario.operations.filter {
            $0.isRead && $0.steps.count == 1 && !$0.steps[0].captures.isEmpty
        }.map { ($0.name, $0.steps[0].captures.map(\.name)) }
    }

    /// What one replica made of the requests that it got.
    private struct Replica {
        var requests = 0
        /// Answered ok, refused by the service's rules, or with an answer that has a meaning to a model.
        var sound = 0
        /// How often each other answer came.
        var others: [String: Int] = [:]
        /// Requests about entities that another replica had acknowledged before and whose answers tell
        /// whether they are there, and those of them that found nothing.
        var foreign = 0
        var lost = 0
        /// Another replica showed what this one did not find.
        var isContradicted = false

        var foundNothing: Bool { foreign >= ReplicaDoubt.leastRequests && lost == foreign }
    }

    /// A reason for each way in which the replicas were not what the scenario says.
    var checks: [Check] {
        var replicas = [Replica](repeating: Replica(), count: max(0, facts.replicas))
        count(into: &replicas)
        compare(into: &replicas)
        return [silent(replicas), apart(replicas), unused].compactMap(\.self)
    }

    private func count(into replicas: inout [Replica]) {
        let observations = Dictionary(
            grouping: facts.scenario.models.flatMap(\.observations), by: \.operation)
        for index in facts.operations.indices where facts.operations[index].phase != .setup {
            for place in facts.operations[index].requests.indices {
                let replica = facts.operations[index].requests[place].replica
                // A command runs beside it, and says nothing of it.
                guard replicas.indices.contains(replica), !facts.operations[index].requests[place].isCommand
                else { continue }
                replicas[replica].requests += 1
                if facts.operations[index].requests[place].outcome == .ok {
                    replicas[replica].sound += 1
                    continue
                }
                let operation = facts.operations[index]
                let request = operation.requests[place]
                let isMeant = (observations[operation.name] ?? []).contains {
                    operation.observedValue($0) != nil
                }
                if isMeant || facts.isRefusal(request, of: operation) {
                    replicas[request.replica].sound += 1
                } else {
                    let answer = AnswerCount(request, of: operation).answer
                    replicas[request.replica].others[answer, default: 0] += 1
                }
            }
        }
    }

    private func silent(_ replicas: [Replica]) -> Check? {
        let silent = replicas.indices.filter {
            replicas[$0].requests >= Self.leastRequests && replicas[$0].sound == 0
        }
        guard let first = silent.first else { return nil }
        let answers = replicas[first].others.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(3)
            .map { "\($0.key) \($0.value) times" }
        let names = silent.map { "replica \($0)" }
        return Vacuity.missing(
            "replicas that answer",
            "\(Figures.list(names)) never answered ok (of \(replicas[first].requests) requests replica \(first) "
                + "answered \(Figures.list(Array(answers)))): see in its log why, a run with fewer replicas "
                + "than it says proves less")
    }

    // MARK: - One database

    /// Statuses that say that something is not there.
    private static let absentStatuses: Set<Int> = [404, 410]

    /// Compares, entity by entity, where it was acknowledged first with what the others said of it later.
    private func compare(into replicas: inout [Replica]) {
        guard replicas.count > 1 else { return }
        for column in facts.entities.columns {
            let makers = makers(column)
            for index in column.indices where column[index] >= 0 {
                guard let maker = makers[Int(column[index])] else { continue }
                for place in facts.operations[index].requests.indices
                where isPeer(facts.operations[index].requests[place].replica, maker.replica) {
                    guard let telling = telling(index, place, after: maker.made),
                        replicas.indices.contains(telling.replica)
                    else { continue }
                    replicas[telling.replica].foreign += 1
                    if telling.isLost { replicas[telling.replica].lost += 1 }
                }
            }
        }
        var doubtful = Set(replicas.indices.filter { replicas[$0].foundNothing })
        for members in facts.entities.members where !doubtful.isEmpty {
            var later: [Telling] = []
            var shown: [Telling] = []
            guard let first = members.first(where: isAcknowledged), let maker = maker(first) else { continue }
            for index in members {
                for place in facts.operations[index].requests.indices {
                    guard let telling = telling(index, place, after: maker.made) else { continue }
                    if isPeer(telling.replica, maker.replica) { later.append(telling) }
                    if !telling.isLost { shown.append(telling) }
                }
            }
            for replica in doubtful {
                let isContradicted = later.contains { lost in
                    lost.replica == replica && shown.contains { contradicts(lost, $0) }
                }
                guard isContradicted else { continue }
                replicas[replica].isContradicted = true
                doubtful.remove(replica)
            }
        }
    }

    /// Which replica acknowledged an entity first, and when that was known.
    private struct Maker {
        var replica: Int
        var made: Int64
    }

    /// For each entity of a key, in one pass over the run in its order.
    private func makers(_ column: [Int32]) -> [Maker?] {
        var makers: [Maker?] = Array(repeating: nil, count: facts.entities.members.count)
        var isFound = Array(repeating: false, count: makers.count)
        for index in column.indices where column[index] >= 0 && !isFound[Int(column[index])] {
            guard isAcknowledged(index) else { continue }
            isFound[Int(column[index])] = true
            makers[Int(column[index])] = maker(index)
        }
        return makers
    }

    private func maker(_ index: Int) -> Maker? {
        guard let replica = facts.operations[index].decisiveRequest?.replica,
            let made = facts.operations[index].returned
        else { return nil }
        return Maker(replica: replica, made: made)
    }

    /// A request whose answer tells whether the replica has the entity; a refusal may have other reasons.
    private struct Telling {
        /// A position in the run's operations.
        var operation: Int
        var replica: Int
        var sent: Int64
        var answered: Int64
        var isLost: Bool
    }

    private func telling(_ index: Int, _ place: Int, after made: Int64) -> Telling? {
        let sent = facts.operations[index].requests[place].sent
        guard sent > made else { return nil }
        let isLost = isLost(index, place)
        guard isLost || facts.operations[index].requests[place].outcome == .ok else { return nil }
        return Telling(
            operation: index, replica: facts.operations[index].requests[place].replica, sent: sent,
            answered: facts.operations[index].requests[place].received ?? sent, isLost: isLost)
    }

    /// Whether they are two, of one service: another service may know of a change later, or never.
    private func isPeer(_ replica: Int, _ other: Int) -> Bool {
        replica != other && facts.scenario.target.isOneService(replica, other)
    }

    /// Whether another replica showed later what this one did not find, or had shown it before and nothing
    /// was changed since.
    private func contradicts(_ lost: Telling, _ shown: Telling) -> Bool {
        guard isPeer(shown.replica, lost.replica) else { return false }
        if shown.sent > lost.answered { return true }
        return shown.answered < lost.sent
            && facts.isQuiet(around: lost.operation, from: shown.sent, to: lost.answered)
    }

    private func isAcknowledged(_ index: Int) -> Bool {
        facts.operations[index].outcome == .ok && facts.isWrite(index)
    }

    /// Answered that the entity is not there, or ok with nothing of what should be captured.
    private func isLost(_ index: Int, _ place: Int) -> Bool {
        if let status = facts.operations[index].requests[place].status, Self.absentStatuses.contains(status) {
            return true
        }
        guard facts.operations[index].requests[place].outcome == .ok,
            let read = captured.firstIndex(where: { $0.operation == facts.operations[index].name })
        else { return false }
        return captured[read].names.allSatisfy { facts.operations[index].captures[$0] == nil }
    }

    private func apart(_ replicas: [Replica]) -> Check? {
        let apart = replicas.indices.filter { replicas[$0].foundNothing && replicas[$0].isContradicted }
        guard let first = apart.first else { return nil }
        let others = apart.count > 1 ? ", and so it is with \(apart.count - 1) more" : ""
        return Check(
            kind: .assumption, name: "replicas share the database", verdict: .unknown,
            explanation:
                "they do not: replica \(first) found nothing in all \(replicas[first].foreign) requests about "
                + "what other replicas had acknowledged and still showed\(others); give every replica the same "
                + "database, for instance by an absolute path or `${{ database.url }}`")
    }

    /// A database that was watched and that no replica ever used.
    private var unused: Check? {
        guard
            facts.operations.indices.contains(where: {
                facts.operations[$0].phase == .load && facts.operations[$0].outcome == .ok
            })
        else { return nil }
        let observations = facts.observations
        let declared = facts.scenario.target.database.kind.map { $0.displayName + " " } ?? ""
        var reason: String?
        if observations.databaseBytes == 0 {
            reason =
                "nothing was ever written to the \(declared)file that the scenario declares: hand its path on, "
                + "for instance as `${{ database.path }}`, or declare no database"
        }
        if observations.sessions.count >= Self.leastSamples, observations.backends.isEmpty {
            reason =
                "no replica was ever seen connected to the \(declared)database that the scenario declares: "
                + "hand its address on, for instance as `${{ database.url }}`"
        }
        return reason.map {
            Check(kind: .assumption, name: "replicas use the database", verdict: .unknown, explanation: $0)
        }
    }

    /// So many samples of a database's sessions without one connection are no accident.
    private static let leastSamples = 20
}
