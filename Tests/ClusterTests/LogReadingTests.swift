// Logs are read as a stream for the lines that matter, and redacted in place once their writers have ended.

import Core
import Foundation
import Histories
import Scenarios
import Testing

@testable import Clusters

@Suite struct LogReadingTests {
    private func lines(
        of text: String, from offset: Int = 0, limitBytes: Int = .max / 2, holding words: [String]
    ) throws -> (lines: [String], isWhole: Bool) {
        let place = try Workplace()
        defer { place.remove() }
        let path = place.directory + "/output.log"
        try Data(text.utf8).write(to: URL(filePath: path))
        var found: [String] = []
        let isWhole = LogLines(path, from: offset, limitBytes: limitBytes, holding: words).forEach {
            found.append(String(decoding: $0, as: UTF8.self))
        }
        return (found, isWhole)
    }

    @Test func onlyLinesThatHoldAWordAreGivenOnceAndInOrder() throws {
        let read = try lines(of: "a b\nnone\nb a b\n\nb", holding: ["b", "a"])
        #expect(read.lines == ["a b", "b a b", "b"] && read.isWhole)
        #expect(try lines(of: "one a\ntwo a", from: 4, holding: ["a"]).lines == ["a", "two a"])
        #expect(try lines(of: "", holding: ["a"]).lines.isEmpty)
    }

    /// Wherever the pieces end: the word lies at each place around the first end.
    @Test func aLineAcrossTwoPiecesIsWhole() throws {
        for shift in -8...8 {
            let filler = String(repeating: "x", count: LogLines.pieceBytes / 2 + shift) + "\n"
            let text =
                filler + String(repeating: "y", count: LogLines.pieceBytes / 2 - 12) + "\nfind WORD here\nz\n"
            #expect(try lines(of: text, holding: ["WORD"]).lines == ["find WORD here"], "\(shift)")
        }
    }

    @Test func ofALineWithoutEndOnlyItsBeginningIsLookedAt() throws {
        let endless = String(repeating: "x", count: 3 * LogLines.lineLimitBytes)
        let read = try lines(of: "WORD " + endless + " WORD\nWORD 2\n" + endless + "WORD", holding: ["WORD"])
        #expect(read.lines.count == 2)
        #expect(read.lines.first?.utf8.count == LogLines.lineLimitBytes && read.lines.last == "WORD 2")
    }

    @Test func theLimitIsTold() throws {
        let text = String(repeating: "WORD\n", count: 10)
        let read = try lines(of: text, limitBytes: 20, holding: ["WORD"])
        #expect(read.lines.count == 4 && !read.isWhole)
        #expect(try lines(of: text, limitBytes: 50, holding: ["WORD"]).isWhole)
    }

    @Test func conflictsAreCountedInALongLog() throws {
        let place = try Workplace()
        defer { place.remove() }
        try RunContext.makeDirectory(place.directory + "/replicas/0")
        let path = place.directory + "/replicas/0/output.log"
        try Data("database is locked, before\n".utf8).write(to: URL(filePath: path))
        let logs = ReplicaLogs(place.monitorTarget(recordingIn: "monitor.jsonl"))
        let noise = String(repeating: "GET /items/1 200 in 3 ms\n", count: 100_000)
        let text =
            noise + "SQLite 517 after 3 ms\n" + noise + "SQLITE_BUSY_SNAPSHOT\ndatabase is locked\n" + noise
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        let read = logs.conflicts(at: 7)
        #expect(read.conflicts.map(\.code) == [5, 517, 517] && read.notices.isEmpty)
        #expect(read.conflicts.map(\.elapsedMilliseconds) == [nil, nil, 3])
        #expect(read.conflicts.map(\.refusal) == [nil, .staleSnapshot, .staleSnapshot])
        let cut = logs.conflicts(at: 7, byteLimit: 1 << 20)
        #expect(cut.conflicts.isEmpty && cut.notices.count == 1)
    }

    @Test func theEndOfALogHasNoLineEndsInIt() throws {
        let place = try Workplace()
        defer { place.remove() }
        let path = place.directory + "/output.log"
        try Data("one\r\ntwo\r10 %\r20 %\r\n".utf8).write(to: URL(filePath: path))
        #expect(LogTail.lines(of: path) == ["one", "two", "10 %", "20 %"])
    }

    @Test func rawFilesAreRedactedAtTheEndAndMarkedUntilThen() throws {
        let place = try Workplace()
        defer { place.remove() }
        let secret = "hunter22-and-more"
        let raw = RawFiles(in: place.directory, Redactor([secret]))
        let marker = place.directory + "/" + RawFiles.marker
        try RunContext.makeDirectory(place.directory + "/replicas/0")
        try raw.begin()
        #expect(FileManager.default.fileExists(atPath: marker))
        // The secret lies across the end of a piece, and in bytes that are no UTF-8.
        let filler = [UInt8](repeating: 0xFF, count: (1 << 20) - 6)
        let log = place.directory + "/replicas/0/output.log"
        try Data(filler + Array("\(secret) end".utf8)).write(to: URL(filePath: log))
        try Data("nothing".utf8).write(to: URL(filePath: place.directory + "/prepare-1.log"))
        let rendered = place.directory + "/service.conf"
        raw.add(rendered)
        try Data("password=\(secret)\n".utf8).write(to: URL(filePath: rendered))
        #expect(raw.redact().isEmpty)
        let redacted = try Data(contentsOf: URL(filePath: log))
        #expect(redacted == Data(filler + Array("[redacted] end".utf8)))
        #expect(
            place.text("service.conf") == "password=[redacted]\n" && place.text("prepare-1.log") == "nothing")
        #expect(!FileManager.default.fileExists(atPath: marker))

        // What the service wrote itself is left as it is, and named.
        try Data(secret.utf8).write(to: URL(filePath: place.directory + "/replicas/0/own.db"))
        #expect(raw.redact().isEmpty)
        #expect(place.text(RawFiles.marker).contains("replicas/0/own.db"))
    }
}
