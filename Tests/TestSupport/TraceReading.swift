// Reads a trace back as a viewer does: tracks by their names, what is on each, and what a viewer would show
// wrongly.

public import Core
import Histories

/// A trace in the JSON form of Chrome's traces.
public struct TraceReading {
    public struct Slice: Hashable {
        public var track: String
        public var name: String
        /// Nanoseconds.
        public var begin: Int
        public var end: Int

        public init(track: String, name: String, begin: Int, end: Int) {
            self.track = track
            self.name = name
            self.begin = begin
            self.end = end
        }
    }

    /// `clients/client 3`, by the process's and the thread's name.
    public private(set) var slices: [Slice] = []
    public private(set) var moments: [Slice] = []
    /// The tracks of both ends of each arrow.
    public private(set) var arrows: [(from: Slice, to: Slice)] = []
    /// A sentence each.
    public private(set) var problems: [String] = []
    public let document: Value

    public init(_ text: String) throws {
        document = try JSON.parse(Array(text.utf8))
        let events = (Self.member("traceEvents", of: document)?.elements ?? []).map(Event.init)
        var processes: [Int: String] = [:]
        var threads: [Track: String] = [:]
        for event in events where event.phase == "M" {
            let name = Self.member("name", of: event["args"] ?? .null)?.text
            if event.name == "process_name" { processes[event.track.process] = name }
            if event.name == "thread_name" { threads[event.track] = name }
        }
        var latest = Int.min
        var open: [Track: [Slice]] = [:]
        var senders: [Int: Slice] = [:]
        for event in events where event.phase != "M" {
            guard let process = processes[event.track.process], let thread = threads[event.track] else {
                problems.append("\(event.name) is on a track without a name")
                continue
            }
            if event.time < latest { problems.append("\(event.name) comes too late in the file") }
            latest = max(latest, event.time)
            let slice = Slice(
                track: "\(process)/\(thread)", name: event.name, begin: event.time,
                end: event.time + event.length)
            var stack = open[event.track] ?? []
            switch event.phase {
            case "X":
                while let last = stack.last, last.end <= slice.begin { stack.removeLast() }
                if let last = stack.last, slice.end > last.end {
                    problems.append(
                        "\(slice.track): \(slice.name) ends after \(last.name), in which it begins")
                }
                open[event.track] = stack + [slice]
                slices.append(slice)
            case "i": moments.append(slice)
            case "s", "f":
                guard let number = event.number,
                    let around = stack.last(where: { $0.begin <= event.time && event.time <= $0.end })
                else {
                    problems.append("an arrow is on no slice of \(slice.track)")
                    continue
                }
                if event.phase == "s" { senders[number] = around }
                if event.phase == "f" {
                    if let sender = senders.removeValue(forKey: number) {
                        arrows.append((sender, around))
                    } else {
                        problems.append("arrow \(number) has no beginning")
                    }
                }
            default: problems.append("the phase \(event.phase) is not expected")
            }
        }
        problems += senders.keys.sorted().map { "arrow \($0) has no end" }
    }

    public static func member(_ name: String, of value: Value) -> Value? {
        guard case .object(let members) = value else { return nil }
        return members[name]
    }

    private struct Track: Hashable {
        var process: Int
        var thread: Int
    }

    private struct Event {
        let members: [String: Value]

        init(_ value: Value) {
            guard case .object(let members) = value else {
                self.members = [:]
                return
            }
            self.members = members
        }

        subscript(_ name: String) -> Value? { members[name] }
        var phase: String { members["ph"]?.text ?? "" }
        var name: String { members["name"]?.text ?? "" }
        var time: Int { nanoseconds("ts") }
        var length: Int { nanoseconds("dur") }
        /// As viewers round them.
        private func nanoseconds(_ name: String) -> Int {
            Int(((members[name]?.number ?? 0) * 1_000).rounded())
        }
        var number: Int? { members["id"]?.number.map { Int($0) } }
        var track: Track {
            Track(process: Int(members["pid"]?.number ?? -1), thread: Int(members["tid"]?.number ?? -1))
        }
    }
}
