// What the readers of histories, recordings and monitors' records promise beside not to crash.

import Checking
import Core
import Foundation
import Scenarios
import TestSupport

@testable import Histories

/// What is JSON survives being written and read again.
func checkJSON(_ bytes: [UInt8]) throws(BrokenPromise) {
    do throws(JSONError) {
        let value = try JSON.parse(bytes)
        let text = JSON.text(value)
        let again = try? JSON.parse(text.utf8)
        guard again == value else {
            throw JSONError(offset: 0, message: "lost: \(value) became \(text)")
        }
    } catch {
        try promise(!error.message.hasPrefix("lost"), error.message)
        try promise((0...bytes.count).contains(error.offset), "an error outside of the text: \(error)")
    }
}

/// Elements have ascending places in the text, and errors have one in it.
func checkEDN(_ bytes: [UInt8]) throws(BrokenPromise) {
    var last = -1
    var isAscending = true
    let failure = bytes.withUnsafeBufferPointer { bytes -> JSONError? in
        _ = EDNScanner.isMap(bytes)
        var scanner = EDNScanner(bytes)
        do throws(JSONError) {
            try scanner.eachTopLevel { _, offset throws(JSONError) in
                isAscending = isAscending && offset > last
                last = offset
                return true
            }
            return nil
        } catch {
            return error
        }
    }
    try promise(isAscending, "two elements at one place")
    if let failure {
        try promise((0...bytes.count).contains(failure.offset), "an error outside of the text: \(failure)")
    }
}

/// The first byte says how values are read; the rest is the file.
func checkForeign(_ bytes: [UInt8], _ scratch: ScratchFolder) async throws {
    let file = try scratch.file("foreign", bytes.dropFirst())
    let operations: [ForeignOperation]
    do throws(HistoryError) {
        operations = try ForeignHistory.operations(file, independent: (bytes.first ?? 0) & 1 == 1)
    } catch {
        return
    }
    for operation in operations {
        let isUnknown = operation.outcome == .unknown
        try promise(isUnknown == (operation.returned == nil), "an outcome without its moment: \(operation)")
        try promise(operation.returned ?? .max > operation.invoked, "it ends before it begins: \(operation)")
    }
    for model in ForeignModel.allCases {
        var options = ForeignOptions(model)
        options.budget = 1000
        options.recordsOrder = true
        do {
            let judgement = try ForeignCheck(options).judge(operations)
            for violation in judgement.violations {
                try promise(!violation.operations.isEmpty, "a violation without an operation: \(violation)")
                try promise(
                    violation.operations.allSatisfy(operations.indices.contains),
                    "a violation by what is not there: \(violation)")
            }
        } catch is ForeignError {
            continue
        }
    }
}

/// A history that is read keeps the promises on which judging relies.
func checkHistory(_ bytes: [UInt8], _ scratch: ScratchFolder) throws {
    let file = try scratch.file("history.jsonl", bytes)
    let history: History
    do throws(HistoryError) { history = try HistoryReader.read(file) } catch { return }
    for operation in history.operations {
        try promise(operation.returned ?? .max >= operation.invoked, "it ends before it begins")
    }
    _ = judge(history, by: try judgingScenario.get())
}

/// That of the seeds, which are runs of it.
private let judgingScenario = Result<Scenario, any Error> {
    try ScenarioFile(text: TestScenario().text, path: "fuzz.yaml") { _ in "" }.resolve(environment: [:])
}

/// Merging is done once, and again is nothing.
///
/// Parts end at a byte 1: the header, then segments.
func checkSegments(_ bytes: [UInt8], _ scratch: ScratchFolder) throws {
    let folder = try scratch.emptyFolder("recording")
    scratch.remove("merged.jsonl")
    let merged = "\(scratch.path)/merged.jsonl"
    let parts = bytes.split(separator: 1, maxSplits: 4, omittingEmptySubsequences: false)
    for (number, part) in parts.enumerated() {
        let name =
            number == 0 ? HistoryRecorder.headerName : "loop-\(number)\(HistoryRecorder.segmentSuffix)"
        _ = try scratch.file("recording/\(name)", part)
    }
    do throws(HistoryError) {
        try HistoryRecorder.merge(directory: folder, into: merged)
    } catch {
        return
    }
    do throws(HistoryError) {
        try HistoryRecorder.merge(directory: folder, into: merged)
    } catch {
        throw BrokenPromise(sentence: "what was merged cannot be merged again: \(error)")
    }
    let size = try FileManager.default.attributesOfItem(atPath: merged)[.size] as? Int ?? 0
    try promise(size <= bytes.count + 1024, "\(bytes.count) bytes became \(size)")
    do throws(HistoryError) { _ = try HistoryReader.read(merged) } catch { return }
}

func checkObservations(_ bytes: [UInt8], _ scratch: ScratchFolder) throws {
    let file = try scratch.file("monitor.jsonl", bytes)
    _ = Observations.read(file)
}
