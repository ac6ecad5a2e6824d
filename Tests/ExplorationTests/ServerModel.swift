// A server without sockets: requests as lists of reads, writes and locks, run under plans.

import Core
import Exploration

/// Requests that work on shared variables, one statement at a time.
struct ServerModel {
    enum Statement: Hashable {
        /// Remembers the variable's value.
        case read(String)
        /// Writes what was read, and one more.
        case increment(String)
        case lock(String)
        case unlock(String)

        var turn: (text: String, reads: Set<String>, writes: Set<String>) {
            switch self {
            case .read(let name): ("read \(name)", [name], [])
            case .increment(let name): ("write \(name)", [], [name])
            case .lock(let name): ("lock \(name)", [name], [])
            case .unlock(let name): ("unlock \(name)", [], [])
            }
        }
    }

    let requests: [[Statement]]
    /// Whether it is known what reads and writes touch.
    var hasFootprints = false
    /// Whether a lock keeps others out.
    var hasLocks = true

    struct Outcome {
        var trace: Trace
        var ending: TrialScheduler.Ending?
        var variables: [String: Int]
        /// What each request read last of each variable.
        var seen: [[String: Int]]
    }

    /// What a trial under the plan comes to.
    func run(_ plan: Plan, expected: [Turn]? = nil, guide: GuidedOrder? = nil) -> Outcome {
        var scheduler = TrialScheduler(
            operations: requests.map { _ in "op" }, plan: plan, expected: expected, guide: guide)
        var variables: [String: Int] = [:]
        var seen = Array(repeating: [String: Int](), count: requests.count)
        var position = Array(repeating: 0, count: requests.count)
        var owners: [String: Int] = [:]
        var waiting: [Int: String] = [:]
        var actions: [TrialScheduler.Action] = []
        func arrive(_ request: Int) {
            let index = position[request]
            guard index < requests[request].count else {
                actions += scheduler.receive(.answered(request: request))
                return
            }
            let (text, reads, writes) = requests[request][index].turn
            actions += scheduler.receive(
                .held(
                    Turn(
                        request: request, statement: text, reads: reads, writes: writes,
                        footprint: hasFootprints && !(reads.isEmpty && writes.isEmpty)
                            ? Footprint(reads: reads, writes: writes) : nil), connection: request
                ))
        }
        for request in requests.indices { arrive(request) }
        while scheduler.ending == nil {
            guard case .release(let request)? = actions.popLast() else {
                let waits = waiting.mapValues { Set([owners[$0]]) }
                actions = scheduler.receive(.waits(waits))
                if actions.isEmpty { scheduler.giveUp() }
                continue
            }
            switch requests[request][position[request]] {
            case .read(let name): seen[request][name] = variables[name] ?? 0
            case .increment(let name): variables[name] = (seen[request][name] ?? 0) + 1
            case .lock(let name):
                if hasLocks, owners[name] != nil {
                    waiting[request] = name
                    actions += scheduler.receive(.waits([request: [owners[name]]]))
                    continue
                }
                owners[name] = request
            case .unlock(let name):
                owners[name] = nil
                if let next = waiting.filter({ $0.value == name }).keys.min() {
                    waiting[next] = nil
                    owners[name] = next
                    position[next] += 1
                    arrive(next)
                }
            }
            position[request] += 1
            arrive(request)
        }
        return Outcome(
            trace: scheduler.trace, ending: scheduler.ending, variables: variables, seen: seen)
    }
}
