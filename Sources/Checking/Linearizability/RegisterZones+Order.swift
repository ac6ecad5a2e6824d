// The order of the calls that zones without conflict leave, for those who ask for it.

import Core

extension RegisterZones {
    /// Where a zone goes: between which forward zones, and there by time.
    private struct Place: Comparable {
        /// Odd for the forward zones themselves.
        var slot: Int
        var moment: Int64
        var zone: Int

        static func < (left: Place, right: Place) -> Bool {
            (left.slot, left.moment, left.zone) < (right.slot, right.moment, right.zone)
        }
    }

    /// Positions of the calls in an order that explains them, where there is no conflict.
    ///
    /// Forward zones do not overlap and keep their order; a backward zone goes to its `start`, or behind the
    /// forward zone that has it inside.
    func order(of calls: [Call<RegisterAction>]) -> [Int] {
        let forward = zones.indices.filter { zones[$0].finish < zones[$0].start }
            .sorted { zones[$0].finish < zones[$1].finish }
        var places = forward.enumerated().map { Place(slot: 2 * $0.offset + 1, moment: 0, zone: $0.element) }
        for index in zones.indices where zones[index].finish >= zones[index].start {
            let start = zones[index].start
            let before = forward.prefixCount { zones[$0].start <= start }
            if before < forward.count, zones[forward[before]].finish < start {
                places.append(Place(slot: 2 * before + 2, moment: zones[forward[before]].start, zone: index))
            } else {
                places.append(Place(slot: 2 * before, moment: start, zone: index))
            }
        }
        let reads = readsByValue(calls)
        var order: [Int] = []
        for place in places.sorted() {
            let zone = zones[place.zone]
            if zone.isInitial { order += initialReads(reads, calls) }
            for write in zone.writes {
                order.append(write)
                if let value = calls[write].action.written { order += reads[value] ?? [] }
            }
        }
        return order
    }

    private func readsByValue(_ calls: [Call<RegisterAction>]) -> [Value: [Int]] {
        var reads: [Value: [Int]] = [:]
        let byInvocation = calls.indices.sorted { (calls[$0].invoked, $0) < (calls[$1].invoked, $1) }
        for position in byInvocation {
            guard case .read(let value) = calls[position].action else { continue }
            reads[value, default: []].append(position)
        }
        return reads
    }

    /// Reads of the one value that no call wrote.
    private func initialReads(_ reads: [Value: [Int]], _ calls: [Call<RegisterAction>]) -> [Int] {
        let written = Set(calls.compactMap { $0.action.written })
        return reads.first { !written.contains($0.key) }?.value ?? []
    }
}
