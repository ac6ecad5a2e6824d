// What keeps a file from being read is told in words.

import Foundation
import Glibc
import RunStore
import Scenarios
import TestSupport
import Testing

@testable import Engine

@Suite struct TextFileTests {
    private func reason(_ path: String) -> String? {
        do throws(TextFileError) {
            _ = try TextFile.read(path)
            return nil
        } catch { return "\(error)" }
    }

    @Test func aFileThatCannotBeReadSaysWhy() throws {
        let test = try TestRun()
        #expect(reason(test.folder + "/none.yaml") == "there is no such file")
        #expect(reason(test.folder) == "it is a folder")
        try Data([0x61, 0xFF, 0x0A]).write(to: URL(filePath: test.folder + "/latin.yaml"))
        #expect(reason(test.folder + "/latin.yaml") == "it is not text in UTF-8")
        try Data("né\n".utf8).write(to: URL(filePath: test.folder + "/right.yaml"))
        #expect(try TextFile.read(test.folder + "/right.yaml") == "né\n")
        #expect(reason(test.folder + "/right.yaml/deeper") == "not a directory")
        // An endless one is not read for ever.
        #expect(reason("/dev/zero") == "it is larger than 16 MiB")
        // A link to itself is what the system refuses to everybody, root as well.
        symlink("loop", test.folder + "/loop")
        #expect(reason(test.folder + "/loop") == "too many levels of symbolic links")
    }

    @Test func everyFileThatAScenarioNamesSaysWhy() throws {
        let test = try TestRun()
        func problem(_ text: String, named name: String = "test.yaml") throws -> String {
            let path = "\(test.folder)/\(name)"
            try Data(text.utf8).write(to: URL(filePath: path))
            do {
                _ = try ScenarioFile.load(path)
                return ""
            } catch { return "\(error)" }
        }
        let text = TestScenario().text
        for (key, part) in [
            ("extends: none.yaml", "`\(test.folder)/none.yaml` cannot be read: there is no such file"),
            ("extends: .", "cannot be read: it is a folder"),
            ("known-findings: none.yaml", "none.yaml` cannot be read: there is no such file"),
        ] {
            let problem = try problem(text + "\n" + key + "\n")
            #expect(problem.contains(part), "\(problem)")
            #expect(!problem.contains("Error") && !problem.contains("Domain"), "\(problem)")
        }
        let error = #expect(throws: RunError.self) { try ScenarioFile.load(test.folder) }
        #expect(error?.message.hasPrefix("\(test.folder) cannot be read: it is a folder") == true)
    }
}
