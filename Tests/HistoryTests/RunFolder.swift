// A directory for one test, gone when the test is over.

import Foundation

@testable import Histories

/// A fresh directory with a recording in it.
final class RunFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/contend-history-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var recording: String { path + "/recording" }
    var merged: String { path + "/history.jsonl" }

    func names(in directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    func bytes(_ file: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: file))) }

    func write(_ bytes: some Sequence<UInt8>, to file: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: file))
    }

    func write(_ text: String, to file: String) throws { try write(text.utf8, to: file) }

    /// Lines of the merged file, without their newlines.
    func lines() throws -> [String] {
        try bytes(merged).split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }

    func merge(calls: SystemCalls = SystemCalls()) throws(HistoryError) {
        try HistoryRecorder.merge(directory: recording, into: merged, calls: calls)
    }

    func recorder(
        calls: SystemCalls = SystemCalls(),
        limits: SegmentWriter.Limits = SegmentWriter.Limits(stretchBytes: 1)
    ) throws(HistoryError) -> HistoryRecorder {
        try HistoryRecorder(directory: recording, header: RandomHistory.header, calls: calls, limits: limits)
    }
}
