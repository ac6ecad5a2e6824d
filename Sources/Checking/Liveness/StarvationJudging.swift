// Starvation by replica: all are asked alike, and one answers next to nothing.

import Core
import Histories
import Scenarios

struct StarvationJudging {
    static let check = "replicas"
    /// A replica that answers less than this share of what the others answer on average.
    static let unfairShare = 0.1
    /// Answers that the others must have given on average before shares mean anything.
    static let answersNeeded = 100

    let facts: RunFacts

    func violations() -> [Violation] {
        guard !facts.isBurst else { return [] }
        var replicas: [Int: (answered: Int, asked: Int64)] = [:]
        let load = facts.operations.indices.filter { facts.operations[$0].phase == .load }
        guard let start = load.lazy.map({ facts.operations[$0].invoked }).min(),
            let end = load.lazy.compactMap({ facts.operations[$0].returned }).max()
        else { return [] }
        for index in load {
            for place in facts.operations[index].requests.indices {
                let replica = facts.operations[index].requests[place].replica
                let received = facts.operations[index].requests[place].received
                let until = received ?? facts.operations[index].returned ?? end
                var (answered, asked) = replicas[replica] ?? (0, 0)
                answered += received == nil ? 0 : 1
                asked += max(0, until - facts.operations[index].requests[place].sent)
                replicas[replica] = (answered, asked)
            }
        }
        return replicas.sorted { $0.key < $1.key }.compactMap { replica, figures in
            let (own, asked) = figures
            let others = replicas.filter { other in
                other.key != replica && facts.scenario.target.isOneService(other.key, replica)
            }.map(\.value.answered)
            let isFaulted = facts.faults.contains {
                $0.target.mayBeFelt(by: replica, in: facts.scenario.target)
            }
            guard !isFaulted, !others.isEmpty else { return nil }
            let mean = Double(others.reduce(0, +)) / Double(others.count)
            // Requests must have waited there for most of the time, else it was merely asked little.
            let isBusy = Double(asked) >= 0.5 * Double(end - start)
            guard mean >= Double(Self.answersNeeded), isBusy, Double(own) < Self.unfairShare * mean else {
                return nil
            }
            return Violation(
                kind: .starvation, check: Self.check, key: "replica \(replica)",
                title:
                    "Replica \(replica) answered \(Figures.count(own, "request")) while the others answered "
                    + "\(Figures.decimal(mean, places: 0)) on average.",
                names: ["replica"], example: longestWait(at: replica, until: end).map { [$0] } ?? [],
                opening: "Requests waited for it most of the time: it did not get its share of the database.",
                count: 1, judged: replicas.count)
        }
    }

    /// The operation that the replica kept waiting longest.
    private func longestWait(at replica: Int, until end: Int64) -> Int? {
        func wait(_ index: Int) -> Int64 {
            let operation = facts.operations[index]
            return operation.requests.filter { $0.replica == replica }
                .map { ($0.received ?? operation.returned ?? end) - $0.sent }.max() ?? 0
        }
        return facts.operations.indices.filter { facts.operations[$0].phase == .load }
            .max { wait($0) < wait($1) }
    }
}
