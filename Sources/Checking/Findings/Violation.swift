// One contradiction on one key or round, before alike ones are told together.

import History

/// What a check accuses the service of.
///
/// Operations are positions in the run's operations.
struct Violation: Sendable {
    var kind: FindingKind
    var check: String
    var key: String
    var round: Int?
    var title: String
    /// The operations that name the class; not the readers that happened to notice.
    var names: [String]
    /// In order of invocation.
    var example: [Int]
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
    var remarks: [Int: String] = [:]
    var closing: String?
    var isMinor = false

    init(_ kind: FindingKind, _ title: String, names: [String]) {
        self.kind = kind
        self.title = title
        self.names = names
    }
}
