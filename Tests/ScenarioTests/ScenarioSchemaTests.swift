// schemas/scenario.schema.json is what the key tables say; the scenarios that ship keep to it, and what the
// decoder refuses for its keys and types the schema refuses as well.

import Core
import Foundation
import Histories
import TestSupport
import Testing

@testable import Scenarios

@Suite struct ScenarioSchemaTests {
    private let validator = SchemaValidator(ScenarioFile.schema, strict: true)

    /// All files of `scenarios/` and of the fixtures, those that only extend or are extended among them.
    static let paths: [String] = ["scenarios", "Tests/ScenarioTests/Fixtures"].flatMap { folder in
        let all = FileManager.default.enumerator(atPath: Golden.repository.appending(path: folder).path)
        return (all?.compactMap { $0 as? String } ?? [])
            .filter { $0.hasSuffix(".yaml") && !$0.contains(".venv/") }.sorted().map { "\(folder)/\($0)" }
    }

    static func tree(_ path: String) throws -> Value {
        try tree(text: String(contentsOf: Golden.repository.appending(path: path), encoding: .utf8))
    }

    /// One file as it is written, without what it extends.
    static func tree(text: String) throws -> Value {
        var sources = SourceFiles()
        let file = sources.add(path: "test.yaml", text: text)
        var source = YAMLSource(sources: sources, file: file)
        let node = source.compose(text)
        return try #require(node, "\(source.diagnostics)").written
    }

    @Test func theCommittedSchemaIsThatOfTheKeyTables() {
        let text = ScenarioFile.schema.text
        #expect(Golden.difference(of: text, fromRepositoryFile: "schemas/scenario.schema.json") == nil)
    }

    @Test(arguments: paths)
    func aScenarioThatShipsIsValidAsItIsWritten(path: String) throws {
        #expect(validator.problems(try Self.tree(path)).isEmpty)
    }

    @Test func thereAreScenariosOfEveryKind() {
        #expect(Self.paths.count >= 28)
        #expect(Self.paths.contains("scenarios/glance/base.yaml"))
    }

    @Test(arguments: ["image-deactivate.yaml", "orders-quota.yaml", "everything.yaml"])
    func aResolvedScenarioIsValid(name: String) throws {
        let environment = ["PGSERVER": "postgresql://127.0.0.1:5433/"]
        let text = try Fixture.file(name).resolve(environment: environment).resolvedYAML()
        #expect(validator.problems(try Self.tree(text: text)).isEmpty, "\(text)")
    }

