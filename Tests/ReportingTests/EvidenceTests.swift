// Lines of logs find their finding: by trace surely, by time probably, else it is said that they could not.

import Histories
import Scenarios
import Testing

@testable import Reporting
@testable import RunStore

@Suite struct EvidenceTests {
    static let origin = WallClockOrigin(unixNanoseconds: 1_795_690_800_000_000_000, utcOffsetSeconds: 3_600)

    @Test(
        arguments: [
            ("2026-11-26T11:00:00.5Z x", 500_000_000, 100_000_000),
            ("2026-11-26 11:00:00,250 +0000 x", 250_000_000, 1_000_000),
            ("[2026-11-26 11:00:00 +0000] [1] x", 0, 1_000_000_000),
            ("2026-11-26 12:00:00.000001 no zone", 1_000, 1_000),
            ("2026-11-26T10:00:01.000-01:00", 1_000_000_000, 1_000_000),
            ("2026-11-26 11:00:00.123 UTC", 123_000_000, 1_000_000),
        ] as [(String, Int64, Int64)])
    func aLeadingStampIsReadWithItsZone(line: String, time: Int64, precision: Int64) throws {
        let stamp = try #require(LogStamp(line))
        #expect(stamp.time(since: Self.origin) == time)
        #expect(stamp.precision == precision)
    }

    @Test(arguments: [
        "", "hello", "2026-13-01 00:00:00", "2026-11-26", "26.11.2026 11:00:00", "[2026-11-26 25:00:00]",
        "0001-01-01 00:00:00 started", "9999-12-31 23:59:59.999",
    ])
    func whatIsNoStampIsNone(line: String) { #expect(LogStamp(line) == nil) }

    private func material(_ logs: [LogFile], origin: WallClockOrigin? = origin) -> RunMaterial {
        RunMaterial(report: Fixtures.report, logs: logs, origin: origin)
    }

    private static func trace(_ operation: Int, seed: UInt64 = Fixtures.report.identity.seed) -> String {
        "00-"
            + String(
                decoding: RequestTrace(seed: seed, operation: operation, request: 0).identifiers,
                as: UTF8.self) + "-01"
    }

    @Test func aTracedLineBelongsToItsOperationWhateverItsTime() {
        let log = LogFile(
            source: .replica(2),
            text: """
                2026-11-26T11:09:00.000Z mine \(Self.trace(7))
                  and its second line
                2026-11-26T11:00:00.002Z of another operation \(Self.trace(99))
                2026-11-26T11:00:00.002Z of another run \(Self.trace(7, seed: 1))
                """)
        let evidence = EvidenceIndex(material([log])).evidence(for: [Fixtures.operation])
        #expect(
            evidence.lines.map(\.text).map { $0.prefix(40) }
                == ["2026-11-26T11:09:00.000Z mine 00-00000000", "  and its second line"].map {
                    $0.prefix(40)
                })
        #expect(evidence.lines.allSatisfy { $0.certainty == .traced(operation: 7) })
    }

    @Test func aLineOfThatMomentOnAReplicaOfTheExampleIsNearby() {
        let text = """
            2026-11-26T11:00:00.002Z within
            2026-11-26T11:00:00.200Z later
            2026-11-26T11:00:00Z to the second
            """
        let lines = EvidenceIndex(material([LogFile(source: .replica(1), text: text)])).evidence(for: [
            Fixtures.operation
        ]).lines
        #expect(lines.map(\.certainty) == [.sameSecond, .nearby])
        let others = EvidenceIndex(material([LogFile(source: .replica(0), text: text)])).evidence(for: [
            Fixtures.operation
        ])
        #expect(others.lines.isEmpty, "replica 0 had no part in it")
    }

    @Test func withoutAnOriginItIsSaidThatLinesCouldNotBePlaced() {
        let log = LogFile(source: .replica(1), text: "2026-11-26T11:00:00.002Z a\nb")
        let evidence = EvidenceIndex(material([log], origin: nil)).evidence(for: [Fixtures.operation])
        #expect(evidence.lines.isEmpty)
        #expect(
            evidence.notices == [
                "2 lines of the logs could not be placed: the run did not record when its clock began."
            ])
    }

    @Test func thereAreAtMostFortyLinesOfFourHundredScalarsAndAlikeOnesAreCounted() {
        let long = String(repeating: "x", count: 1_000)
        let many =
            (0..<100).map { "2026-11-26T11:00:00.002Z \($0) \(long)" }
            + Array(repeating: "2026-11-26T11:00:00.001Z same", count: 5)
        let log = LogFile(source: .replica(1), text: many.joined(separator: "\n"))
        let evidence = EvidenceIndex(material([log])).evidence(for: [Fixtures.operation])
        #expect(evidence.lines.count == 40)
        #expect(evidence.lines.allSatisfy { $0.text.unicodeScalars.count <= 401 })
        #expect(evidence.notices == ["61 further lines of this moment left out."])
        let few = LogFile(source: .replica(1), text: many.suffix(5).joined(separator: "\n"))
        #expect(EvidenceIndex(material([few])).evidence(for: [Fixtures.operation]).lines.map(\.count) == [5])
    }

    @Test func postgresLinesAreToldInWords() {
        let line = """
            {"timestamp":"2026-11-26 11:00:00.002 UTC","pid":1,"error_severity":"ERROR","state_code":"40P01",\
            "message":"deadlock detected","statement":"SELECT 1 /*traceparent='\(Self.trace(7))'*/"}
            """
        let evidence = EvidenceIndex(material([LogFile(source: .database, text: line)])).evidence(for: [
            Fixtures.operation
        ])
        #expect(evidence.lines.map(\.text) == ["ERROR 40P01: deadlock detected · SELECT 1"])
        #expect(evidence.lines.map(\.certainty) == [.traced(operation: 7)])
    }
}
