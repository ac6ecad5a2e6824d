// What is recorded is what is read, over any number of segments and whatever ends the recorder.

import Core
import Foundation
import Synchronization
import Testing

@testable import Histories

@Suite struct RecordingTests {
    @Test func whateverIsRecordedOverSeveralSegmentsIsReadBack() throws {
        let seed = UInt64.random(in: 0 ... .max)
        for run in 0..<40 {
            let folder = try RunFolder()
            var random = RandomHistory(seed: seed &+ UInt64(run))
            do {
                let recorder = try folder.recorder()
                let writers = try (0...run % 4).map { try recorder.makeSegment(named: "loop-\($0)") }
                for _ in 0..<200 { try random.step(writers) }
            }
            let unmerged = try HistoryRecorder.history(in: folder.recording)
            #expect(HistoryRecorder.holdsRecording(folder.recording))
            try folder.merge()
            #expect(!HistoryRecorder.holdsRecording(folder.recording))
            let history = try HistoryReader.read(folder.merged)
            #expect(unmerged.operations == history.operations && unmerged.faults == history.faults)
            #expect(unmerged.troubles == history.troubles && unmerged.notices == history.notices)
            #expect(history.header == RandomHistory.header)
            #expect(history.operations == random.sortedOperations, "seed \(seed), run \(run)")
            #expect(history.faults == random.faults, "seed \(seed), run \(run)")
            #expect(history.troubles == random.troubles, "seed \(seed), run \(run)")
            #expect(history.notices == random.notices, "seed \(seed), run \(run)")
            #expect(folder.names(in: folder.recording) == [])
            try expectOrder(of: folder.lines(), "seed \(seed), run \(run)")
        }
    }

    /// Whenever it is asked, a follower knows what a reader of all segments would find.
    @Test func whoFollowsARecordingReadsEachLineOnce() throws {
        let seed = UInt64.random(in: 0 ... .max)
        for run in 0..<20 {
            let folder = try RunFolder()
            var random = RandomHistory(seed: seed &+ UInt64(run))
            let recorder = try folder.recorder()
            let follower = try HistoryFollower(folder.recording)
            var writers: [SegmentWriter] = []
            for part in 0..<4 {
                writers.append(try recorder.makeSegment(named: "loop-\(part)"))
                for _ in 0..<40 { try random.step(writers) }
                let followed = try follower.history()
                let whole = try HistoryRecorder.history(in: folder.recording)
                #expect(followed.operations == whole.operations, "seed \(seed), run \(run)")
                #expect(followed.faults == whole.faults && followed.troubles == whole.troubles)
                #expect(followed.header == whole.header)
            }
            #expect(try follower.history().operations == random.sortedOperations)
        }
    }

    /// Half a line is no line yet; the rest of it comes later.
    @Test func whoFollowsARecordingWaitsForTheEndOfALine() throws {
        let folder = try RunFolder()
        let writer = try folder.recorder().makeSegment(named: "a")
        let first = OperationRecord(id: 0, client: 0, name: "read", phase: .load, invoked: 5)
        try writer.invoke(first)
        let file = folder.recording + "/a.segment"
        let line = try folder.bytes(file).prefix { $0 != 0 }
        let second = String(decoding: line, as: UTF8.self).replacing("\"id\":0", with: "\"id\":1")
            .replacing("\"client\":0", with: "\"client\":1")
        let half = Array(second.utf8.prefix(second.utf8.count / 2))
        let blank = [UInt8](repeating: 0, count: 4096)
        try folder.write(Array(line) + half + blank, to: file)
        let follower = try HistoryFollower(folder.recording)
        #expect(try follower.history().operations.map(\.id) == [0])
        // In place, as a mapped segment grows.
        let handle = try #require(FileHandle(forWritingAtPath: file))
        try handle.write(contentsOf: Array(line) + Array(second.utf8) + blank)
        try handle.close()
        #expect(try follower.history().operations.map(\.id) == [0, 1])
    }

