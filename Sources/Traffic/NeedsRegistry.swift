// Earlier operations that later ones need: offered when they end ok, taken by one client each, or raced for.

import Core
import Scenarios

/// Shared by all event loops behind one lock; scenarios without `needs` never touch it.
final class NeedsRegistry: Sendable {
    /// The most that wait to be taken, an operation name; an offer beyond it is dropped and counted.
    static let waitingLimit = 100_000
    /// The most that final reads come back to, an operation name.
    static let rememberedLimit = 1_000
    /// Clients race for one of this many newest.
    static let racedFor = 8

    private struct Offers {
        var waiting: [[String: Value]] = []
        var remembered: [[String: Value]] = []
        var dropped = 0
        /// How many lacked a name that others cannot do without, by that name.
        var lacking: [String: Int] = [:]

        mutating func add(_ values: [String: Value]) {
            if waiting.count < NeedsRegistry.waitingLimit { waiting.append(values) } else { dropped += 1 }
            if remembered.count < NeedsRegistry.rememberedLimit { remembered.append(values) }
        }
    }

    private let offers = Locked<[String: Offers]>([:])

    /// Makes an ok operation available under its plain names and under `operation.name`, unless it lacks a
    /// name that those which need it cannot do without.
    func offer(_ operation: String, values: [String: Value], needed: Set<String> = []) {
        var inherited = values
        for (name, value) in values where !name.contains(".") { inherited["\(operation).\(name)"] = value }
        for name in PlaceholderNames.operation { inherited[name] = nil }
        let lacking = needed.filter { inherited[$0] == nil }.min()
        offers.withLock { offers in
            if let lacking {
                offers[operation, default: Offers()].lacking[lacking, default: 0] += 1
            } else {
                offers[operation, default: Offers()].add(inherited)
            }
        }
    }

    /// What the operation inherits; `nil` while there is none.
    func take(_ need: Need, using generator: inout SeededGenerator) -> [String: Value]? {
        let random = generator.next()
        return offers.withLock { offers in
            guard let count = offers[need.operation]?.waiting.count, count > 0 else { return nil }
            if need.reuse {
                let newest = min(count, Self.racedFor)
                return offers[need.operation]?.waiting[count - 1 - Int(random % UInt64(newest))]
            }
            offers[need.operation]?.waiting.swapAt(Int(random % UInt64(count)), count - 1)
            return offers[need.operation]?.waiting.removeLast()
        }
    }

    /// Forgets what waits, so that a burst round takes nothing from the round before.
    func forgetWaiting() {
        offers.withLock { offers in
            for name in offers.keys { offers[name]?.waiting.removeAll(keepingCapacity: true) }
        }
    }

    func remembered(_ operation: String) -> [[String: Value]] {
        offers.withLock { $0[operation]?.remembered ?? [] }
    }

    /// How many ok operations were not offered, by operation and the name that each lacked.
    var lacking: [String: [String: Int]] {
        offers.withLock { $0.mapValues(\.lacking).filter { !$0.value.isEmpty } }
    }

    /// How many offers were dropped at the limit, by operation.
    var dropped: [String: Int] {
        offers.withLock { $0.mapValues(\.dropped).filter { $0.value > 0 } }
    }
}
