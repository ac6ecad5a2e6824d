// What the readers of scenario files and of PostgreSQL's log promise beside not to crash.

import Foundation
import Histories

@testable import Clusters
@testable import Scenarios

/// Whatever is wrong with a file has a place in it.
func checkYAML(_ bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    // Lines end as YAML says, so there may be more of them than newlines.
    let mostLines = text.unicodeScalars.count { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) } + 2
    do throws(ScenarioErrors) {
        let file = try ScenarioFile(text: text, path: "fuzz.yaml") { _ in throw Unreadable() }
        let scenario = try file.resolve(environment: [:])
        // What is redacted, such as the user part of a URL, is no longer what it was.
        let written = scenario.resolvedYAML()
        guard scenario.sensitiveValues.isEmpty, !text.contains("@") else { return }
        let again = try ScenarioFile(text: written, path: "again.yaml") { _ in throw Unreadable() }
        _ = try again.resolve(environment: [:])
    } catch {
        try promise(!error.diagnostics.isEmpty, "refused without a reason")
        for diagnostic in error.diagnostics {
            try promise(
                diagnostic.file != "again.yaml", "what was resolved is refused: \(diagnostic)")
            try promise(
                (1...mostLines).contains(diagnostic.position.line) && diagnostic.position.column >= 1,
                "a place outside of the file: \(diagnostic)")
        }
    }
}

private struct Unreadable: Error {}

/// The log is what a server writes after the run began.
func checkServerLog(_ bytes: [UInt8], _ scratch: ScratchFolder) throws {
    let file = try scratch.file("postgresql.json", [])
    let log = ServerLog(file: file, database: "contend")
    _ = try scratch.file("postgresql.json", bytes)
    let content = log.read(
        from: ServerLog.markPrefix + "begin", begun: 1_000_000, to: ServerLog.markPrefix + "end")
    try promise(
        content.errors.count <= content.counts.values.reduce(0, +), "more errors than were counted")
    if let error = MariaWords.deadlock(in: String(decoding: bytes, as: UTF8.self), at: 1) {
        try promise(
            error.parties.allSatisfy { !$0.resource.isEmpty } && error.parties.count != 1,
            "a deadlock of one party")
    }
    try promise(
        content.errors.allSatisfy { HistoryFormat.isMoment($0.time) },
        "a time that no record of a run may have")
}
