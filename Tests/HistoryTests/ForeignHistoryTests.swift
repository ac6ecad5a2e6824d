// Histories that other projects recorded are read whole; they are not part of this package and are read where
// they lie.

import Foundation
import Testing

@testable import History

@Suite struct ForeignHistoryTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()

    private static var folder: String {
        ProcessInfo.processInfo.environment["CONTEND_HISTORIES"]
            ?? root.appendingPathComponent("../shared/data/histories").standardized.path
    }

    @Test func everyHistoryOfTheCollectionIsReadWithAllItsEvents() throws {
        let index = Self.folder + "/expected.tsv"
        guard let table = try? String(contentsOfFile: index, encoding: .utf8) else {
            print(
                "SKIPPED: the foreign histories are not at \(Self.folder); set CONTEND_HISTORIES to their folder"
            )
            #expect(ProcessInfo.processInfo.environment["CI"] != "true", "the histories must be there in CI")
            return
        }
        let rows = table.split(whereSeparator: \.isNewline).dropFirst().map {
            $0.split(separator: "\t").map(String.init)
        }
        #expect(rows.count == 186)
        for row in rows {
            let events = try ForeignHistory.read(Self.folder + "/jsonl/" + row[0])
            #expect(events.count == Int(row[3]), "\(row[0])")
            #expect(events.map(\.index) == Array(events.indices), "\(row[0])")
            #expect(events.allSatisfy { $0.type != .invoke || $0.f != "" })
        }
    }

    @Test func anEventIsReadWithEveryMemberAndBlankLinesArePassedOver() throws {
        let folder = try RunFolder()
        let line =
            #"{"index":4,"process":2,"type":"info","f":"cas","value":[1,null],"key":"x","time":9,"more":{}}"#
        try folder.write(
            "\n\(line)\n \n{\"index\":5,\"process\":0,\"type\":\"ok\",\"f\":\"read\",\"time\":10}",
            to: folder.merged)
        #expect(
            try ForeignHistory.read(folder.merged) == [
                ForeignEvent(
                    index: 4, process: 2, type: .info, f: "cas", value: .array([1, .null]), key: "x", time: 9),
                ForeignEvent(index: 5, process: 0, type: .ok, f: "read", time: 10),
            ])
    }

    @Test(arguments: [
        #"{"index":1,"process":0,"type":"done","f":"read","time":1}"#,
        #"{"index":1,"process":0,"type":"ok","f":"read"}"#,
        #"{"index":1,"process":"nemesis","type":"ok","f":"read","time":1}"#, "[1]", #"{"index":1"#,
    ])
    func aDefectiveEventIsAnErrorWithItsLine(line: String) throws {
        let folder = try RunFolder()
        try folder.write(
            #"{"index":0,"process":0,"type":"ok","f":"read","time":1}"# + "\n\(line)\n", to: folder.merged)
        let error = #expect(throws: HistoryError.self) { try ForeignHistory.read(folder.merged) }
        #expect(error?.code == .malformed)
        #expect(error?.line == 2)
    }
}
