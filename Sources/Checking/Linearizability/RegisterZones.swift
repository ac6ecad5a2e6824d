// The polynomial route for registers in which every value is written once, so that each read and each
// compare-and-set names its write.

import Core

/// Gibbons & Korach (1997): a value's calls span a zone from the first return `finish` to the last
/// invocation `start`; the history is linearizable unless two zones each have a call that precedes one of
/// the other's.
///
/// A compare-and-set puts its value directly behind the one it expects, so values that are linked by
/// compare-and-sets make one zone, in which the order is known and need only respect time.
struct RegisterZones {
    struct Zone {
        /// Positions of the writes, in their order; none for the initial value alone.
        var writes: [Int]
        /// What the write expects to find, if it is a compare-and-set.
        var expected: Value?
        var finish: Int64
        var finishedBy: Int?
        var start: Int64
        var startedBy: Int?
        /// Whether it begins with the initial value, which no call wrote.
        var isInitial = false
        /// Whether somebody saw the value, so that its write must have happened.
        var isSeen = false
        /// Position of the compare-and-set that found this value.
        var nextWrite: Int?

        var suspects: [Int] { writes + [finishedBy, startedBy].compactMap { $0 } }
    }

    /// Configurations that it may take to see that an unknown beginning does not explain a conflict.
    private static let openBudget = 10_000

    private(set) var zones: [Zone] = []
    private var conflict: [Int]?
    /// The initial value is unknown and may be one that is written, too: a conflict proves nothing then.
    private var isInitialOpen = false

    /// `nil` where a value is written twice, or compare-and-sets start from an unknown value; what refused
    /// compare-and-sets say is passed over.
    init?(_ calls: [Call<RegisterAction>], initial: RegisterState) {
        var zoneOf = [Value: Int](minimumCapacity: calls.count)
        var hasCompareAndSet = false
        if case .value(let value) = initial { addInitial(value, &zoneOf) }
        for (position, call) in calls.enumerated() {
            let expected: Value?
            let value: Value
            switch call.action {
            case .write(let written): (expected, value) = (nil, written)
            case .compareAndSet(let found, let written): (expected, value) = (found, written)
            case .read, .mismatch: continue
            }
            guard expected == nil || initial != .unbound,
                zoneOf.updateValue(zones.count, forKey: value) == nil
            else { return nil }
            if expected != nil { hasCompareAndSet = true }
            zones.append(
                Zone(
                    writes: [position], expected: expected, finish: call.returned ?? .max,
                    finishedBy: position, start: call.invoked, startedBy: position))
        }
        isInitialOpen = initial == .unbound
        for (position, call) in calls.enumerated() {
            guard case .read(let value) = call.action else { continue }
            if zoneOf[value] == nil, isInitialOpen {
                addInitial(value, &zoneOf)
                isInitialOpen = false
            }
            guard let zone = zoneOf[value] else {
                conflict = [position] + (initial == .unbound ? firstReadOfInitial() : [])
                return
            }
            read(call, at: position, in: zone, of: calls)
            if conflict != nil { return }
        }
        if hasCompareAndSet { link(zoneOf, calls) }
        if conflict == nil { zones.removeAll { !Self.hasHappened($0, calls) } }
        if conflict == nil, hasCompareAndSet { joinLinked(calls) }
    }

    /// An unknown write that nobody saw need never have happened.
    private static func hasHappened(_ zone: Zone, _ calls: [Call<RegisterAction>]) -> Bool {
        guard let write = zone.writes.first else { return true }
        return zone.isSeen || calls[write].returned != nil
    }

    private mutating func addInitial(_ value: Value, _ zoneOf: inout [Value: Int]) {
        zoneOf[value] = zones.count
        zones.append(Zone(writes: [], finish: .min, start: .min, isInitial: true))
    }

    private func firstReadOfInitial() -> [Int] {
        zones.first { $0.writes.isEmpty }.flatMap(\.startedBy).map { [$0] } ?? []
    }

    private mutating func read(
        _ call: Call<RegisterAction>, at position: Int, in zone: Int, of calls: [Call<RegisterAction>]
    ) {
        if let write = zones[zone].writes.first, let returned = call.returned, returned < calls[write].invoked
        {
            conflict = [write, position]
            return
        }
        zones[zone].isSeen = true
        if let returned = call.returned, returned < zones[zone].finish {
            zones[zone].finish = returned
            zones[zone].finishedBy = position
        }
        if call.invoked > zones[zone].start {
            zones[zone].start = call.invoked
            zones[zone].startedBy = position
        }
    }

    // MARK: - Compare-and-sets

