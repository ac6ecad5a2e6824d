// The HTML report of runs on disk: made from whatever is there, with nothing secret in it.

import Checking
import Foundation
import Histories
import Reporting
import RunStore
import TestSupport
import Testing

@testable import Engine

@Suite struct StoredReportTests {
    @Test func aRunIsToldWithItsStoryAndWhereItRan() async throws {
        let test = try TestRun()
        let before = Int64(Date().timeIntervalSince1970 * 1e9)
        let result = try #require(try await test.run(mode: "racy").first)
        let stored = try StoredRun(named: result.directory, out: "")
        let page = try stored.htmlReport()
        for part in [
            "VIOLATION", "--seed 20150528", "curl -i", "id=\"timeline-data\"", "The scenario as it ran",
            "<th scope=\"row\">contend</th><td>\(contendVersion)</td>",
        ] {
            let isThere = page.contains(part)
            #expect(isThere, "\(part)")
        }
        let origin = try #require(try stored.record()?.origin)
        #expect(origin.unixNanoseconds >= before - 1_000_000_000)
        #expect(origin.unixNanoseconds <= Int64(Date().timeIntervalSince1970 * 1e9))
    }

    /// Each file in turn is gone, then damaged; a report must come about all the same, and say so.
    @Test func whateverIsMissingOrDamagedIsSaidAndFailsNothing() async throws {
        let test = try TestRun()
        let result = try #require(try await test.run(mode: "racy").first)
        let stored = try StoredRun(named: result.directory, out: "")
        let whole = try stored.htmlReport()
        let alerts = { (page: String) in page.ranges(of: "<p class=\"alert\">").count }
        #expect(alerts(whole) == 0)
        for name in [
            "verdict.json", "history.jsonl", "scenario.yaml", "run.json", "monitor.jsonl", "replicas",
        ] {
            let (path, aside) = ("\(result.directory)/\(name)", "\(test.folder)/aside")
            guard FileManager.default.fileExists(atPath: path) else { continue }
            try FileManager.default.moveItem(atPath: path, toPath: aside)
            let missing = try stored.htmlReport()
            #expect(missing.hasPrefix("<!doctype html>"), "without \(name)")
            try Data([0x7B, 0xFF, 0x00, 0x0A, 0x7B]).write(to: URL(filePath: path))
            let damaged = try stored.htmlReport()
            if name != "replicas", name != "monitor.jsonl" {
                #expect(alerts(damaged) > 0, "\(name) is damaged, and it is not said")
            }
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: aside, toPath: path)
        }
        #expect(try stored.htmlReport() == whole)
    }

    @Test func aFolderThatTellsNothingIsAnErrorWithASentence() async throws {
        let test = try TestRun()
        let folder = "\(test.folder)/empty"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("{".utf8).write(to: URL(filePath: "\(folder)/verdict.json"))
        let stored = try StoredRun(named: folder, out: "")
        let error = #expect(throws: RunError.self) { try stored.htmlReport() }
        #expect(error?.status == .invalid)
    }

    @Test func whatReplicasLoggedOfSecretsIsRedacted() async throws {
        let test = try TestRun()
        let scenario = TestScenario(secrets: "secrets: [REPORT_SECRET]")
        let result = try #require(
            try await test.run(
                scenario, mode: "racy", change: { $0.environment["REPORT_SECRET"] = "hunter2hunter2" }
            ).first)
        let stored = try StoredRun(named: result.directory, out: "")
        let log = "\(result.directory)/replicas/0/output.log"
        let origin = try #require(try stored.record()?.origin)
        let moment = try #require(result.report.judgement.findings.first?.example.first?.invoked)
        let stamp = Date(timeIntervalSince1970: Double(origin.unixNanoseconds + moment) / 1e9)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let line = "\(stamp) token hunter2hunter2 was used\n"
        for replica in 0...1 {
            try Data(line.utf8).write(
                to: URL(filePath: log.replacingOccurrences(of: "/0/", with: "/\(replica)/")))
        }
        let page = try stored.htmlReport(environment: ["REPORT_SECRET": "hunter2hunter2"])
        let (redacted, leaked) = (page.contains("token [redacted] was used"), page.contains("hunter2"))
        #expect(redacted, "the line is shown")
        #expect(!leaked)
    }
}