    /// Times never go back, and no operation goes on before it began.
    private func expectOrder(of lines: [String], _ comment: Comment) throws {
        var latest = Int.min
        var begun: Set<Int> = []
        for line in lines.dropFirst() {
            guard case .object(let members) = try JSON.parse(line.utf8),
                case .int(let time)? = members["time"]
            else {
                Issue.record("a line without a time")
                return
            }
            #expect(line.hasPrefix("{\"time\":\(time),\"event\":"))
            #expect(time >= latest, comment)
            latest = time
            guard case .int(let id)? = members["id"] else { continue }
            if members["event"] == "invoke" { begun.insert(id) } else { #expect(begun.contains(id), comment) }
        }
    }

    @Test func anOperationThatTakesNoTimeBeginsBeforeItEndsEvenInTheOtherSegment() throws {
        let folder = try RunFolder()
        let recorder = try folder.recorder()
        let ending = try recorder.makeSegment(named: "a")
        let beginning = try recorder.makeSegment(named: "b")
        let operation = OperationRecord(id: 0, client: 0, name: "read", phase: .load, invoked: 5, returned: 5)
        try beginning.invoke(operation)
        try ending.complete(operation)
        try folder.merge()
        #expect(try HistoryReader.read(folder.merged).operations == [operation])
    }

    @Test func aStampTakenBeforeAnotherButWrittenAfterItKeepsTheOrderOfWriting() throws {
        let folder = try RunFolder()
        let writer = try folder.recorder().makeSegment(named: "a")
        for (id, time) in [Int64(20), 10, 15].enumerated() {
            try writer.invoke(OperationRecord(id: id, client: id, name: "read", phase: .load, invoked: time))
        }
        try folder.merge()
        #expect(try HistoryReader.read(folder.merged).operations.map(\.invoked) == [10, 15, 20])
    }

    @Test func theFiguresOfTheLoadAreReadBackAndEndTheRecording() throws {
        let folder = try RunFolder()
        let writer = try folder.recorder().makeSegment(named: "a")
        let figures: [String: Value] = [
            "duration_nanoseconds": 7, "cpu_seconds": .object(["service": .double(0.5)]),
        ]
        try writer.invoke(OperationRecord(id: 0, client: 0, name: "read", phase: .load, invoked: 1))
        try writer.end(load: figures, time: 9)
        try folder.merge()
        let history = try HistoryReader.read(folder.merged)
        #expect(history.load == figures && history.notices == [] && history.operations.count == 1)
    }

    @Test(arguments: [true, false]) func aRecordingThatMarksItsEndIsCutOffWithoutIt(marks: Bool) throws {
        let folder = try RunFolder()
        var header = RandomHistory.header
        header.marksEnd = marks
        do {
            let recorder = try HistoryRecorder(directory: folder.recording, header: header)
            let writer = try recorder.makeSegment(named: "a")
            try writer.invoke(OperationRecord(id: 0, client: 0, name: "read", phase: .load, invoked: 1))
        }
        try folder.merge()
        #expect(try HistoryReader.read(folder.merged).isCutOff == marks)
    }

    @Test func aTroubleOfALaterVersionIsOneOfAKindThatIsNotKnown() throws {
        let folder = try RunFolder()
        _ = try folder.recorder().makeSegment(named: "a")
        try folder.merge()
        let later = #"{"time":3,"event":"trouble","kind":"moon-fell","message":"m","deep":[1]}"#
        try folder.write(folder.lines().joined(separator: "\n") + "\n\(later)\n", to: folder.merged)
        let history = try HistoryReader.read(folder.merged)
        #expect(history.troubles == [Trouble(.other, time: 3, message: "m")])
    }

    @Test func anEventLargerThanAStretchGetsItsOwnAndOneOverTheLimitIsRefused() throws {
        let folder = try RunFolder()
        let limits = SegmentWriter.Limits(stretchBytes: 4096, lineBytes: 1 << 20)
        let writer = try folder.recorder(limits: limits).makeSegment(named: "a")
        let sizes = [10, 300_000, 10, 900_000, 2_000_000, 10]
        var refused: [Int] = []
        for (id, size) in sizes.enumerated() {
            let operation = OperationRecord(
                id: id, client: id, name: "write", phase: .load,
                values: ["body": .string(String(repeating: "x", count: size))], invoked: Int64(id))
            do { try writer.invoke(operation) } catch { refused.append(id) }
        }
        try folder.merge()
        let history = try HistoryReader.read(folder.merged)
        #expect(refused == [4])
        #expect(history.operations.map { $0.values["body"]?.text?.count } == [10, 300_000, 10, 900_000, 10])
    }

    @Test func mergingAgainChangesNothing() throws {
        let folder = try RunFolder()
        let writer = try folder.recorder().makeSegment(named: "a")
        try writer.invoke(OperationRecord(id: 0, client: 0, name: "read", phase: .load, invoked: 1))
        try folder.merge()
        let before = try folder.bytes(folder.merged)
        try folder.merge()
        try FileManager.default.removeItem(atPath: folder.recording)
        try folder.merge()
        #expect(try folder.bytes(folder.merged) == before)
    }

    @Test func aDirectoryThatHoldsARecordingIsRefused() throws {
        let folder = try RunFolder()
        let recorder = try folder.recorder()
        let writer = try recorder.makeSegment(named: "a")
        #expect(throws: HistoryError.self) { try recorder.makeSegment(named: "a") }
        #expect(throws: HistoryError.self) { try recorder.makeSegment(named: "../a") }
        #expect(throws: HistoryError.self) { try folder.recorder() }
        withExtendedLifetime(writer) {}
    }

    /// The child records until a second thread of it sends SIGKILL, after at least as many events as the
    /// parent asked for.
    @Test(arguments: [1, 2000]) func killingTheRecorderLosesNothingThatWasRecorded(events: Int)
        async throws
    {
        let folder = try RunFolder()
        let path = folder.recording
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, events = events as Int] in
            let header = RandomHistory.header
            let recorder = try HistoryRecorder(directory: path, header: header)
            let writer = try recorder.makeSegment(named: "loop-0")
            let recorded = RecordedCount()
            let killer = Thread {
                while recorded.value.load(ordering: .acquiring) < events {}
                kill(getpid(), SIGKILL)
            }
            killer.start()
            for id in 0... {
                var operation = OperationRecord(
                    id: id, client: 0, name: "write", phase: .load, invoked: Int64(id) * 2)
                try writer.invoke(operation)
                operation.returned = operation.invoked + 1
                operation.outcome = .ok
                try writer.complete(operation)
                recorded.value.add(1, ordering: .releasing)
            }
        }
        try folder.merge()
        let history = try HistoryReader.read(folder.merged)
        let finished = history.operations.filter { $0.outcome == .ok }
        #expect(finished.count >= events)
        #expect(finished.map(\.id) == Array(0..<finished.count))
        #expect(history.operations.count - finished.count <= 1)
    }
}

private final class RecordedCount: Sendable {
    let value = Atomic(0)
}
