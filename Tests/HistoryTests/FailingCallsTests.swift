// Lets the n-th system call fail, n = 1, 2, …, until none is left: each failure is an error with a sentence,
// and nothing that was recorded is lost by it.

import Core
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Histories

@Suite struct FailingCallsTests {
    /// Counts calls and fails one of them.
    ///
    /// `NSLock`, since this toolchain's thread sanitizer reports `Mutex` falsely. `@unchecked`: `failed` is
    /// only touched with the lock held.
    private final class Failure: @unchecked Sendable {
        private let rest: Atomic<Int>
        private let lock = NSLock()
        private var failed: SystemCall?

        init(at number: Int) { rest = Atomic(number) }

        var call: SystemCall? { lock.withLock { failed } }

        var calls: SystemCalls {
            SystemCalls { call in
                guard self.rest.subtract(1, ordering: .relaxed).newValue == 0 else { return nil }
                self.lock.withLock { self.failed = call }
                return ENOSPC
            }
        }
    }

    private func operation(_ id: Int) -> OperationRecord {
        OperationRecord(
            id: id, client: id, name: "write", phase: .load,
            values: ["body": .string(String(repeating: "x", count: 3000))], invoked: Int64(id))
    }

    @Test func anyFailingCallWhileRecordingIsAnErrorAndKeepsWhatWasRecorded() throws {
        var seen: Set<SystemCall> = []
        for number in 1... {
            let folder = try RunFolder()
            let failure = Failure(at: number)
            var recorded: [Int] = []
            var errors: [HistoryError] = []
            do {
                let recorder = try folder.recorder(calls: failure.calls)
                let writer = try recorder.makeSegment(named: "a")
                for id in 0..<6 {
                    do {
                        try writer.invoke(operation(id))
                        recorded.append(id)
                    } catch {
                        errors.append(error)
                    }
                }
            } catch {
                errors.append(error)
            }
            guard let call = failure.call else {
                #expect(number > 10)
                break
            }
            seen.insert(call)
            // A segment that cannot be shortened keeps its zero bytes, which do no harm.
            #expect(errors.count == (call == .truncate ? 0 : 1), "call \(number), \(call)")
            for error in errors { expectSentence(error) }
            guard (try? folder.merge()) != nil else {
                #expect(recorded.isEmpty, "call \(number), \(call)")
                continue
            }
            let history = try HistoryReader.read(folder.merged)
            #expect(history.operations.map(\.id) == recorded, "call \(number), \(call)")
            #expect(history.notices == [], "call \(number), \(call)")
        }
        #expect(
            seen.isSuperset(of: [
                .makeDirectory, .open, .write, .synchronize, .rename, .allocate, .map, .truncate,
            ]))
    }

    @Test func anyFailingCallWhileMergingIsAnErrorAndMergingAgainLosesNothing() throws {
        var seen: Set<SystemCall> = []
        for number in 1... {
            let folder = try RunFolder()
            do {
                let recorder = try folder.recorder()
                for name in ["a", "b"] {
                    let writer = try recorder.makeSegment(named: name)
                    for id in 0..<4 { try writer.invoke(operation(name == "a" ? id * 2 : id * 2 + 1)) }
                }
            }
            let failure = Failure(at: number)
            do {
                try folder.merge(calls: failure.calls)
                #expect(failure.call == nil, "call \(number) failed unnoticed")
            } catch {
                expectSentence(error)
            }
            if failure.call != nil {
                #expect(!folder.names(in: folder.path).contains("history.jsonl.partial"))
            }
            try folder.merge()
            #expect(
                try HistoryReader.read(folder.merged).operations.map(\.id) == Array(0..<8), "call \(number)")
            #expect(folder.names(in: folder.recording) == [])
            guard let call = failure.call else { break }
            seen.insert(call)
        }
        #expect(seen.isSuperset(of: [.list, .open, .read, .write, .synchronize, .rename, .remove]))
    }

    @Test func anyFailingCallWhileReadingIsAnError() throws {
        let folder = try RunFolder()
        _ = try folder.recorder().makeSegment(named: "a")
        try folder.merge()
        for number in 1... {
            let failure = Failure(at: number)
            do {
                _ = try HistoryReader.read(folder.merged, calls: failure.calls)
                #expect(failure.call == nil && number > 2)
                break
            } catch {
                expectSentence(error)
            }
        }
    }

    @Test func anAppendedFileWhoseDiskWasFullHasNothingBehindTheGap() throws {
        for number in 1... {
            let folder = try RunFolder()
            let failure = Failure(at: number)
            do {
                let file = AppendedFile("\(folder.path)/log", calls: failure.calls)
                for line in 0..<4 { file.append("\(line)\n") }
                #expect((file.failureReason == nil) == (failure.call == nil))
                #expect(file.failureReason?.contains("free some space") != false)
            }
            let kept = (try? folder.bytes("\(folder.path)/log")) ?? []
            let whole = Array("0\n1\n2\n3\n".utf8)
            #expect(whole.starts(with: kept) && kept.count == min(whole.count, max(0, number - 2) * 2))
            guard failure.call != nil else { break }
        }
    }

    @Test func aDirectoryThatCannotBeMadeOrReadSaysSo() throws {
        let folder = try RunFolder()
        try folder.write("", to: folder.path + "/file")
        let directory = folder.path + "/file/recording"
        let made = #expect(throws: HistoryError.self) {
            try HistoryRecorder(directory: directory, header: RandomHistory.header)
        }
        #expect(made?.message.contains("cannot create the directory: Not a directory") == true)
        let merged = #expect(throws: HistoryError.self) {
            try HistoryRecorder.merge(directory: folder.path + "/nowhere", into: folder.merged)
        }
        #expect(merged?.message.contains("cannot list the directory") == true)
        #expect(throws: HistoryError.self) {
            try HistoryRecorder.merge(directory: folder.path, into: folder.merged)
        }
    }

    private func expectSentence(_ error: HistoryError) {
        #expect(error.code == .inputOutput)
        #expect(error.message.contains("cannot ") && error.message.contains("free some space"), "\(error)")
        #expect(!error.file.isEmpty)
    }
}
