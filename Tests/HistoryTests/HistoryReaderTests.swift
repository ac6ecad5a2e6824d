// What the reader believes, what it completes, and what it refuses with the line at fault.

import Core
import Testing

@testable import Histories

@Suite struct HistoryReaderTests {
    private static let header =
        #"{"contend":"history","version":2,"scenario":"s","seed":"7","replicas":3,"clients":2,"started":"now"}"#
    private static let invoke =
        #"{"time":10,"event":"invoke","id":1,"client":0,"name":"write","phase":"load"}"#
    private static let end = #"{"time":20,"event":"ok","id":1}"#

    private func read(_ lines: [String], terminated: Bool = true) throws -> History {
        let folder = try RunFolder()
        try folder.write(lines.joined(separator: "\n") + (terminated ? "\n" : ""), to: folder.merged)
        return try HistoryReader.read(folder.merged)
    }

    @Test func anOperationWithoutAnEndIsUnknownWithTheRequestsThatWereSent() throws {
        let request = #"{"step":0,"attempt":0,"replica":2,"method":"GET","target":"/a","sent":10}"#
        let later = #"{"step":1,"attempt":0,"replica":2,"method":"PUT","target":"/a","sent":15}"#
        let operation = try read([
            Self.header,
            #"{"time":10,"event":"invoke","id":1,"client":0,"name":"write","phase":"load","request":\#(request)}"#,
            #"{"time":15,"event":"attempt","id":1,"request":\#(later),"captures":{"version":4}}"#,
        ]).operations.first
        #expect(operation?.outcome == .unknown)
        #expect(operation?.returned == nil)
        #expect(operation?.captures == ["version": 4])
        #expect(operation?.requests.map(\.method) == ["GET", "PUT"])
        #expect(operation?.requests.map(\.outcome) == [.unknown, .unknown])
    }

