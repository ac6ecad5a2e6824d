// A recording cut off anywhere gives all of its whole events and none that was not recorded.

import Foundation
import Testing

@testable import Histories

@Suite struct TornTailTests {
    /// How the end of a segment can look after the recorder or the machine went down.
    enum Tear: CaseIterable {
        /// The file ends there.
        case truncated
        /// The rest of the stretch was never written.
        case zeroed
        /// All of the line but its first byte, as when the recorder is killed between copying and publishing.
        case unpublished
        /// A page before the end never reached the disk.
        case hole
    }

    @Test(arguments: Tear.allCases)
    func aTornTailNeverLosesAWholeEventAndNeverInventsOne(tear: Tear) throws {
        let seed = UInt64.random(in: 0 ... .max)
        let original = try RunFolder()
        var random = RandomHistory(seed: seed)
        do {
            let recorder = try original.recorder()
            let writers = [try recorder.makeSegment(named: "a"), try recorder.makeSegment(named: "b")]
            for _ in 0..<16 { try random.step(writers) }
        }
        let header = try original.bytes(original.recording + "/" + HistoryRecorder.headerName)
        let torn = try original.bytes(original.recording + "/a.segment")
        let other = try original.bytes(original.recording + "/b.segment")
        let starts = [0] + torn.indices.filter { torn[$0] == 0x0A }.map { $0 + 1 }
        let first = starts.dropLast().suffix(2).first ?? 0

        for offset in first...torn.count {
            let segment = tail(of: torn, at: offset, tear)
            let folder = try RunFolder()
            try FileManager.default.createDirectory(
                atPath: folder.recording, withIntermediateDirectories: true)
            try folder.write(header, to: folder.recording + "/" + HistoryRecorder.headerName)
            try folder.write(segment, to: folder.recording + "/a.segment")
            try folder.write(other, to: folder.recording + "/b.segment")
            // Thousands of merges need not wait for the disk.
            try folder.merge(calls: SystemCalls { $0 == .synchronize ? 0 : nil })
            let whole = starts.last { $0 <= offset } ?? 0
            let isTorn = segment[whole...].contains { $0 != 0 }
            let lost = isTorn ? String(decoding: torn[whole...].prefix { $0 != 0x0A }, as: UTF8.self) : nil
            try expect(
                folder, keeps: Array(torn[..<whole]), and: other, lost: lost,
                "\(tear) at \(offset), seed \(seed)")
        }
    }

    @Test func aWholeEventBeforeTheTearIsKeptAlthoughALaterOneHasAnEarlierStamp() throws {
        let folder = try RunFolder()
        do {
            let writer = try folder.recorder().makeSegment(named: "a")
            for (id, time) in [Int64(20), 10, 30].enumerated() {
                try writer.invoke(
                    OperationRecord(id: id, client: id, name: "read", phase: .load, invoked: time))
            }
        }
        let segment = folder.recording + "/a.segment"
        try folder.write(folder.bytes(segment).dropLast(5).map { $0 == 0x33 ? 0 : $0 }, to: segment)
        try folder.merge()
        let history = try HistoryReader.read(folder.merged)
        #expect(history.operations.map(\.invoked) == [10, 20])
        #expect(history.notices.first?.contains("0.000000020 s") == true)
        #expect(history.notices.first?.contains("0 later events are left out") == true)
    }

    private func tail(of segment: [UInt8], at offset: Int, _ tear: Tear) -> [UInt8] {
        let zeros = Array(repeating: UInt8(0), count: 100)
        let start = (segment[..<offset].lastIndex(of: 0x0A) ?? -1) + 1
        switch tear {
        case .truncated: return Array(segment[..<offset])
        case .zeroed: return segment[..<offset] + zeros
        case .unpublished:
            if start == offset { return segment[..<offset] + zeros }
            return segment[..<start] + [0] + segment[(start + 1)..<offset] + zeros
        case .hole:
            let end = min(segment.count, offset + 40)
            return segment[..<offset] + Array(repeating: 0, count: end - offset) + segment[end...]
        }
    }

    /// How the merge says that it left something out; other notices were recorded.
    private static let tornNotice = "The recording ends in a torn line"

    private func expect(
        _ folder: RunFolder, keeps whole: [UInt8], and other: [UInt8], lost: String?, _ comment: Comment
    ) throws {
        func lines(_ bytes: [UInt8]) -> [String] {
            bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
        }
        let history = try HistoryReader.read(folder.merged)
        let merged = Array(try folder.lines().dropFirst())
        let events = merged.filter { !$0.contains(Self.tornNotice) }
        let recorded = Set(lines(whole) + lines(other))
        #expect(events.allSatisfy(recorded.contains), comment)
        #expect(Set(lines(whole)).isSubset(of: events), comment)
        let told = history.notices.filter { $0.hasPrefix(Self.tornNotice) }
        #expect(told.count == (lost == nil ? 0 : 1), comment)
        let last = try lines(whole).map(time).max() ?? .min
        for line in lines(other) where try lost == nil || time(line) <= last {
            #expect(events.contains(line), comment)
        }
        // What happened elsewhere after the tear is left out: what the torn segment knew of it is lost.
        if let lost {
            let limit = max(last, try time(lost) - 1)
            for line in events { #expect(try time(line) <= limit, comment) }
        }
    }

    /// The number that the line begins with.
    private func time(_ line: String) throws -> Int {
        let digits = line.utf8.dropFirst("{\"time\":".utf8.count).prefix { $0 != UInt8(ascii: ",") }
        return try #require(Int(String(decoding: Array(digits), as: UTF8.self)))
    }
}