    /// Links each value to the one compare-and-set that found it, following what must have happened.
    ///
    /// Of several conflicts it is the one that was complete first, whatever came later.
    private mutating func link(_ zoneOf: [Value: Int], _ calls: [Call<RegisterAction>]) {
        var unfollowed = zones.indices.filter { Self.hasHappened(zones[$0], calls) }
        var takers: [Int: [Int]] = [:]
        var first: (complete: Int64, conflict: [Int])?
        func note(_ complete: Int64, _ conflict: [Int]) {
            if complete < first?.complete ?? .max || first == nil { first = (complete, conflict) }
        }
        while let zone = unfollowed.popLast() {
            guard let expected = zones[zone].expected, let write = zones[zone].writes.first else { continue }
            guard let found = zoneOf[expected] else {
                note(calls[write].returned ?? .max, [write])
                continue
            }
            takers[found, default: []].append(write)
            zones[found].nextWrite = write
            if !Self.hasHappened(zones[found], calls) { unfollowed.append(found) }
            zones[found].isSeen = true
        }
        for (found, writes) in takers.sorted(by: { $0.key < $1.key }) where writes.count > 1 {
            // The value was there once, and several took it away.
            let order = writes.sorted {
                (calls[$0].returned ?? .max, $0) < (calls[$1].returned ?? .max, $1)
            }
            note(calls[order[1]].returned ?? .max, zones[found].writes + order.prefix(2))
        }
        conflict = first?.conflict
    }

    /// Makes one zone of each chain of values; the order within it must respect time.
    private mutating func joinLinked(_ calls: [Call<RegisterAction>]) {
        var joined: [Zone] = []
        var left = zones.count
        let positions = Dictionary(
            uniqueKeysWithValues: zones.enumerated().compactMap { entry in
                entry.element.writes.first.map { ($0, entry.offset) }
            })
        for head in zones where head.expected == nil {
            var zone = head
            var following = head.nextWrite
            left -= 1
            while let write = following, let index = positions[write] {
                let link = zones[index]
                // Everything on the values before happened before everything on this one.
                if link.finish < zone.start {
                    conflict =
                        [zone.startedBy, link.finishedBy].compactMap { $0 } + zone.writes + link.writes
                    return
                }
                zone.writes += link.writes
                if link.finish < zone.finish {
                    (zone.finish, zone.finishedBy) = (link.finish, link.finishedBy)
                }
                if link.start > zone.start { (zone.start, zone.startedBy) = (link.start, link.startedBy) }
                following = link.nextWrite
                left -= 1
            }
            joined.append(zone)
        }
        if left > 0 {
            // Compare-and-sets that expect each other's values in a circle: none can have been the first.
            let reached = Set(joined.flatMap(\.writes))
            conflict = zones.flatMap(\.writes).filter { !reached.contains($0) }
            return
        }
        zones = joined
    }

    /// `nil` where only the search can tell.
    static func decide<Model: SequentialModel>(
        _ calls: [Call<RegisterAction>], initial: RegisterState, recordsOrder: Bool
    ) -> Decision<Model>? {
        guard let zones = RegisterZones(calls, initial: initial) else { return nil }
        if let conflict = zones.conflict ?? zones.conflictOfZones() {
            let suspects = Set(conflict).sorted()
            if zones.isInitialOpen, !contradicts(suspects, of: calls) { return nil }
            return Decision(suspects: suspects, explored: calls.count)
        }
        if calls.contains(where: { $0.action.isMismatch }) { return nil }
        return Decision(
            .linearizable, explored: calls.count, order: recordsOrder ? zones.order(of: calls) : nil)
    }

    /// Whether these calls contradict each other though the register may have held anything at first,
    /// whatever all others did.
    private static func contradicts(_ suspects: [Int], of calls: [Call<RegisterAction>]) -> Bool {
        let model = RegisterModel(initial: nil)
        let strict = suspects.map { calls[$0] }
        var search = LinearizabilitySearch(model, strict + model.freed(calls, besides: suspects))
        return search.run(budget: openBudget).verdict == .violated
    }

    /// Two zones conflict when each finishes (somewhere) before the other starts (somewhere).
    ///
    /// Forward zones, with finish before start, must not overlap; a backward one must not lie within a
    /// forward one.
    private func conflictOfZones() -> [Int]? {
        let forward = zones.filter { $0.finish < $0.start }.sorted {
            ($0.finish, $0.start, $0.writes.first ?? -1) < ($1.finish, $1.start, $1.writes.first ?? -1)
        }
        for (earlier, later) in zip(forward, forward.dropFirst()) where later.finish < earlier.start {
            return earlier.suspects + later.suspects
        }
        for zone in zones where zone.finish >= zone.start {
            let before = forward.prefixCount { $0.finish < zone.start }
            if before > 0, zone.finish < forward[before - 1].start {
                return forward[before - 1].suspects + zone.suspects
            }
        }
        return nil
    }
}
