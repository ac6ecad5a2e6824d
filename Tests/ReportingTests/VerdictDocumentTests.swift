// verdict.json: what is written is read back, and what is no verdict is refused with its path.

import Checking
import Core
import Histories
import TestSupport
import Testing

@testable import Reporting
@testable import RunStore

@Suite struct VerdictDocumentTests {
    @Test func everyMemberComesBack() throws {
        for report in [Fixtures.report, Fixtures.pass, VerdictSchemaTests.whole] {
            let text = JSON.text(report.document)
            let back = try RunReport(document: try JSON.parse(text.utf8))
            #expect(JSON.text(back.document) == text)
            #expect(back.judgement.findings == report.judgement.findings)
            #expect(back.judgement.checks == report.judgement.checks)
            #expect(back.judgement.tally == report.judgement.tally)
            #expect(back.judgement.answers == report.judgement.answers)
            #expect(
                back.figures.latency == report.figures.latency
                    && back.figures.load.abortedEarly == report.figures.load.abortedEarly)
            #expect(back.identity.parameters == report.identity.parameters)
        }
    }

    @Test func histogramsAndProcessorTimeComeBackAndMayBeMissing() throws {
        var report = Fixtures.report
        report.figures.load.cpuSeconds = CPUSeconds(service: 1.25, database: nil)
        report.judgement.tally.abortedAttempts = 4
        report.judgement.findings[0].occurrences = 77
        report.figures.latency[0].p999Microseconds = 9_000
        report.figures.latency[0].histogram = LatencyHistogram([
            .init(microseconds: 1_210, count: 599), .init(microseconds: 12_345, count: 1),
        ])
        let back = try RunReport(document: try JSON.parse(JSON.text(report.document).utf8))
        #expect(
            back.figures.load.cpuSeconds == report.figures.load.cpuSeconds
                && back.figures.latency == report.figures.latency)
        #expect(back.judgement.tally.abortedAttempts == 4)
        #expect(back.judgement.findings[0].occurrences == 77)
        // As verdicts were before these were kept.
        let old = try RunReport(document: try JSON.parse(JSON.text(Fixtures.report.document).utf8))
        #expect(old.figures.load.cpuSeconds == nil && old.figures.latency[0].histogram == nil)
        #expect(old.figures.latency[0].p999Microseconds == nil)
    }

    @Test func severalKeysComeBackAndTheFirstIsWhereItAlwaysWas() throws {
        let one = VerdictSchemaTests.whole.document.replacing(["checks"], with: nil)
        #expect(!JSON.text(one).contains("\"keys\":"))
        var report = Fixtures.report
        report.judgement.findings[0].keys = ["item 7", "item 9"]
        let document = try JSON.parse(JSON.text(report.document).utf8)
        #expect(try RunReport(document: document).judgement.findings[0].keys == ["item 7", "item 9"])
        let old = document.replacing(["findings", "0", "keys"], with: nil)
        let finding = try RunReport(document: old).judgement.findings[0]
        #expect(finding.key == "item 7" && finding.keys == ["item 7"])
    }

    @Test func theLargestSeedSurvives() throws {
        var report = Fixtures.pass
        report.identity.seed = .max
        let back = try RunReport(document: try JSON.parse(JSON.text(report.document).utf8))
        #expect(back.identity.seed == .max)
    }

    @Test func aVerdictFromBeforeLimitsHadNumbersIsRead() throws {
        let document = VerdictSchemaTests.whole.document
        let old = ["measured", "limit", "unit"].reduce(document) {
            $0.replacing(["checks", "4", $1], with: nil)
        }
        let check = try #require(try RunReport(document: old).judgement.checks.last)
        #expect(check.name == Fixtures.limit.name && check.measured == nil && check.limit == nil)
    }

    @Test func aNewerVersionIsRefused() {
        var members = members(Fixtures.pass)
        members["version"] = .int(RunReport.currentVersion + 1)
        let error = #expect(throws: DocumentError.self) { try RunReport(document: .object(members)) }
        #expect(error?.code == .unsupportedVersion)
    }

    /// Takes every member away in turn: each one is either optional or named in the error.
    @Test func everyMissingMemberIsNamed() throws {
        let whole = members(Fixtures.report)
        let optional: Set = [
            "latency", "warnings", "notices", "findings", "checks", "parameters",
            "release_spread_nanoseconds", "answers",
        ]
        for name in whole.keys {
            var members = whole
            members[name] = nil
            do {
                _ = try RunReport(document: .object(members))
                #expect(optional.contains(name), "\(name) may be missing")
            } catch {
                #expect(error.message.contains("verdict.\(name)"), "\(error)")
            }
        }
    }

    @Test func aDamagedFindingIsNamedByItsPath() {
        var members = members(Fixtures.report)
        members["findings"] = .array([.object(["number": 1])])
        let error = #expect(throws: DocumentError.self) { try RunReport(document: .object(members)) }
        #expect(error?.message.contains("verdict.findings[0].class") == true)
    }

    private func members(_ report: RunReport) -> [String: Value] {
        guard case .object(let members) = report.document else { return [:] }
        return members
    }
}
