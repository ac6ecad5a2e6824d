// When which fault hits which replica: time in, actions out. It reads no clock and touches no process.

import Core
import Scenarios

/// The faults of one load.
///
/// Times are nanoseconds since it began. A replica is hit by one fault at a time: an occurrence whose victim
/// is busy waits for it, and an `every` that fell behind goes on with its next multiple instead of catching
/// up. A fault lasts from when it is known to have taken hold: until then nothing heals it, for a resume that
/// overtakes its pause would wake a replica that is still being stopped.
struct FaultSchedule {
    enum Action: Hashable {
        case pause(Int)
        case resume(Int)
        case kill(Int)
        case start(Int)
        /// Stop and start.
        case restart(Int)
    }

    private struct Plan {
        var declaration: FaultDeclaration
        /// Of them one is drawn each time.
        var victims: Range<Int>
        /// `nil`: over.
        var due: Int64?
    }

    /// What holds a replica: until its injection is confirmed, then until `heal` is due, and then until its
    /// healing is confirmed.
    private struct Hold {
        var heal: Action?
        /// How long it lasts.
        var length: Int64 = 0
        /// When it is to be healed; `nil` until it has taken hold.
        var due: Int64?
    }

    private var plans: [Plan]
    private var holds: [Int: Hold] = [:]
    private var random: SeededGenerator

    /// - Parameter victims: The replicas that a fault may hit, by their numbers.
    init(_ faults: [FaultDeclaration], victims: (FaultDeclaration) -> Range<Int>, seed: UInt64) {
        plans = faults.map { fault in
            switch fault.when {
            case .at(let delay): Plan(declaration: fault, victims: victims(fault), due: delay.nanoseconds)
            case .every(let period):
                Plan(declaration: fault, victims: victims(fault), due: period.nanoseconds)
            }
        }
        random = SeededGenerator(state: seed)
    }

    /// When something is next to be done; `nil` when only a confirmation can bring more.
    func next() -> Int64? {
        let heals = holds.values.compactMap(\.due)
        let faults = plans.compactMap { plan -> Int64? in
            isBlocked(plan.victims) ? nil : plan.due
        }
        return (heals + faults).min()
    }

    /// What is due by now, heals first.
    mutating func advance(to now: Int64) -> [Action] {
        var actions: [Action] = []
        for replica in holds.keys.sorted() {
            guard let hold = holds[replica], let heal = hold.heal, let due = hold.due, due <= now
            else { continue }
            holds[replica] = Hold()
            actions.append(heal)
        }
        for index in plans.indices {
            guard let due = plans[index].due, due <= now,
                let victim = draw(plans[index].victims)
            else { continue }
            actions.append(hit(victim, plans[index].declaration.action))
            switch plans[index].declaration.when {
            case .at:
                plans[index].due = nil
            case .every(let period):
                let period = max(1, period.nanoseconds)
                plans[index].due = (now / period + 1) * period
            }
        }
        return actions
    }

    /// The fault has taken hold of the replica, and lasts from now on.
    mutating func injected(_ replica: Int, at now: Int64) {
        guard let hold = holds[replica], hold.heal != nil else { return }
        let (due, isTooLong) = now.addingReportingOverflow(hold.length)
        holds[replica]?.due = isTooLong ? .max : due
    }

    /// The replica is as before; it may be hit again.
    mutating func healed(_ replica: Int) { holds[replica] = nil }

    /// No fault any more; the heals that are still owed.
    mutating func healAll() -> [Action] {
        plans = []
        return holds.keys.sorted().compactMap { replica in
            guard let heal = holds[replica]?.heal else { return nil }
            holds[replica] = Hold()
            return heal
        }
    }

    private func isBlocked(_ victims: Range<Int>) -> Bool { victims.allSatisfy { holds[$0] != nil } }

    private mutating func draw(_ victims: Range<Int>) -> Int? {
        let free = victims.filter { holds[$0] == nil }
        return free.count > 1 ? free.randomElement(using: &random) : free.first
    }

    private mutating func hit(_ replica: Int, _ action: FaultDeclaration.Action) -> Action {
        switch action {
        case .pause(let length):
            holds[replica] = Hold(heal: .resume(replica), length: length.nanoseconds)
            return .pause(replica)
        case .kill(let delay):
            holds[replica] = Hold(heal: .start(replica), length: delay.nanoseconds)
            return .kill(replica)
        case .restart:
            holds[replica] = Hold()
            return .restart(replica)
        }
    }
}