    @Test func membersMayComeInAnyOrderWithSpaceAndUnknownOnesArePassedOver() throws {
        let history = try read([
            Self.header,
            #" { "phase" : "load", "name":"write", "new":{"a":[1,null]}, "client":0, "round":null, "id":1, "event":"invoke", "time":10 } "#,
            Self.end,
        ])
        #expect(
            history.operations == [
                OperationRecord(
                    id: 1, client: 0, name: "write", phase: .load, invoked: 10, returned: 20, outcome: .ok)
            ])
        #expect(history.header.seed == 7)
    }

    @Test func aTornLastLineIsANoticeAndTheRestIsUsed() throws {
        let end = Array(Self.end)
        for count in 1..<end.count {
            let history = try read([Self.header, Self.invoke, String(end[..<count])], terminated: false)
            #expect(history.operations.map(\.outcome) == [.unknown])
            #expect(history.notices.count == 1)
        }
        let whole = try read([Self.header, Self.invoke, Self.end], terminated: false)
        #expect(whole.operations.map(\.outcome) == [.ok])
        #expect(whole.notices == [])
    }

    @Test func aNoticeInTheFileReachesTheReader() throws {
        #expect(try read([Self.header, #"{"time":1,"event":"notice","message":"cut"}"#]).notices == ["cut"])
    }

    @Test func aFaultThatIsHealedLaterIsOneFault() throws {
        let faults = try read([
            Self.header, #"{"time":5,"event":"fault","kind":"pause","target":{"replica":1},"start":5}"#,
            #"{"time":9,"event":"fault","kind":"pause","target":{"replica":1},"start":5,"end":9}"#,
            #"{"time":11,"event":"fault","kind":"kill","target":{"replica":1},"start":11}"#,
        ]).faults
        #expect(
            faults == [
                FaultRecord(kind: .pause, target: .replica(1), start: 5, end: 9),
                FaultRecord(kind: .kill, target: .replica(1), start: 11),
            ])
    }

    @Test func eachKindOfTargetOfAFaultIsReadBack() throws {
        let targets: [FaultTarget] = [.replica(1), .link(2), .database(0), .service("index")]
        var written = JSONWriter()
        for target in targets { written.appendLine(FaultRecord(kind: .kill, target: target, start: 5)) }
        let lines = written.text.split(separator: "\n").map(String.init)
        #expect(Set(try read([Self.header] + lines).faults.map(\.target)) == Set(targets))
        #expect(targets.map { $0.reaches(replica: 1) } == [true, false, true, true])
    }

    @Test func aStatementIsReadBack() throws {
        let statements = [
            StatementRecord(
                replica: 1, backend: 77, operation: 3, statement: "UPDATE images SET status = $1", sent: 5,
                answered: 9, rows: 1),
            StatementRecord(
                replica: 0, backend: 78, statement: "COMMIT", sent: 6, answered: 8, code: "40001"),
            StatementRecord(replica: 0, backend: 78, statement: "SELECT 1", sent: 9),
        ]
        var written = JSONWriter()
        for statement in statements { written.appendLine(statement) }
        let lines = written.text.split(separator: "\n").map(String.init)
        #expect(try read([Self.header] + lines).statements == statements)
    }

    /// Version 1 knew faults of replicas only, and told troubles and the end of the recording as notices.
    @Test func linesOfVersionOneAreReadAsThoseOfToday() throws {
        let history = try read([
            Self.header.replacing("\"version\":2", with: "\"version\":1"),
            #"{"time":5,"event":"fault","kind":"pause","replica":1,"start":5}"#,
            #"{"time":7,"event":"notice","message":"ended","trouble":"replica-died","since":6,"replica":2,"log":["a"]}"#,
            #"{"time":8,"event":"notice","message":"The recording is complete.","load":{"cpu_seconds":{}}}"#,
            #"{"time":8,"event":"notice","message":"said","trouble":null,"load":null}"#,
        ])
        #expect(history.faults == [FaultRecord(kind: .pause, target: .replica(1), start: 5)])
        #expect(
            history.troubles == [
                Trouble(.replicaDied, time: 7, since: 6, replica: 2, message: "ended", log: ["a"])
            ])
        #expect(history.load == ["cpu_seconds": .object([:])])
        #expect(history.notices == ["said"])
        #expect(history.header.isSequential == nil)
    }

    @Test func whatOthersWroteLooselyIsReadAsBefore() throws {
        let history = try read([
            Self.header.replacing("\"seed\":\"7\"", with: "\"seed\":7"),
            #"{"event":"fault","kind":"pause","replica":1,"target":null,"start":5,"end":6}"#,
            #"{"event":"notice","message":"cut"}"#,
        ])
        #expect(history.header.seed == 7)
        #expect(history.faults == [FaultRecord(kind: .pause, target: .replica(1), start: 5, end: 6)])
        #expect(history.notices == ["cut"])
    }

    @Test(arguments: [
        ([], HistoryError.Code.malformed, 1, "empty"),
        ([#"{"index":0,"process":0}"#], .malformed, 1, "no header"),
        (["hello"], .malformed, 1, "no header"),
        (
            [header.replacing("\"version\":2", with: "\"version\":3"), "?"], .unsupportedVersion, 1,
            "version 3"
        ),
        (
            [header.replacing("}", with: #","shards":[{"name":"a","clock_uncertainty":5}]}"#)],
            .unsupportedVersion, 1, "several machines"
        ),
        ([header.replacing("\"seed\":\"7\"", with: "\"seed\":-7")], .malformed, 1, "as text"),
        (
            [header, #"{"time":1,"event":"fault","kind":"kill","target":{"moon":1},"start":1}"#], .malformed,
            2, "no target"
        ),
        (
            [header, #"{"time":1,"event":"fault","kind":"kill","target":{"replica":-1},"start":1}"#],
            .malformed, 2, "from 0 to"
        ),
        ([header, #"{"time":1,"event":"trouble","kind":"other"}"#], .malformed, 2, "trouble.message"),
        ([header, #"{"time":1,"event":"end"}"#], .malformed, 2, "end.load"),
        ([header, "", invoke], .malformed, 2, "an object should be here"),
        ([header, invoke, "{\"time\":20,\"event\":\"ok\"", end], .malformed, 3, "at byte 23"),
        ([header, invoke + invoke], .malformed, 2, "something follows"),
        ([header, #"{"time":1,"event":"resume","id":1}"#], .malformed, 2, "`resume`"),
        ([header, #"{"time":1,"event":"ok"}"#], .malformed, 2, "`id` is missing"),
        ([header, #"{"event":"ok","id":1}"#], .malformed, 2, "`time` is missing"),
        ([header, #"{"time":1.5,"event":"ok","id":1}"#], .malformed, 2, "whole number"),
        ([header, invoke.replacing("load", with: "loda")], .malformed, 2, "none of `setup`"),
        ([header, #"{"time":9223372036854775807,"event":"ok","id":1}"#], .malformed, 2, "104 days"),
        ([header, #"{"time":-9223372036854775808,"event":"ok","id":1}"#], .malformed, 2, "104 days"),
        (
            [header, invoke.replacing("\"client\":0", with: "\"client\":9223372036854775807")], .malformed, 2,
            "from 0 to"
        ),
        ([header, invoke.replacing("\"client\":0", with: "\"client\":-1")], .malformed, 2, "from 0 to"),
        ([header, end], .inconsistent, 2, "never begun"),
        ([header, invoke, end, end], .inconsistent, 4, "had ended before"),
        (
            [header, invoke, invoke.replacing("\"client\":0", with: "\"client\":1")], .inconsistent, 3,
            "already begun in line 2"
        ),
        ([header, invoke, end.replacing("20", with: "9")], .inconsistent, 3, "ends before it began"),
        ([header, header], .inconsistent, 2, "second header"),
        (
            [header, invoke, end, second(at: 19)], .inconsistent, 4,
            "client 0 begins operation 2 while its operation 1"
        ),
        ([header, second(at: 19), invoke, end], .inconsistent, 2, "begun in line 3, is open"),
        ([header, invoke, second(at: 99)], .inconsistent, 3, "is open"),
        (
            [header, invoke, #"{"time":20,"event":"unknown","id":1,"returned":null}"#, second(at: 99)],
            .inconsistent, 4, "is open"
        ),
    ])
    func aDefectIsAnErrorWithItsLine(lines: [String], code: HistoryError.Code, line: Int, hint: String) throws
    {
        let folder = try RunFolder()
        try folder.write(lines.map { $0 + "\n" }.joined(), to: folder.merged)
        let error = #expect(throws: HistoryError.self) { try HistoryReader.read(folder.merged) }
        #expect(error?.code == code)
        #expect(error?.line == line)
        #expect(error?.description.hasPrefix("\(folder.merged):\(line): ") == true)
        #expect(error?.message.contains(hint) == true, "\(error?.message ?? "")")
    }

    @Test func aClientMayBeginAtTheInstantOfItsLastReturn() throws {
        #expect(try read([Self.header, Self.invoke, Self.end, Self.second(at: 20)]).operations.count == 2)
    }

    private static func second(at time: Int) -> String {
        invoke.replacing("\"id\":1", with: "\"id\":2").replacing("\"time\":10", with: "\"time\":\(time)")
    }

    @Test func noBytesMakeTheReaderTrap() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(state: seed)
        let folder = try RunFolder()
        let lines = [Self.header, Self.invoke, Self.end, Self.second(at: 30)]
        let text = Array(lines.joined(separator: "\n").utf8)
        for _ in 0..<1000 {
            var bytes = text
            for _ in 0...Int.random(in: 0...2, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
                    in: 0...127, using: &generator)
            }
            try folder.write(bytes, to: folder.merged)
            do {
                let history = try HistoryReader.read(folder.merged)
                #expect(history.operations.count <= 2, "seed \(seed)")
            } catch {
                #expect(!error.message.isEmpty, "seed \(seed)")
            }
        }
    }
}
