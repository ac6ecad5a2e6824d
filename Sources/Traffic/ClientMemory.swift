// What a virtual client keeps from one operation to the next, and what of it an operation begins with.

import Core
import Scenarios

/// What a client carries along.
struct ClientMemory: Sendable {
    var cookies = CookieJar()
    /// By name of `load.state`; `nil` where an answer lacked what was to be kept.
    var state: [String: Value?] = [:]
}

extension ClientMemory {
    /// The cookies that a request sends by itself, by its target; `nil` where none are kept.
    func cookieHeader(in plan: TrafficPlan) -> ((String) -> String?)? {
        guard plan.scenario.defaults.cookies else { return nil }
        let now = plan.unixNow
        return { cookies.header(for: $0, now: now) }
    }
}

/// What an operation begins with, and where what it changes goes.
enum MemoryChoice: Sendable {
    /// What its client kept so far, in the beginning what `setup` left; it goes back to the client.
    case own
    /// What `setup` left; what the operation changes is handed on by whoever sends it, or forgotten.
    case fresh
    /// This; the same.
    case copy(ClientMemory)
}
