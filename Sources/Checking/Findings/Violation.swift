// One contradiction on one key or round, before alike ones are told together.

import Core

/// What a check accuses the service of.
///
/// Operations are positions in the run's operations.
struct Violation: Sendable {
    var kind: FindingKind
    var check: String
    var key: String
    /// Other keys that it is about.
    var otherKeys: [String] = []
    var round: Int?
    var title: String
    /// The operations that name the class; not the readers that happened to notice.
    var names: [String]
    /// In order of invocation.
    var example: [Int]
    /// Operations of the example that the title speaks of: never left out of the story.
    var named: [Int] = []
    /// What an operation of the example showed or meant, for its line of the story.
    var remarks: [Int: String] = [:]
    /// Sentences before the operations, between them and the end, and at the end.
    var opening: String?
    var account: [String] = []
    var closing: String?
    /// The whole story, where the check tells it itself.
    var told: [String]?
    /// Operations whose bad answers this is the cause of: they are no finding of their own.
    var explains: Set<Int> = []
    /// Repeats that left the right end state: told after the others.
    var isMinor = false
    /// How often, where that is not the number of keys or rounds: requests of an error, for instance.
    var count: Int?
    /// Of how many; 0 where the count is no share of anything.
    var judged: Int?
    /// Separate wrongs told together as this one: elements of a set.
    var occurrences = 1
}

/// The model's part of a violation: what kind it is and how to say it.
struct Accusation: Sendable {
    var kind: FindingKind
    var title: String
    var names: [String]
    /// Operations to tell beside the smallest example: a concurrent writer, a refused write.
    var context: [Int] = []
    /// All operations to tell, in place of the smallest example.
    var whole: [Int]?
    /// Operations that the title speaks of.
    var named: [Int] = []
    var remarks: [Int: String] = [:]
    /// Sentences between the operations and the end.
    var account: [String] = []
    var closing: String?
    var isMinor = false
    /// Repeats of one change beside which something else may be wrong: operations that can be left out.
    var repeats: [Int] = []

    init(_ kind: FindingKind, _ title: String, names: [String]) {
        self.kind = kind
        self.title = title
        self.names = names
    }

    /// Closes a story about a stale read with the read that `shows` what it missed.
    mutating func tellAfterAll<Action>(_ shown: Call<Action>, _ stale: Call<Action>, _ shows: String) {
        let which =
            shown.invoked > stale.returned ?? .max
            ? "A later read" : "Another read under way at the same time"
        closing = "\(which) \(shows): the answer was stale."
    }
}
