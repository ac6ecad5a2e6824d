// contend in a pipeline: the example of the documentation, the workflow's gate, reports and annotations.

import Core
import Foundation
import Histories
import Testing

@Suite(.serialized) struct PipelineTests {
    /// The repository's files, seen from a folder of their own, and contend in PATH.
    private struct Checkout {
        let contend: Contend

        init() throws {
            contend = try Contend()
            for name in ["scenarios", ".build"] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(contend.folder)/\(name)", withDestinationPath: "\(Contend.repository)/\(name)")
            }
        }

        /// Runs a line of shell as a runner would.
        func shell(_ line: String, environment: [String: String] = [:]) async throws -> Finished {
            let folder = URL(filePath: Contend.program).deletingLastPathComponent().path
            let path = folder + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
            return try await contend.start(
                program: "/bin/sh", ["-c", line], environment: environment.merging(["PATH": path]) { $1 }
            ).finish()
        }
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(Contend.repository)/\(path)", encoding: .utf8)
    }

    @Test func theExampleOfTheDocumentationDoesWhatItSays() async throws {
        let lines = try text("docs/ci.md").split(separator: "\n").filter {
            $0.hasPrefix("contend run ") && $0.contains("# exit ")
        }
        try #require(lines.count == 2)
        let checkout = try Checkout()
        for line in lines {
            let expected = try #require(line.split(separator: " ").last.flatMap { Int32($0) })
            let finished = try await checkout.shell(String(line))
            #expect(finished.status == expected, "\(line)\n\(finished.output) \(finished.error)")
            let junit = try checkout.contend.read("reports/runs/junit.xml")
            #expect(junit.contains("<failure") == (expected == 1))
            let markdown = try checkout.contend.read("reports/runs/report.md")
            #expect(markdown.contains("lost-update") == (expected == 1))
        }
    }

    @Test func theWorkflowsGateRunsAsWrittenAndTellsGitHub() async throws {
        let line = try #require(
            try text(".github/workflows/contend.yml").split(separator: "\n").first {
                $0.contains("run: ") && $0.contains("contend run ")
            })
        let command = String(line.trimmingCharacters(in: .whitespaces).dropFirst("run: ".count))
        let checkout = try Checkout()
        let summary = "\(checkout.contend.folder)/summary.md"
        let github = ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary]
        let fixed = try await checkout.shell(command, environment: github)
        #expect(fixed.status == 0, "\(fixed.output) \(fixed.error)")
        #expect(!fixed.error.contains("::error"))
        let planted = command.replacing("compare-and-swap", with: "check-then-act")
        let found = try await checkout.shell(planted, environment: github)
        #expect(found.status == 1, "\(found.output) \(found.error)")
        #expect(found.error.contains("\n::error file=scenarios/deactivate-vs-rename.yaml,line="))
        // The first run's part stays: a step may run several commands.
        let told = try String(contentsOfFile: summary, encoding: .utf8)
        #expect(told.components(separatedBy: "## contend: ").count == 3)
    }

    @Test func whatIsAcceptedFailsNothingAndFailOnLetsTheRestThrough() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(mode: "racy"), to: "counter.yaml")
        let first = try await contend.run("run", file, "--json", "--quiet")
        #expect(first.status == 1)
        guard case .object(let verdict) = try JSON.parse(first.output.utf8) else { return }
        let classes = (verdict["findings"]?.elements ?? []).compactMap { finding -> String? in
            if case .object(let members) = finding { members["class"]?.text } else { nil }
        }
        try #require(!classes.isEmpty)
        let entries = classes.map {
            "  - { scenario: test-counter, class: \"\($0)\", reason: ticket 17, until: 2999-12-31 }\n"
        }
        let known = try contend.write(
            "version: 1\nknown-findings:\n" + entries.joined(), to: "known.yaml")
        let accepted = try await contend.run("run", file, "--known-findings", known, "--report", "junit")
        #expect(accepted.status == 0, "\(accepted.output) \(accepted.error)")
        #expect(accepted.output.contains("KNOWN 1") && accepted.output.contains("ticket 17"))
        #expect(try contend.read("reports/runs/junit.xml").contains("<skipped message=\"accepted until"))
        // Judged again by what is stored, and by another list.
        #expect(try await contend.run("check", "latest").status == 0)
        let none = try contend.write("version: 1\nknown-findings: []\n", to: "none.yaml")
        #expect(try await contend.run("check", "latest", "--known-findings", none).status == 1)
        // A safety violation gets through no door.
        #expect(try await contend.run("run", file, "--fail-on", "violation").status == 1)
    }

    @Test func failOnViolationLetsAVacuousRunThrough() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(), to: "counter.yaml")
        let one = ["run", file, "--clients", "1", "--rounds", "2"]
        #expect(try await contend.start(one).finish().status == 2)
        let lenient = try await contend.start(one + ["--fail-on", "violation", "--report", "junit"]).finish()
        #expect(lenient.status == 0, "\(lenient.output) \(lenient.error)")
        #expect(try contend.read("reports/runs/junit.xml").contains("<skipped"))
    }

    @Test func aReportThatCannotBeWrittenChangesNoExitCode() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(), to: "counter.yaml")
        for name in ["junit.xml", "report.md", "report.json"] {
            try FileManager.default.createDirectory(
                atPath: "\(contend.folder)/reports/runs/\(name)/in-the-way", withIntermediateDirectories: true
            )
        }
        let finished = try await contend.run(
            "run", file, "--report", "junit,markdown,json",
            environment: ["GITHUB_STEP_SUMMARY": contend.folder + "/no/such/folder"])
        #expect(finished.status == 0, "\(finished.output) \(finished.error)")
        #expect(finished.error.components(separatedBy: "warning: cannot write").count == 4)
        #expect(finished.error.contains("warning: cannot open the job summary"))
    }
}
