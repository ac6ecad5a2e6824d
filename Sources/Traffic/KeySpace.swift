// The entities that clients contend for: their names, and which one an operation goes to.

import Core
import Scenarios

/// Every key of a load; a burst round has keys of its own, so that rounds cannot contaminate each other.
struct KeySpace: Sendable {
    let token: String
    let keys: [KeyDeclaration]
    private let names: [[String]]

    init(_ keys: [KeyDeclaration], token: String) {
        self.keys = keys
        self.token = token
        self.names = keys.map { key in (0..<key.count).map { "\(key.name)-\(token)-\($0)" } }
    }

    /// `name-TOKEN-i`; in a burst `name-TOKEN-round`, with `-i` if a round has several.
    func value(of key: Int, at index: Int, round: Int?) -> String {
        guard let round else { return names[key][index] }
        let name = "\(keys[key].name)-\(token)-\(round)"
        return keys[key].count == 1 ? name : "\(name)-\(index)"
    }

    /// Of each key the first value.
    func firstValues(round: Int?) -> [String: Value] {
        keys.indices.reduce(into: [:]) { $0[keys[$1].name] = .string(value(of: $1, at: 0, round: round)) }
    }

    func draw(_ key: Int, using generator: inout SeededGenerator) -> Int {
        let count = keys[key].count
        guard count > 1 else { return 0 }
        switch keys[key].choice {
        case .uniform:
            return Int.random(in: 0..<count, using: &generator)
        case .hot(let share, let hot):
            let hot = min(hot, count)
            guard hot < count, hot > 0 else { return Int.random(in: 0..<count, using: &generator) }
            return Double.random(in: 0..<1, using: &generator) < share
                ? Int.random(in: 0..<hot, using: &generator)
                : Int.random(in: hot..<count, using: &generator)
        }
    }
}

/// What the `setup` answers gave: for everybody, and for one value of one key.
struct SetupCaptures: Sendable {
    var common: [String: Value] = [:]
    /// By key name, then by the key's value.
    var byKey: [String: [String: [String: Value]]] = [:]
    /// What everybody begins with.
    var memory = ClientMemory()
}
