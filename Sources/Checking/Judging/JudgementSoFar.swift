// Judges a run that goes on, between its batches of rounds: only what is new, and all of it where that may
// show something.

import Core
public import Histories
public import Scenarios

/// What is known of a history that grows at its end.
///
/// What comes back is always a judgement of the whole history: nothing is concluded from a part of it. The
/// part that is judged instead, mostly, only says whether the whole is worth a look. It holds the newest
/// operations and all earlier ones on the keys that these are about, so that a model says of these keys what
/// it says of them in the whole; keys whose operations did not change need no second look. What a part cannot
/// show, such as an invariant about the whole run, shows when the history has doubled since all of it was
/// judged, and in any case in the judgement of the finished run. Judging all of it each time it has doubled
/// costs no more than judging it twice at the end.
public struct JudgementSoFar {
    private struct Key: Hashable {
        /// Position of the template.
        var template: Int
        var text: String
    }

    private let templates: [Template]
    /// Positions of the operations about each key.
    private var members: [Key: [Int]] = [:]
    /// Operations that were dealt out to their keys.
    private var dealt = 0
    /// Operations when all were judged last, and the classes that were found.
    private var whole = 0
    private var known: Set<String> = []

    public init(_ scenario: Scenario) {
        templates =
            EntityIndex.distinctKeys(of: scenario.models)
            + scenario.load.keys.map { Template(parts: [.placeholder(Placeholder($0.name))]) }
    }

    /// The judgement of the history so far; `nil` where what is new shows nothing that was not known before.
    public mutating func judgement(of history: History, _ judge: (History) -> Judgement) -> Judgement? {
        let part = newest(in: history)
        if history.operations.count < 2 * whole, known.isSuperset(of: Self.classes(in: judge(part))) {
            return nil
        }
        let judgement = judge(history)
        whole = history.operations.count
        known = Self.classes(in: judgement)
        return judgement
    }

    private static func classes(in judgement: Judgement) -> Set<String> {
        Set(judgement.findings.flatMap { [$0.classID] + $0.sides.map(\.classID) })
    }

    /// What was not there before, with all earlier operations on the same keys.
    private mutating func newest(in history: History) -> History {
        let new = min(dealt, history.operations.count)..<history.operations.count
        var touched: Set<Key> = []
        for position in new {
            for (template, key) in templates.enumerated() {
                guard let text = history.operations[position].text(of: key) else { continue }
                let key = Key(template: template, text: text)
                members[key, default: []].append(position)
                touched.insert(key)
            }
        }
        dealt = new.upperBound
        let positions = Set(new).union(touched.flatMap { members[$0] ?? [] })
        var part = history
        part.operations = positions.sorted().filter(history.operations.indices.contains).map {
            history.operations[$0]
        }
        return part
    }
}
