// Every published verdict on every foreign history, read in place, with the evidence for it.

import Core
import Foundation
import Histories
import Testing

@testable import Checking

@Suite struct ForeignHistoryTests {
    private struct Known {
        var file: String
        var model: ForeignModel
        var isValid: Bool
        /// Who published it decides how a failed cas and a read of nil are read.
        var isEtcd: Bool

        var options: ForeignOptions {
            var options = ForeignOptions(model)
            options.failedCompareAndSet = isEtcd ? .mismatch : .ignored
            options.nilRead = isEtcd ? .unset : .ignored
            options.recordsOrder = true
            return options
        }
    }

    /// `CONTEND_HISTORIES`, or a folder beside the package.
    private static var folder: String {
        ProcessInfo.processInfo.environment["CONTEND_HISTORIES"]
            ?? #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }
            + "/shared/data/histories"
    }

    /// Empty where the collection is missing, which is said, and in CI an error.
    private static func known() throws -> [Known] {
        guard let table = try? String(contentsOfFile: folder + "/expected.tsv", encoding: .utf8) else {
            let isGate = ProcessInfo.processInfo.environment["CI"] == "true"
            try #require(!isGate, "no histories in \(Self.folder): set CONTEND_HISTORIES")
            print("SKIPPED: no histories in \(folder); set CONTEND_HISTORIES to check published verdicts")
            return []
        }
        return try table.split(whereSeparator: \.isNewline).dropFirst().map { line in
            let columns = line.split(separator: "\t").map(String.init)
            let name = String(columns[1].prefix { $0 != "(" })
            return Known(
                file: columns[0], model: try #require(ForeignModel(rawValue: name)),
                isValid: columns[2] == "true", isEtcd: columns[0].hasPrefix("etcd_"))
        }
    }

    @Test func everyPublishedVerdictIsFound() async throws {
        let all = try Self.known()
        for known in all {
            let operations = try ForeignHistory.operations(Self.folder + "/jsonl/" + known.file)
            let judgement = try ForeignCheck(known.options).judge(operations)
            #expect(
                judgement.verdict == (known.isValid ? .pass : .violation),
                "\(known.file) after \(judgement.explored) configurations: \(judgement.violations)")
            for violation in judgement.violations {
                #expect(!violation.operations.isEmpty && !violation.title.isEmpty, "\(known.file)")
            }
        }
        #expect(all.isEmpty || all.count == 186)
    }
}
