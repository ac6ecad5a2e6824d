// The polynomial route for registers in which every value is written once, so that each read names its write.

import History

/// Gibbons & Korach (1997): a value's calls span a zone from the first return `finish` to the last
/// invocation `start`; the history is linearizable unless two values each have a call that precedes one of
/// the other's.
struct RegisterZones {
    private struct Zone {
        /// Position of the write; `nil` for the initial value.
        var write: Int?
        var finish: Int64
        var finishedBy: Int?
        var start: Int64
        var startedBy: Int?
        var isRead = false

        var suspects: [Int] { [write, finishedBy, startedBy].compactMap { $0 } }
    }

    private var zones: [Zone] = []
    private var conflict: [Int]?
    private let calls: Int
    /// The initial value is unknown and may be one that is written, too: a conflict proves nothing then.
    private var isInitialOpen = false

    /// `nil` where a value is written twice, or something other than plain writes and reads occurs.
    init?(_ calls: [Call<RegisterAction>], initial: RegisterState) {
        self.calls = calls.count
        var zoneOf: [Value: Int] = [:]
        if case .value(let value) = initial { addInitial(value, &zoneOf) }
        for (position, call) in calls.enumerated() {
            switch call.action {
            case .write(let value):
                guard zoneOf[value] == nil else { return nil }
                zoneOf[value] = zones.count
                zones.append(
                    Zone(
                        write: position, finish: call.returned ?? .max, finishedBy: position,
                        start: call.invoked, startedBy: position))
            case .read: continue
            case .compareAndSet, .mismatch: return nil
            }
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
        // An unknown write that nobody read need never have happened.
        zones.removeAll { zone in
            guard let write = zone.write else { return false }
            return calls[write].returned == nil && !zone.isRead
        }
    }

    private mutating func addInitial(_ value: Value, _ zoneOf: inout [Value: Int]) {
        zoneOf[value] = zones.count
        zones.append(Zone(finish: .min, start: .min))
    }

    private func firstReadOfInitial() -> [Int] {
        zones.first { $0.write == nil }.flatMap(\.startedBy).map { [$0] } ?? []
    }

    private mutating func read(
        _ call: Call<RegisterAction>, at position: Int, in zone: Int, of calls: [Call<RegisterAction>]
    ) {
        if let write = zones[zone].write, let returned = call.returned, returned < calls[write].invoked {
            conflict = [write, position]
            return
        }
        zones[zone].isRead = true
        if let returned = call.returned, returned < zones[zone].finish {
            zones[zone].finish = returned
            zones[zone].finishedBy = position
        }
        if call.invoked > zones[zone].start {
            zones[zone].start = call.invoked
            zones[zone].startedBy = position
        }
    }

    /// `nil` where only the search can tell.
    func decide<Model: SequentialModel>() -> Decision<Model>? {
        guard let conflict = conflict ?? conflictOfZones() else {
            return Decision(.linearizable, explored: calls)
        }
        if isInitialOpen { return nil }
        return Decision(.violated, explored: calls, suspects: Set(conflict).sorted())
    }

    /// Two zones conflict when each finishes (somewhere) before the other starts (somewhere).
    ///
    /// Forward zones, with finish before start, must not overlap; a backward one must not lie within a
    /// forward one.
    private func conflictOfZones() -> [Int]? {
        let forward = zones.filter { $0.finish < $0.start }.sorted {
            ($0.finish, $0.start, $0.write ?? -1) < ($1.finish, $1.start, $1.write ?? -1)
        }
        for (earlier, later) in zip(forward, forward.dropFirst()) where later.finish < earlier.start {
            return earlier.suspects + later.suspects
        }
        for zone in zones where zone.finish >= zone.start {
            var low = 0
            var high = forward.count
            while low < high {
                let middle = (low + high) / 2
                if forward[middle].finish < zone.start { low = middle + 1 } else { high = middle }
            }
            if low > 0, zone.finish < forward[low - 1].start {
                return forward[low - 1].suspects + zone.suspects
            }
        }
        return nil
    }
}
