// `known-findings`: a list, or the file that holds it, and what is wrong with one.

import Testing

@testable import Scenarios

@Suite struct KnownFindingFileTests {
    static let base = """
        version: 1
        name: small
        target: { service: { urls: ["http://127.0.0.1:1"] } }
        operations: { show: { http: GET /, effect: none } }
        load: { clients: 1, for: 1s, mix: { show: 1 } }

        """
    static let list = """
        version: 1
        known-findings:
          - { scenario: small, class: "7c01ab33", reason: ticket 17, until: 2027-01-31 }
          - { scenario: other, class: 12345678, reason: ticket 18, until: 2027-02-28 }

        """

    private func file(_ text: String, knownFindings: String? = nil) throws -> ScenarioFile {
        struct Missing: Error {}
        return try ScenarioFile(text: text, path: "dir/small.yaml", knownFindings: knownFindings) { path in
            switch path {
            case "dir/known.yaml", "elsewhere.yaml": Self.list
            case "dir/bad.yaml":
                "version: 1\nknown-findings:\n"
                    + "  - { scenario: small, class: nonsense, reason: x, until: soon }\n"
            case "dir/typo.yaml": "version: 1\nknown-finding: []\n"
            default: throw Missing()
            }
        }
    }

    private func messages(_ text: String) -> [String] {
        do {
            _ = try file(text)
            return []
        } catch let errors as ScenarioErrors {
            return errors.diagnostics.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    @Test func aFileIsReadBesideTheScenario() throws {
        let scenario = try file(Self.base + "known-findings: known.yaml\n").resolve(environment: [:])
        #expect(scenario.knownFindings.map(\.classID) == ["7c01ab33", "12345678"])
        #expect(scenario.knownFindings[0].until.description == "2027-01-31")
        #expect(scenario.knownFindings[0].reason == "ticket 17")
    }

    @Test func theFlagsFileWinsOverTheScenarios() throws {
        let own = Self.base + "known-findings: no-such.yaml\n"
        #expect(
            try file(own, knownFindings: "elsewhere.yaml").resolve(environment: [:]).knownFindings.count == 2)
    }

    @Test func theResolvedScenarioHoldsTheListItself() throws {
        let scenario = try file(Self.base + "known-findings: known.yaml\n").resolve(environment: [:])
        let again = try file(scenario.resolvedYAML()).resolve(environment: [:])
        #expect(again.knownFindings == scenario.knownFindings)
    }

    @Test func mistakesInTheFileAreToldWithItsNameAndLine() {
        let bad = messages(Self.base + "known-findings: bad.yaml\n")
        #expect(
            bad.contains { $0.hasPrefix("dir/bad.yaml:3:") && $0.contains("`nonsense` is no class") },
            "\(bad)")
        #expect(bad.contains { $0.contains("`soon` is no day") })
        let typo = messages(Self.base + "known-findings: typo.yaml\n")
        #expect(
            typo.contains { $0.hasPrefix("dir/typo.yaml:2:1") && $0.contains("known-findings") }, "\(typo)")
        let missing = messages(Self.base + "known-findings: no-such.yaml\n")
        #expect(missing.contains { $0.contains("dir/no-such.yaml") && $0.contains("cannot be read") })
    }

    @Test func oneClassStandsOnlyOnce() {
        let twice = messages(
            Self.base
                + "known-findings: [{ scenario: a, class: 7c01ab33, reason: b, until: 2027-01-01 }, "
                + "{ scenario: a, class: 7c01ab33, reason: c, until: 2027-01-01 }]\n")
        #expect(twice.contains { $0.contains("listed twice") }, "\(twice)")
    }
}
