// `compare` and `bench` as users call them, on real runs.

import Core
import Foundation
import Histories
import TestSupport
import Testing

@Suite struct CompareTests {
    /// Runs the counter some times into a folder of its own; with `bug` its service is the racy one, whatever
    /// the mode says, as a change to a service would make it.
    private func runs(
        _ contend: Contend, into folder: String, mode: String, bug: Bool = false, times: Int = 2
    ) async throws {
        let text = Scenarios.counter(rounds: 12)
        let scenario = try contend.write(
            bug ? text.replacing("\"${{ mode }}\"]", with: "racy]") : text, to: "counter.yaml")
        let finished = try await contend.run(
            "run", scenario, "--set", "mode=\(mode)", "--times", "\(times)", "--out", folder, "--seed", "7",
            "--quiet")
        #expect([0, 1].contains(finished.status), "\(finished.error)")
    }

    /// The verdict of the only run in a folder.
    private func verdict(_ contend: Contend, in folder: String) throws -> String {
        let files = FileManager.default.subpaths(atPath: "\(contend.folder)/\(folder)") ?? []
        return try #require(
            files.first { $0.hasSuffix("/verdict.json") && !$0.contains("latest") }.map { "\(folder)/\($0)" })
    }

    @Test func runsOfOneServiceHoldAgainstEachOther() async throws {
        let contend = try Contend()
        try await runs(contend, into: "base", mode: "safe")
        try FileManager.default.copyItem(atPath: "\(contend.folder)/base", toPath: "\(contend.folder)/copy")
        let same = try await contend.run("compare", "base", "copy", "--report", "markdown,html,json")
        #expect(same.status == 0, "\(same.output)\(same.error)")
        #expect(same.output.contains("NO REGRESSION") && same.output.contains("2 runs"))
        for line in same.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        for name in ["comparison.md", "comparison.html", "comparison.json"] {
            #expect(contend.exists("reports/comparisons/\(name)"))
        }
        let json = try await contend.run("compare", "base", "copy", "--json")
        guard case .object(let members) = try JSON.parse(json.output.utf8) else {
            Issue.record("no object: \(json.output)")
            return
        }
        #expect(members["outcome"] == "held")
        // A side held against itself, or against a part of itself, shows nothing.
        let part = try FileManager.default.contentsOfDirectory(atPath: "\(contend.folder)/base/test-counter")
            .filter { $0 != "latest" }.map { "base/test-counter/\($0)" }
        try FileManager.default.copyItem(
            atPath: "\(contend.folder)/copy", toPath: "\(contend.folder)/base/deeper")
        for (base, candidate) in [
            ("base", "base"), ("base", part[0]), (part[0], "base"), ("base/test-counter/latest", "base"),
            ("base", "base/deeper"),
        ] {
            let refused = try await contend.run("compare", base, candidate)
            #expect(refused.status == 64 && refused.output.isEmpty, "\(base) \(candidate): \(refused)")
            #expect(refused.error.contains("is on both sides"))
        }
    }

    @Test func aRunWithoutItsScenarioAndOneJudgedOtherwiseAreTwo() async throws {
        let contend = try Contend()
        try await runs(contend, into: "base", mode: "safe", times: 1)
        for (name, change) in [
            ("without", { _ in nil }),
            ("other", { $0.replacing("initial: \"first\"", with: "initial: \"second\"") }),
        ] as [(String, (String) -> String?)] {
            try FileManager.default.copyItem(
                atPath: "\(contend.folder)/base", toPath: "\(contend.folder)/\(name)")
            let file = try verdict(contend, in: name).replacing("verdict.json", with: "scenario.yaml")
            let text = try contend.read(file)
            if let changed = change(text) {
                #expect(changed != text)
                _ = try contend.write(changed, to: file)
            } else {
                try FileManager.default.removeItem(atPath: "\(contend.folder)/\(file)")
            }
            let refused = try await contend.run("compare", "base", name)
            #expect(refused.status == 2 && refused.output.isEmpty, "\(refused)")
            #expect(refused.error.contains(name == "without" ? "scenario.yaml" : "other models"))
        }
    }

    @Test func aMissingBaselineAndAnUnlikeOneAreNeverAPass() async throws {
        let contend = try Contend()
        try await runs(contend, into: "base", mode: "safe", times: 1)
        let missing = try await contend.run("compare", "no-such-run", "base")
        #expect(missing.status == 65 && missing.output.isEmpty)
        #expect(missing.error.contains("no run `no-such-run`"))
        try await runs(contend, into: "other", mode: "racy", times: 1)
        let unlike = try await contend.run("compare", "base", "other")
        #expect(unlike.status == 2 && unlike.output.isEmpty)
        #expect(unlike.error.contains("mode safe against racy"), "\(unlike.error)")
        _ = try contend.write("{", to: verdict(contend, in: "base"))
        let damaged = try await contend.run("compare", "base", "other")
        #expect(damaged.status == 65 && damaged.error.contains("verdict.json"))
    }

    @Test func aNewSafetyFindingIsOneAndARegressionThree() async throws {
        let contend = try Contend()
        try await runs(contend, into: "base", mode: "safe", times: 1)
        try FileManager.default.copyItem(
            atPath: "\(contend.folder)/base", toPath: "\(contend.folder)/slow")
        let file = try verdict(contend, in: "slow")
        let slow = try contend.read(file).replacing("\"ok\":", with: "\"ok\":1,\"was\":")
        _ = try contend.write(slow, to: file)
        let regression = try await contend.run("compare", "base", "slow")
        #expect(regression.status == 3, "\(regression.output)\(regression.error)")
        #expect(regression.output.contains("REGRESSION"))
        try await runs(contend, into: "bug", mode: "safe", bug: true, times: 1)
        let finished = try await contend.run("compare", "base", "bug")
        #expect(finished.status == 1, "\(finished.output)\(finished.error)")
        #expect(finished.output.contains("NEW SAFETY FINDING"))
    }

    @Test func aBenchmarkOfARacyServiceIsZeroAndWritesOneReport() async throws {
        let contend = try Contend()
        let scenario = try contend.write(Scenarios.counter(rounds: 10), to: "counter.yaml")
        let finished = try await contend.run(
            "bench", scenario, "--set", "mode=safe,racy", "--clients", "4", "--times", "2", "--seed", "3")
        #expect(finished.status == 0, "\(finished.output)\(finished.error)")
        #expect(finished.output.contains("bench · test-counter"))
        for suffix in ["html", "md", "json"] {
            #expect(contend.exists("reports/benchmarks/test-counter/test-counter.\(suffix)"))
        }
        let markdown = try contend.read("reports/benchmarks/test-counter/test-counter.md")
        #expect(markdown.contains("--set mode=safe,racy --clients 4 --times 2 --seed 3"))
        #expect(finished.error.split(separator: "\n").filter { $0.contains("/4  mode=") }.count == 4)
    }
}
