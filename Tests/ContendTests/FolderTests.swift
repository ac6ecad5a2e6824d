// A folder in the place of scenario files: the scenarios below it, and nothing else that is YAML.

import Foundation
import TestSupport
import Testing

@Suite struct FolderTests {
    @Test func aFolderStandsForTheScenariosBelowIt() async throws {
        let contend = try Contend()
        for folder in ["all", "all/regressions", "none"] {
            try FileManager.default.createDirectory(
                atPath: "\(contend.folder)/\(folder)", withIntermediateDirectories: true)
        }
        let whole = TestScenario().text
        let base = whole.split(separator: "\n").filter { !$0.hasPrefix("name:") }.joined(separator: "\n")
        _ = try contend.write(base, to: "all/base.yaml")
        _ = try contend.write("extends: base.yaml\nname: derived\n", to: "all/derived.yaml")
        _ = try contend.write("version: 1\nknown-findings: []\n", to: "all/known.yaml")
        _ = try contend.write("extends: ../derived.yaml\nname: deep\n", to: "all/regressions/deep.yml")
        let valid = try await contend.run("validate", "all")
        #expect(valid.status == 0, "\(valid.error)")
        #expect(valid.output == "all/derived.yaml: valid\nall/regressions/deep.yml: valid\n")
        #expect(try await contend.run("validate", "none").status == 64)
        // Named by itself, a file that is only extended is judged by those that do so.
        let extended = try await contend.run("validate", "all/base.yaml")
        #expect(extended.status == 0, "\(extended.error)")
        #expect(
            extended.output
                == "all/base.yaml: valid in the 2 scenarios that extend it; nothing runs from it alone\n")
        _ = try contend.write("nonsense: 1\n" + base, to: "all/base.yaml")
        let wrong = try await contend.run("validate", "all/base.yaml")
        #expect(wrong.status == 65 && wrong.output.isEmpty, "\(wrong.output)")
        #expect(
            wrong.error.contains("all/base.yaml:1:1") && wrong.error.contains("1 error"), "\(wrong.error)")
        _ = try contend.write(base, to: "all/base.yaml")
        // What cannot be read is told, not passed over.
        _ = try contend.write("name: [", to: "all/broken.yaml")
        let broken = try await contend.run("validate", "all")
        #expect(broken.status == 65 && broken.error.contains("all/broken.yaml:"))
        #expect(broken.output == valid.output)
    }
}
