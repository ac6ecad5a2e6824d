// Every story is true: over random histories of racy objects, short and long, of one key and of many.

import Core
import Histories
import Scenarios
import Testing

@testable import Checking

/// A random run and what it is accused of, key by key.
struct SimulatedRun {
    let model: SimulatedModel
    let initial: Value?
    let facts: RunFacts
    let violations: [Violation]
    /// A key began with something else than was declared: nothing is told of it then.
    let isInitialContradicted: Bool

    init(_ simulation: RacySimulation, initial: Value?) {
        model = simulation.model
        self.initial = initial
        let (history, scenario) = simulation.run(initial: initial)
        facts = RunFacts(history, scenario)
        let outcome = scenario.models[0].judged(facts, budget: 1_000_000)
        violations = outcome.violations
        isInitialContradicted = !outcome.contradictedInitial.isEmpty
    }

    /// The operations, for a failure's message.
    var listing: String {
        facts.operations.prefix(60).map { operation in
            let shown =
                [operation.values["unique"], operation.captures["name"], operation.captures["status"]]
                + [operation.captures["used"], operation.captures["seen"], operation.values["tag"]]
            let values = shown.map { $0.map(JSON.text) ?? "–" }.joined(separator: " ")
            return "\(operation.id) \(operation.values["key"]?.text ?? "") \(operation.name) "
                + "\(operation.invoked / 1_000_000)–\((operation.returned ?? -1) / 1_000_000) "
                + "\(operation.outcome.rawValue) \(operation.requests.count) \(values)"
        }.joined(separator: "\n")
    }

    /// What is wrong with the stories, with the stories.
    func faults() -> [String] {
        violations.flatMap { violation in
            let story = ToldStory(
                kind: violation.kind, key: violation.key, title: violation.title,
                lines: Story(facts: facts, violation: violation).lines, example: violation.example)
            let faults = StoryVerifier(
                model: model, initial: initial, operations: facts.operations, story: story
            ).faults()
            return faults.isEmpty
                ? []
                : faults + ["    of \(violation.kind.rawValue): \(story.title)"]
                    + story.lines.map { "      " + $0 }
        }
    }
}

extension RacySimulation {
    /// A racy history of any shape; `seed` reproduces it.
    static func random(_ model: SimulatedModel, seed: UInt64) -> (simulation: RacySimulation, initial: Value?)
    {
        var random = SeededGenerator(state: seed &* 7919 &+ 13)
        let keys = Array(["k", "l", "m"].prefix(Int.random(in: 0..<3, using: &random) == 0 ? 3 : 1))
        var simulation = RacySimulation(model, seed: seed, keys: keys)
        simulation.clients = Int.random(in: 2...5, using: &random)
        simulation.isUnique = Int.random(in: 0..<3, using: &random) > 0
        simulation.unknownEvery = [0, 20, 8][Int.random(in: 0..<3, using: &random)]
        simulation.fault =
            SimulatedFault.allCases[Int.random(in: 0..<SimulatedFault.allCases.count, using: &random)]
        simulation.faultEvery = Int.random(in: 1...5, using: &random)
        let isDeclared = model == .counter || Int.random(in: 0..<4, using: &random) > 0
        switch Int.random(in: 0..<50, using: &random) {
        case 0:
            // Beyond the lengths at which other routes are taken.
            simulation.unknownEvery = 0
            simulation.faultEvery = 200
            simulation.segment(Int.random(in: 450...700, using: &random))
        case 1..<8:
            simulation.unknownEvery *= 4
            simulation.faultEvery *= 4
            for _ in 0..<4 { simulation.segment(Int.random(in: 6...14, using: &random)) }
        default:
            simulation.segment(Int.random(in: 3...12, using: &random) * keys.count)
        }
        if Int.random(in: 0..<4, using: &random) > 0 { simulation.readAll() }
        return (simulation, isDeclared ? simulation.model.initial(of: SimulatedRow()) : nil)
    }
}

extension SimulatedModel {
    /// The declared beginning that is this row's.
    func initial(of row: SimulatedRow) -> Value? {
        switch self {
        case .register, .casRegister: row.value
        case .machine: .string(row.state)
        case .counter: .int(row.count)
        case .set: .array(row.elements)
        case .claims: nil
        }
    }
}

@Suite struct StoryTests {
    /// In full, 100 000 over the six models.
    @Test(arguments: SimulatedModel.allCases)
    func everyStoryOfARacyHistoryIsTrue(_ model: SimulatedModel) {
        var told = 0
        var broken = 0
        for seed in UInt64(1)...UInt64(Sample.histories(340)) {
            let (simulation, initial) = RacySimulation.random(model, seed: seed)
            let run = SimulatedRun(simulation, initial: initial)
            told += run.violations.count
            let faults = run.faults()
            if !faults.isEmpty {
                Issue.record("\(model), seed \(seed):\n\(faults.joined(separator: "\n"))\n\(run.listing)")
                broken += 1
                if broken == 3 { return }
                continue
            }
            if simulation.fault == .none, !run.violations.isEmpty {
                Issue.record(
                    "\(model), seed \(seed): a correct object is accused: \(run.violations.map(\.title))")
                return
            }
        }
        #expect(told > Sample.histories(340) / 20, "\(told) stories")
    }
}
