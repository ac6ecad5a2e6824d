// The same anomaly is told alike wherever it stands: behind a long history, before one, beside other keys,
// and whether the value before it was written or declared.

import Core
import Histories
import Scenarios
import Testing

@testable import Checking

@Suite struct StoryEmbeddingTests {
    /// What a story must keep: the operations are told by their place within the racy part.
    private struct Core: Equatable, CustomStringConvertible {
        var kind: FindingKind
        var names: [String]
        var named: [Int]
        /// Whether it says that nobody ever led there.
        var isOfTheWhole: Bool
        var description: String { "\(kind.rawValue) of \(names), \(named)" }
    }

    /// A racy part with what may surround it.
    private struct Embedding {
        var model: SimulatedModel
        var seed: UInt64
        var before = 0
        var after = 0
        var hasOtherKeys = false

        /// The run, where its racy part begins, and its declared beginning.
        func run() -> (simulation: RacySimulation, first: Int, initial: Value?) {
            var random = SeededGenerator(state: seed &* 31 &+ 7)
            let keys = hasOtherKeys ? ["k", "other"] : ["k"]
            var beginning = SimulatedRow()
            if before > 0 { beginning.value = "earlier" }
            var simulation = RacySimulation(model, seed: seed ^ 0xABCDEF, keys: keys, row: beginning)
            simulation.token = "p"
            simulation.unknownEvery = 0
            simulation.avoided = ["delete"]
            if before > 0 {
                for _ in 0..<before { simulation.segment(1) }
                simulation.reset("k", to: SimulatedRow())
            }
            let other = simulation.rows["other"]
            simulation.rows["other"] = nil
            let first = simulation.operations.count
            simulation.random = SeededGenerator(state: seed)
            simulation.token = "v"
            simulation.clients = Int.random(in: 2...4, using: &random)
            simulation.unknownEvery = [0, 20][Int.random(in: 0..<2, using: &random)]
            simulation.fault =
                SimulatedFault.allCases[Int.random(in: 1..<SimulatedFault.allCases.count, using: &random)]
            simulation.faultEvery = Int.random(in: 1...4, using: &random)
            simulation.avoided = []
            simulation.beginAnew()
            simulation.segment(Int.random(in: 3...9, using: &random))
            simulation.readAll()
            simulation.fault = .none
            simulation.unknownEvery = 0
            simulation.token = "s"
            simulation.rows["other"] = other
            for _ in 0..<after { simulation.segment(1) }
            return (simulation, first, model.initial(of: beginning))
        }

        func core() -> Core? {
            let (simulation, first, initial) = run()
            let judged = SimulatedRun(simulation, initial: initial)
            let found = judged.violations.filter { $0.key == "k" }
            guard found.count == 1, !judged.isInitialContradicted else { return nil }
            return Core(
                kind: found[0].kind, names: found[0].names,
                named: Set(found[0].named).map { judged.facts.operations[$0].id - first }.sorted(),
                isOfTheWhole: found[0].title.hasSuffix("no operation leads there."))
        }
    }

    /// Nobody ever having done a thing is true of a whole history, not of a part of it.
    private func isOfTheWhole(_ core: Core, _ model: SimulatedModel) -> Bool {
        switch core.kind {
        case .phantom, .refusedButApplied: true
        case .illegalTransition: core.isOfTheWhole
        case .quotaOverrun, .doubleTransition, .staleRead, .lostUpdate, .duplicate,
            .lostElement, .resurrected, .replicaDivergence, .wrongTotal, .negativeBalance,
            .isolationViolated, .invariantViolated, .deadlock, .poolDeadlock, .livelock, .starvation, .stuck,
            .conflictAs5xx, .replicaDied:
            false
        }
    }

    @Test(arguments: SimulatedModel.allCases)
    func anAnomalyIsToldAlikeWhereverItStands(_ model: SimulatedModel) {
        var compared = 0
        for seed in UInt64(1)...UInt64(Sample.histories(120)) {
            guard let alone = Embedding(model: model, seed: seed).core(), !isOfTheWhole(alone, model) else {
                continue
            }
            var embeddings = [
                Embedding(model: model, seed: seed, before: 3), Embedding(model: model, seed: seed, after: 5),
                Embedding(model: model, seed: seed, before: 6, after: 6, hasOtherKeys: true),
            ]
            if seed % 20 == 0 {
                embeddings.append(Embedding(model: model, seed: seed, before: 450, after: 10))
                embeddings.append(Embedding(model: model, seed: seed, before: 2, after: 450))
            }
            for embedding in embeddings {
                let core = embedding.core()
                compared += 1
                if core != alone {
                    Issue.record(
                        "\(model), seed \(seed): \(alone) alone, \(core.map { "\($0)" } ?? "not one") in \(embedding)"
                    )
                    return
                }
            }
        }
        #expect(compared > Sample.histories(120) / 20, "\(compared) compared")
    }
}

extension RacySimulation {
    /// Makes a key what this row says, by right operations.
    mutating func reset(_ key: String, to row: SimulatedRow) {
        switch model {
        case .register: perform("rename", key: key, value: row.value)
        case .casRegister: perform("put", key: key, value: row.value)
        case .machine:
            if rows[key]?.state == "deactivated" { perform("reactivate", key: key) }
        case .counter:
            let count = (rows[key]?.count ?? 0) - row.count
            if count > 0 { perform("release", key: key, value: .int(count)) }
            if count < 0 { perform("reserve", key: key, value: .int(-count)) }
        case .set:
            for element in rows[key]?.elements ?? [] where !row.elements.contains(element) {
                perform("untag", key: key, value: element)
            }
        case .claims: perform("drop", key: key)
        }
        rows[key] = row
    }
}
