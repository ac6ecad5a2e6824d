// The example in docs/history.md is a real history: the reader takes it and the recorder writes the same
// lines.

import Core
import Foundation
import Testing

@testable import Histories

@Suite struct HistoryDocumentTests {
    @Test func theExampleInTheDocumentIsWhatTheRecorderWrites() throws {
        let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/history.md").standardized
        let text = try String(contentsOf: document, encoding: .utf8)
        let example = try #require(
            text.split(separator: "```jsonl\n").dropFirst().first?.split(separator: "```").first)
        let folder = try RunFolder()
        try folder.write(String(example), to: folder.merged)
        let history = try HistoryReader.read(folder.merged)
        #expect(history.notices.count == 1)

        var written = JSONWriter()
        written.appendLine(history.header)
        for operation in history.operations { written.appendLine(invoke: operation.asInvoked) }
        for operation in history.operations {
            for request in operation.requests.dropFirst() {
                written.appendLine(attempt: request, captures: operation.captures, of: operation.id)
            }
            if let returned = operation.returned { written.appendLine(completion: operation, time: returned) }
        }
        for fault in history.faults {
            written.appendLine(FaultRecord(kind: fault.kind, target: fault.target, start: fault.start))
            if fault.end != nil { written.appendLine(fault) }
        }
        for trouble in history.troubles { written.appendLine(trouble) }
        for statement in history.statements { written.appendLine(statement) }
        written.appendLine(RecordingNotice(time: 120_000_000, message: history.notices[0]))
        if let load = history.load { written.appendLine(RecordingEnd(time: 121_000_000, load: load)) }
        let lines = written.text.split(separator: "\n").map(String.init)
        #expect(Set(lines) == Set(example.split(separator: "\n").map(String.init)))
    }
}

extension OperationRecord {
    fileprivate var asInvoked: OperationRecord {
        var operation = self
        operation.captures = [:]
        return operation
    }
}
