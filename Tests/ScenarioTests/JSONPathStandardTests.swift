// JSON paths as RFC 9535 has them: a selection of our own, and the published tests where they are at hand.

import Core
import Glibc
import Histories
import Testing

@testable import Scenarios

@Suite struct JSONPathStandardTests {
    private let versions: Value = .object([
        "versions": .array([
            .object(["name": "a", "stage": "Production", "n": 1, "tags": .array(["x"])]),
            .object(["name": "b", "stage": "Staging", "n": 2, "primary": true]),
            .object(["name": "c", "stage": "Production", "n": .double(3), "primary": false]),
        ]),
        "wanted": "Staging",
    ])

    @Test(arguments: [
        ("$.versions[?@.stage == 'Production'].name", ["a", "c"]),
        ("$.versions[?@.stage == $.wanted].name", ["b"]),
        ("$.versions[?@.stage != 'Production' || @.n >= 3].name", ["b", "c"]),
        ("$.versions[?@.primary == true].name", ["b"]), ("$.versions[?@.primary].name", ["b", "c"]),
        ("$.versions[?!@.primary].name", ["a"]), ("$.versions[?!(@.n < 2) && @.n <= 2].name", ["b"]),
        ("$.versions[?@.none == @.neither].name", ["a", "b", "c"]), ("$.versions[?@.n < 'z'].name", []),
        ("$.versions[1:].name", ["b", "c"]), ("$.versions[::-1].name", ["c", "b", "a"]),
        ("$.versions[:-1].name", ["a", "b"]), ("$.versions[0, -1].name", ["a", "c"]),
        ("$.versions[::0].name", []), ("$.versions[5:1:-1]['name', 'stage']", ["c", "Production"]),
        ("$..name", ["a", "b", "c"]), ("$..tags[*]", ["x"]),
        ("$.versions[?length(@.stage) == 7].name", ["b"]),
        ("$.versions[?count(@.*) > 3].name", ["a", "b", "c"]),
        ("$.versions[?count(@.tags[*]) == 1].name", ["a"]),
        ("$.versions[?match(@.name, '[ab]')].name", ["a", "b"]),
        ("$.versions[?search(@.stage, 'g+')].name", ["b"]),
        ("$.versions[?value(@..tags[0]) == 'x'].name", ["a"]),
        ("$.versions[?match(@.stage, 'tag')].name", []),
    ])
    func finds(path: String, expected: [String]) throws {
        let parsed = try JSONPath(text: path)
        #expect(parsed.evaluate(versions) == .array(expected.map { .string($0) }))
        #expect(try JSONPath(text: parsed.description) == parsed)
    }

    @Test func aFilteredListHasALength() throws {
        let path = try JSONPath(text: "$.versions[?@.stage == 'Production'] length")
        #expect(path.evaluate(versions) == 2)
        #expect(try JSONPath(text: path.description) == path)
    }

    /// An empty list would say that nothing is in production, where the answer says nothing of versions.
    @Test(arguments: [
        "$.version[?@.stage == 'Production']", "$.wanted[?@ == 1] length", "$.wanted[0:2]", "$.wanted..a",
    ])
    func aFilterOfWhatIsNotThereFindsNothing(path: String) throws {
        #expect(try JSONPath(text: path).evaluate(versions) == nil)
    }

    @Test(arguments: [
        ("$.versions[?@.stage == 'Retired'] length", [true]),
        ("$.versions[?@.stag == 'Production']", [false]),
        ("$.versions[?@.stage == 'x' && @.age > 1]", [true, false]),
        ("$.versions[?length(@.nam) > 1]", [false]),
        ("$.versions[*].tags[?@ == 'x']", [true]), ("$.versions[?!@.old].tags[?@.id]", [false, false]),
        ("$.versions[*].name", []),
    ])
    func probesTellWhetherAFilterHadAnythingToLookAt(path: String, found: [Bool]) throws {
        let probes = try JSONPath(text: path).probes
        #expect(probes.map { !$0.found(in: versions).isEmpty } == found, "\(probes)")
    }

