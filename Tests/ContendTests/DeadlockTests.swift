// Planted deadlocks on real servers, from the command line: every one counted and explained, none
// invented.

import Core
import Foundation
import Histories
import Testing

@Suite(.serialized) struct DeadlockTests {
    private func scenario(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../scenarios/\(name).yaml").standardized.path
    }

    private func verdict(_ text: String) throws -> (explanation: String, findings: [[String: Value]]) {
        guard case .object(let members) = try JSON.parse(text.utf8) else { return ("", []) }
        let check = members["checks"]?.elements?.first {
            if case .object(let check) = $0 { check["name"]?.text == "deadlocks" } else { false }
        }
        var explanation = ""
        if case .object(let check)? = check { explanation = check["explanation"]?.text ?? "" }
        let findings = (members["findings"]?.elements ?? []).compactMap { finding -> [String: Value]? in
            if case .object(let members) = finding { members } else { nil }
        }
        return (explanation, findings)
    }

    @Test(arguments: ["postgresql", "mariadb"])
    func everyDeadlockThatIsCountedIsExplained(database: String) async throws {
        let contend = try Contend()
        let run = try await contend.run(
            "run", scenario("lock-order"), "--set", "guard=lock-order", "--database", database,
            "--rounds",
            "4", "--json")
        #expect(run.status == 3, "\(run.error)")
        let (explanation, findings) = try verdict(run.output)
        let numbers = explanation.split { !$0.isNumber }.compactMap { Int($0) }
        try #require(numbers.count == 3, "\(explanation)")
        #expect(numbers[0] > 0 && numbers[1] == numbers[0], "\(explanation)")
        #expect(findings.map { $0["kind"]?.text } == ["deadlock"])
        let story = (findings.first?["story"]?.elements ?? []).compactMap(\.text).joined(separator: "\n")
        #expect(story.contains("FOR UPDATE") && story.contains("of replica"), "\(story)")
        // Each statement says by its trace whose it is.
        #expect(story.contains("of client") && !story.contains("probably"), "\(story)")
    }

    @Test(arguments: [("postgresql", "PostgreSQL"), ("mariadb", "MariaDB")])
    func theCureHasNone(database: String, name: String) async throws {
        let contend = try Contend()
        let run = try await contend.run(
            "run", scenario("lock-order"), "--set", "guard=ordered-locks", "--database", database,
            "--rounds", "10", "--json")
        #expect(run.status == 0, "\(run.output) \(run.error)")
        #expect(try verdict(run.output).explanation == "\(name) counted none")
    }

    /// Told while its requests still wait, not by their answers afterwards.
    @Test(arguments: ["postgresql", "mariadb"])
    func anExhaustedPoolIsToldWhileTheLoadLasts(database: String) async throws {
        let contend = try Contend()
        let run = try await contend.run(
            "run", scenario("two-connections"), "--set", "guard=two-connections", "--database", database,
            "--json")
        #expect(run.status == 3, "\(run.output) \(run.error)")
        let rest = try #require(run.error.range(of: "\nfinal reads"))
        #expect(run.error[..<rest.lowerBound].contains("a pool deadlock is suspected"), "\(run.error)")
        #expect(try verdict(run.output).findings.contains { $0["kind"]?.text == "pool-deadlock" })
    }
}
