// The events of a trace and the tracks they are on, in the JSON form of Chrome's traces ("Trace Event
// Format").

import Core

/// Collects events and gives each a track on which nothing else goes on at that time.
///
/// Viewers show what overlaps on one thread as parts of each other, so that it needs threads of its own.
struct TraceTracks {
    struct Place: Hashable {
        var process: Int
        var thread: Int
    }

    private struct Lane {
        var place: Place
        /// Until when it is taken.
        var end: Int64
    }

    private var processes: [String: Int] = [:]
    private var threadCounts: [Int: Int] = [:]
    private var lanes: [String: [Lane]] = [:]
    private var names: [Value] = []
    private var slices: [(time: Int64, length: Int64, event: Value)] = []
    private var arrows = 0

    /// A track of this thread, or of another one of its name where it is taken.
    ///
    /// Called in order of time for each name.
    mutating func place(
        process: String, thread: String, order: Int, from begin: Int64, to end: Int64
    ) -> Place {
        let key = "\(process)\n\(thread)"
        let own = lanes[key] ?? []
        if let free = own.firstIndex(where: { $0.end <= begin }) {
            lanes[key]?[free].end = max(begin, end)
            return own[free].place
        }
        let number = processes[process] ?? processes.count + 1
        if processes[process] == nil {
            processes[process] = number
            name("process_name", Place(process: number, thread: 0), ["name": .string(process)])
            name("process_sort_index", Place(process: number, thread: 0), ["sort_index": .int(number)])
        }
        let count = (threadCounts[number] ?? 0) + 1
        threadCounts[number] = count
        let place = Place(process: number, thread: count)
        lanes[key, default: []].append(Lane(place: place, end: max(begin, end)))
        let title = own.isEmpty ? thread : "\(thread) (\(own.count + 1))"
        name("thread_name", place, ["name": .string(title)])
        name("thread_sort_index", place, ["sort_index": .int(order)])
        return place
    }

    mutating func slice(
        _ name: String, _ place: Place, from begin: Int64, to end: Int64, _ facts: [String: Value]
    ) {
        let length = max(0, end - begin)
        add("X", name, place, at: begin, length, ["dur": Self.microseconds(length), "args": .object(facts)])
    }

    mutating func moment(_ name: String, _ place: Place, at time: Int64, _ facts: [String: Value]) {
        add("i", name, place, at: time, 0, ["s": "t", "args": .object(facts)])
    }

    /// From the slice around a moment to the one that begins then.
    mutating func arrow(from sender: Place, to receiver: Place, at time: Int64) {
        arrows += 1
        let id: [String: Value] = ["id": .int(arrows), "cat": "sql"]
        add("s", "sends", sender, at: time, 0, id)
        add("f", "sends", receiver, at: time, 0, id.merging(["bp": "e"]) { $1 })
    }

    /// Names first, then everything in order of time, the longer first where two begin at once.
    var events: [Value] {
        names
            + slices.enumerated().sorted { left, right in
                (left.element.time, -left.element.length, left.offset)
                    < (right.element.time, -right.element.length, right.offset)
            }.map(\.element.event)
    }

    private mutating func add(
        _ phase: String, _ name: String, _ place: Place, at time: Int64, _ length: Int64,
        _ more: [String: Value]
    ) {
        let event: [String: Value] = [
            "ph": .string(phase), "name": .string(name), "pid": .int(place.process),
            "tid": .int(place.thread),
            "ts": Self.microseconds(time),
        ]
        slices.append((time, length, .object(event.merging(more) { $1 })))
    }

    private mutating func name(_ kind: String, _ place: Place, _ facts: [String: Value]) {
        names.append(
            .object([
                "ph": "M", "name": .string(kind), "pid": .int(place.process), "tid": .int(place.thread),
                "args": .object(facts),
            ]))
    }

    /// As the format has its times; three places keep each nanosecond.
    private static func microseconds(_ nanoseconds: Int64) -> Value {
        nanoseconds % 1_000 == 0 ? .int(Int(nanoseconds / 1_000)) : .double(Double(nanoseconds) / 1_000)
    }
}