    @Test func everyBlockRefusesUnknownKeysAndHasADescriptionForEach() {
        for table in KeyTable.all {
            for name in [table.definition, "part-of-" + table.definition] {
                let problems = validator.problems(.object(["nonsense": 1]), definition: name)
                #expect(problems.contains("$.nonsense should not be there"), "\(name): \(problems)")
            }
            #expect(
                table.entries.allSatisfy { $0.summary.count > 5 && $0.summary.count < 90 }, "\(table.block)")
            #expect(Set(table.keys).count == table.keys.count)
        }
        #expect(Set(KeyTable.all.map(\.definition)).count == KeyTable.all.count)
    }

    @Test func everyBlockMissesItsRequiredKeysUnlessItIsAPart() {
        for table in KeyTable.all {
            let missing = validator.problems(.object([:]), definition: table.definition)
            for key in table.entries where key.isRequired {
                #expect(missing.contains("$.\(key.name) is missing"), "\(table.block)")
            }
            #expect(
                missing.isEmpty == (table.exactlyOne.isEmpty && !table.entries.contains(where: \.isRequired)))
            #expect(validator.problems(.object([:]), definition: "part-of-" + table.definition).isEmpty)
        }
    }

    /// Path in everything.yaml, and what stands there instead.
    static let mutations: [(path: String, value: Value?)] = [
        ("version", 2), ("version", nil), ("target", nil), ("operations", nil), ("load", nil),
        ("nonsense", 1), ("target service nonsense", 1), ("target service replicas", 0),
        ("target service replicas", "three"), ("target service urls", .array(["http://127.0.0.1:1"])),
        ("target service stop signal", "HUP"), ("target service stop grace", 5), ("load for", 90),
        ("load for", "90 minutes"), ("load rate", "400"), ("load spread", "sticky"),
        ("load clients most", nil), ("load mix add", 0), ("load keys account count", nil),
        ("load keys account hott", 1), ("operations show http", nil), ("operations show effect", "write"),
        ("operations add retry when", nil), ("operations add retry on", 1),
        ("operations add outcome okay", 1),
        ("operations edit steps 0 htp", "GET /"), ("operations add json2", 1),
        ("operations edit http", "GET /"), ("operations edit capture", .object(["a": "status"])),
        ("models quota register", .object([:])),
        ("models word registr", .object([:])), ("models quota bounded-counter limt", 1),
        ("models quota consistency", "eventual"), ("models word register write value", nil),
        ("invariants 0 always", nil), ("invariants 0 unique", "a.b"), ("invariants 0 name", nil),
        ("invariants 2 pre", "run"),
        ("faults 0 every", "1s"), ("faults 0 restart replica", -1), ("faults 1 kill restart", "1s"),
        ("faults 2 pause replica", "some"), ("thresholds latncy", "max<2s"),
        ("thresholds add.deadlocks", "count<1"), ("thresholds fail limit", nil),
        ("thresholds fail abort", true), ("expect 0 verdict", "passed"), ("expect 0 finding", "race"),
        ("secrets", "TOKEN"), ("setup 0 http", nil), ("setup 0 hedders", .object([:])),
        ("defaults timeout", "2"), ("seed", -1), ("seed", "many"),
    ]

    @Test(arguments: mutations.indices)
    func aMistakeIsInvalidToTheSchemaAndToTheDecoder(index: Int) throws {
        let (path, value) = Self.mutations[index]
        let words = path.split(separator: " ").map(String.init)
        let tree = try Self.tree("Tests/ScenarioTests/Fixtures/everything.yaml")
        #expect(validator.problems(tree).isEmpty)
        let broken = tree.replacing(words, with: value)
        #expect(broken != tree && !validator.problems(broken).isEmpty, "\(path) \(String(describing: value))")
        // JSON is YAML: what the schema refuses is no mere opinion of the schema.
        #expect(!Fixture.problems(JSON.text(broken)).isEmpty, "\(path) \(String(describing: value))")
    }

    /// A parameter may stand for any value but those that are read before parameters are chosen.
    @Test(arguments: [
        "target service replicas", "target service stop grace", "target service stop signal", "load rate",
        "load clients most", "load mix add", "load spread", "load keys account count", "load for",
        "operations add retry attempts", "operations add retry backoff", "operations edit needs reuse",
        "models quota bounded-counter limit", "models quota consistency", "faults 2 pause for",
        "faults 2 pause replica", "thresholds add.unknown", "thresholds fail after-operations",
        "operations show effect", "operations add vary amount", "load keys account", "defaults headers",
    ])
    func aPlaceholderMayStandThere(path: String) throws {
        let words = path.split(separator: " ").map(String.init)
        let tree = try Self.tree("Tests/ScenarioTests/Fixtures/everything.yaml")
        let filled = tree.replacing(words, with: "${{ some }}")
        #expect(filled != tree && validator.problems(filled).isEmpty)
    }

    @Test func aFileThatExtendsAnotherNeedNotBeWholeAndMayTakeKeysAway() throws {
        let text = """
            version: 1
            name: part
            extends: base.yaml
            thresholds: null
            load: { keys: null, burst: { rounds: 9 } }
            target: { service: { stop: { grace: 1s } } }
            """
        let tree = try Self.tree(text: text)
        #expect(validator.problems(tree).isEmpty)
        #expect(!validator.problems(tree.replacing(["extends"], with: nil)).isEmpty)
        #expect(!validator.problems(tree.replacing(["load", "burst", "round"], with: 1)).isEmpty)
        // A name of a map goes like any other key, and only where there is something to take it from.
        let names = """
            version: 1
            name: part
            extends: base.yaml
            operations: { show: null }
            models: { value: null }
            load: { mix: { add: null }, keys: { item: null } }
            defaults: { headers: { X-Some: null } }
            thresholds: { latency: null, add.latency: null }
            """
        let without = try Self.tree(text: names)
        #expect(validator.problems(without).isEmpty, "\(validator.problems(without))")
        let whole = try Self.tree("Tests/ScenarioTests/Fixtures/everything.yaml")
        for path in ["operations show", "load mix add", "thresholds add.unknown"] {
            let words = path.split(separator: " ").map(String.init)
            #expect(!validator.problems(whole.replacing(words, with: .null)).isEmpty, "\(path)")
        }
        // A list is replaced as a whole, so that what stands in it must be complete.
        let fault = tree.replacing(["faults"], with: .array([.object(["at": "1s"])]))
        #expect(!validator.problems(fault).isEmpty)
    }
}

extension SourceNode {
    /// As a reader of YAML sees it.
    var written: Value {
        switch content {
        case .sequence(let elements): .array(elements.map(\.written))
        case .mapping(let entries):
            .object(Dictionary(entries.map { ($0.key, $0.value.written) }) { _, last in last })
        case .scalar(let scalar):
            if let text = scalar.text {
                scalar.style == .plain ? Value(plainScalar: text) : .string(text)
            } else {
                .string(Template(scalar, at: place).source)
            }
        }
    }
}
