// The resolved scenario that a run directory keeps loads again to an equal one.

import Core
import Testing

@testable import Scenarios

@Suite struct RoundTripTests {
    @Test(arguments: ["image-deactivate.yaml", "orders-quota.yaml", "everything.yaml"])
    func resolvedScenarioLoadsToAnEqualOne(name: String) throws {
        let file = try Fixture.file(name)
        for cell in file.cells() {
            let settings = Dictionary(uniqueKeysWithValues: cell.map { ($0.name, $0.value) })
            var scenario = try file.resolve(
                settings, environment: ["PGSERVER": "postgresql://127.0.0.1:5433/"])
            scenario.sensitiveValues = []
            let text = scenario.resolvedYAML()
            let again = try Fixture.resolve(text)
            #expect(again.comparable == scenario.comparable, "\(text)")
        }
    }

    @Test func whereAScenarioStandsIsNotWhatItDoes() throws {
        let text = scenario(operations: "  put: { http: PUT /item }\n")
        let (first, moved) = (try Fixture.resolve(text), try Fixture.resolve("# moved\n\n" + text))
        #expect(first != moved && first.comparable == moved.comparable)
        let other = try Fixture.resolve(scenario(operations: "  put: { http: PUT /other }\n"))
        #expect(first.comparable != other.comparable)
    }

    @Test func aSpreadIsTheSameWhereEveryClientSendsOneRequest() throws {
        func scenario(_ spread: String, _ operation: String) throws -> Scenario {
            try Fixture.resolve(
                ScenarioTests.scenario(
                    operations: "  put: \(operation)\n",
                    load:
                        "{ burst: { rounds: 1, clients: 2 }, each-round: { mix: { put: 1 } }, spread: \(spread) }"
                ))
        }
        let single = "{ http: PUT /item }"
        #expect(try scenario("round-robin", single).comparable == scenario("pinned", single).comparable)
        #expect(try scenario("random", single).comparable != scenario("pinned", single).comparable)
        let retried = "{ http: PUT /item, retry: { when: 409, attempts: 2 } }"
        #expect(try scenario("round-robin", retried).comparable != scenario("pinned", retried).comparable)
    }

    @Test(arguments: [1, 2, 3])
    func randomValuesSurviveWritingAndReading(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        for _ in 0..<100 {
            let value = generator.value(depth: 3)
            let body = YAMLText.map([("json", value)]).document { $0 }
            let indented = body.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
            let text = scenario(operations: "  put:\n    http: PUT /item\n\(indented)\n")
            let again = try Fixture.resolve(text)
            guard case .json(let template) = again.operations[0].steps[0].request.body else {
                Issue.record("no body, seed \(seed)")
                return
            }
            #expect(try template.value(in: Bindings()) == value, "seed \(seed)\n\(text)")
        }
    }

    /// A character outside of ASCII may take ten when it is written, and YAML looks only so far for a colon.
    @Test(arguments: [90, 99, 100, 101, 102, 103, 150, 900])
    func longKeysSurviveWritingAndReading(length: Int) throws {
        let key = String(repeating: "\u{FFFD}", count: length)
        let members: [String: Value] = ["a": 1, key: .object(["b": .object([key: "c"])])]
        let body = YAMLText.map([("json", Value.object(members))]).document { $0 }
        let indented = body.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        let scenario = try Fixture.resolve(
            scenario(operations: "  put:\n    http: PUT /item\n\(indented)\n"))
        let again = try ScenarioFile(text: scenario.resolvedYAML(), path: "again.yaml") { _ in "" }
            .resolve([:], environment: [:])
        guard case .json(let template) = again.operations[0].steps[0].request.body else {
            Issue.record("no body")
            return
        }
        #expect(try template.value(in: Bindings()) == .object(members))
    }

    @Test func durationsSharesAndRatesReadBackExactly() throws {
        var generator = SeededGenerator(state: 7)
        for _ in 0..<1000 {
            let duration = Duration.nanoseconds(Int64(generator.next() % 600_000_000_000_000))
            #expect(try Units.duration(Units.text(duration)) == duration)
        }
        for percent in stride(from: 0.0, through: 100, by: 0.1) {
            #expect(try Units.share(Units.text(share: percent / 100)) == percent / 100)
        }
        for rate in [400, 0.5, 1.25, 33_333] { #expect(try Units.rate(Units.text(rate: rate)) == rate) }
    }

    @Test func environmentValuesAndUsersOfURLsAreRedactedInTheResolvedScenario() throws {
        let text = """
            version: 1
            name: small
            target:
              service: { command: [server, "--token=${{ env.TOKEN }}"] }
              database: { postgresql: { url: "postgresql://me:pw@127.0.0.1/" } }
            operations:
              put: { http: PUT /item }
            load: { clients: 2, for: 1s, mix: { put: 1 } }
            """
        let plain = try Fixture.parse(text).resolve(environment: ["TOKEN": "small"])
        #expect(plain.sensitiveValues.isEmpty, "what the file says itself is no secret")
        let scenario = try Fixture.parse(text).resolve(environment: ["TOKEN": "s3cret-token"])
        let written = scenario.resolvedYAML()
        #expect(scenario.sensitiveValues == ["s3cret-token"])
        #expect(written.contains("--token=[redacted]"))
        #expect(written.contains("postgresql://[redacted]@127.0.0.1/"))
        #expect(!written.contains("s3cret-token") && !written.contains("me:pw"))
    }
}

extension SeededGenerator {
    mutating func value(depth: Int) -> Value {
        let texts = [
            "", "yes", "on", "null", "12", "1.5", "a: b", "# no", "two\nlines\n", "tab\t", "\"quoted\" \\",
            "ünï", "🙂",
            "\u{7f}\u{0}", " - x", "[a]", "{", "'", "true", "~", "\u{2028}",
        ]
        switch next() % (depth > 0 ? 8 : 6) {
        case 0: return .null
        case 1: return .bool(next() % 2 == 0)
        case 2: return .int(Int(truncatingIfNeeded: next()))
        case 3: return .double(Double(Int64(truncatingIfNeeded: next()) >> 20) / 1024 + 0.25)
        case 4, 5: return .string(texts[Int(next() % UInt64(texts.count))])
        case 6: return .array((0..<Int(next() % 4)).map { _ in value(depth: depth - 1) })
        default:
            var members: [String: Value] = [:]
            for _ in 0..<(next() % 4) {
                members[texts[Int(next() % UInt64(texts.count))]] = value(depth: depth - 1)
            }
            return .object(members)
        }
    }
}
