// What libFuzzer calls for each input that it makes; CONTEND_FUZZ_TARGET names the reader.

import Dispatch
import Foundation
import Fuzzing

/// The reader under test and its scratch folder.
private struct Session: Sendable {
    var target: FuzzTarget
    var scratch: ScratchFolder

    static let current = Session()

    private init() {
        let name = ProcessInfo.processInfo.environment["CONTEND_FUZZ_TARGET"] ?? ""
        guard let target = FuzzTarget(rawValue: name), let scratch = try? ScratchFolder() else {
            let known = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
            fatalError("CONTEND_FUZZ_TARGET must be one of \(known), and the scratch folder writable")
        }
        self.target = target
        self.scratch = scratch
        let path = scratch.path
        // The fuzzer ends by exit, where no value is released.
        atexitRemoving(path)
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let session = Session.current
    let answer = Answer()
    // The fuzzer knows no tasks: it waits for the one that this makes.
    let isDone = DispatchSemaphore(value: 0)
    Task {
        answer.broken = await session.target.brokenPromise(bytes, session.scratch)
        isDone.signal()
    }
    isDone.wait()
    if let broken = answer.broken { fatalError(broken) }
    return 0
}

/// Handed over by the semaphore, so never touched by two threads at once.
private final class Answer: @unchecked Sendable {
    var broken: String?
}