    @Test(arguments: [
        ("json $.versions[?@.stage == 'Staging'] present", true),
        ("json $.versions[?@.stage == 'Retired'] present", false),
        ("json $.versions[?@.stage == 'Retired'] absent", true),
        ("json $.versions[?@.n == 2].name == \"b\"", true), ("json $.versions[*].name == \"z\"", false),
        ("json $.versions[*].name != \"z\"", true), ("json $.versions[?@.n > 1] length == 2", true),
    ])
    func conditionsAreAboutWhatIsFound(text: String, holds: Bool) throws {
        let pattern = try #require(try AnswerPattern.alternatives(text).first)
        #expect(pattern.matches(Answer(status: 200, json: versions)) == holds)
    }

    @Test(arguments: [
        ("a|bc", "bc", true), ("a|bc", "b", false), ("(ab)*c", "ababc", true), ("(ab)*c", "abac", false),
        ("a{2,3}", "aaa", true), ("a{2,3}", "aaaa", false), ("a{2,}", "aaaaa", true), ("a{2}", "a", false),
        ("[^a-c]+", "xyz", true), ("[^a-c]+", "xbz", false), ("[a-]", "-", true), ("\\p{Nd}+", "42", true),
        ("\\P{L}", "4", true), ("(a|b)?c", "c", true), ("", "", true), ("(|a)b", "b", true),
        ("(a*)*", "aaa", true),
    ])
    func patternsMatch(pattern: String, text: String, matches: Bool) throws {
        #expect(try #require(TextPattern(pattern)).matches(text) == matches)
    }

    @Test(arguments: [
        "a(", "[", "a{3,2}", "*", "\\d", "[z-a]", "\\p{Xx}", "a{9999999}", "((a{99}){99}){99}", ")",
    ])
    func whatIsNoPatternIsRefused(pattern: String) { #expect(TextPattern(pattern) == nil) }

    /// Backtracking would take longer than the world has existed.
    @Test func aPatternTakesTimeInTheLengthOfTheText() throws {
        let pattern = try #require(TextPattern("(a*)*b"))
        #expect(!pattern.matches(String(repeating: "a", count: 2_000)))
    }

    @Test func nestingIsLimited() {
        for text in [String(repeating: "(", count: 100_000), String(repeating: "@[?", count: 100_000)] {
            #expect(throws: TextError.self) { try JSONPath(text: "$[?" + text) }
        }
    }

    /// `JSONPATH_TESTS` names a folder with `cts.json` of jsonpath-standard/jsonpath-compliance-test-suite.
    @Test(.enabled(if: getenv("JSONPATH_TESTS") != nil)) func thePublishedTestsPass() throws {
        let folder = String(cString: getenv("JSONPATH_TESTS"))
        let suite = try JSON.parse(Array(try Fixture.contents(of: "\(folder)/cts.json").utf8))
        guard case .object(let members) = suite, let tests = members["tests"]?.elements else {
            Issue.record("cts.json holds no tests")
            return
        }
        #expect(tests.count > 600)
        for test in tests {
            guard case .object(let test) = test, let name = test["name"]?.text,
                let selector = test["selector"]?.text
            else { continue }
            var scanner = TextScanner(selector)
            let path = try? JSONPath.scan(&scanner)
            if test["invalid_selector"] != nil {
                #expect(path == nil || !scanner.isAtEnd, "\(name): \(selector)")
                continue
            }
            let found = path.map { $0.nodes(in: test["document"] ?? .null) }
            let right = test["results"]?.elements ?? [test["result"] ?? .null]
            #expect(
                scanner.isAtEnd && right.contains { found.map(Value.array).map($0.isEquivalent) ?? false },
                "\(name): \(selector) found \(found.map { JSON.text(.array($0)) } ?? "no path")")
        }
    }
}
