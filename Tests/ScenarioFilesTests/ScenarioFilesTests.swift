// Every scenario that ships is valid, and so is every cell of its matrix.

import Core
import Foundation
import Scenarios
import Testing

@Suite struct ScenarioFilesTests {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// All but `base.yaml`, which others extend.
    static let paths: [String] = {
        let folder = root.appending(path: "scenarios")
        let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return all.filter { path in
            path.hasSuffix(".yaml") && !path.hasSuffix("/base.yaml") && !path.contains("/.venv/")
        }.sorted()
    }()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: "scenarios/\(path)"), encoding: .utf8)
    }

    static func file(_ path: String) throws -> ScenarioFile {
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        return try ScenarioFile(text: text(path), path: "scenarios/\(path)") { other in
            let name = other.split(separator: "/").last.map(String.init) ?? other
            return try text(folder.isEmpty ? name : "\(folder)/\(name)")
        }
    }

    @Test func theIssuesScenariosAreThere() {
        #expect(Self.paths.filter { !$0.contains("/") }.count >= 8)
        #expect(Self.paths.filter { $0.hasPrefix("glance/") }.count >= 9)
        #expect(Self.paths.contains { $0.hasPrefix("own-service/") })
        #expect(Self.paths.filter { $0.hasPrefix("faults/") }.count >= 4)
    }

    @Test(arguments: paths)
    func theScenarioAndEveryCellOfItsMatrixAreValid(path: String) throws {
        let file = try Self.file(path)
        #expect(try !file.resolve(environment: [:]).operations.isEmpty)
        for cell in Self.cells(of: file.matrix) {
            let scenario = try file.resolve(cell, environment: [:])
            #expect(!scenario.models.isEmpty || !scenario.invariants.isEmpty)
        }
    }

    @Test(arguments: paths)
    func aMatrixSaysWhatIsExpectedOfEveryCell(path: String) throws {
        let file = try Self.file(path)
        for cell in Self.cells(of: file.matrix) where !file.matrix.isEmpty {
            let expected = file.expectations.contains { $0.when.allSatisfy { cell[$0.key] == $0.value } }
            #expect(expected, "no rule of `expect` matches \(cell)")
        }
    }

    /// Scenarios whose fault stops or slows everybody, with the guard that plants it and its cure.
    static let livenessGuards = [
        "lock-order.yaml": ["lock-order", "ordered-locks"],
        "lock-upgrade.yaml": ["lock-upgrade", "row-lock"],
        "two-connections.yaml": ["two-connections", "row-lock"],
        "retry-forever.yaml": ["retry-forever", "serializable"],
    ]
    /// Scenarios for `contend explore`, with the cure of what is planted.
    static let explored = [
        "narrow.yaml": "version-column", "write-skew.yaml": "serializable",
        "three-party.yaml": "version-column", "single-statement.yaml": "compare-and-swap",
    ]

    /// Stress need not find what is planted, but the cure has to hold.
    @Test(arguments: explored.keys.sorted())
    func anExploredScenarioIsCuredByDefaultAndHasServersAlone(path: String) throws {
        let file = try Self.file(path)
        #expect(file.matrix.first { $0.name == "guard" }?.values.last?.text == Self.explored[path])
        #expect(
            file.matrix.first { $0.name == "database" }?.values.compactMap(\.text)
                == ["postgresql", "mariadb"])
        #expect(file.expectations.last?.when.isEmpty == true && file.expectations.last?.verdict == .pass)
        #expect(try Self.text(path).contains("  guard: \(Self.explored[path] ?? "") "))
    }

    /// The table of prices, in which nothing is planted.
    static let benchmark = "select-for-update-is-not-free.yaml"

    @Test(arguments: livenessGuards.keys.sorted())
    func aPlantedFaultStandsBesideItsCure(path: String) throws {
        let file = try Self.file(path)
        let guards = file.matrix.first { $0.name == "guard" }?.values.compactMap(\.text)
        #expect(guards == Self.livenessGuards[path])
        #expect(file.expectations.first?.when["guard"]?.text == guards?.first)
        #expect(file.expectations.first?.verdict == .degraded && file.expectations.first?.finding != nil)
        #expect(file.expectations.last?.when.isEmpty == true && file.expectations.last?.verdict == .pass)
    }

    /// The bundled scenarios plant the bug in one guard and ask every other to hold, on all databases.
    @Test(
        arguments: paths.filter {
            !$0.contains("/") && livenessGuards[$0] == nil && explored[$0] == nil && $0 != benchmark
        })
    func aBundledScenarioCoversEveryGuardAndDatabase(path: String) throws {
        let file = try Self.file(path)
        let guards = file.matrix.first { $0.name == "guard" }?.values.compactMap(\.text) ?? []
        #expect(
            Set(guards) == [
                "check-then-act", "compare-and-swap", "version-column", "row-lock", "serializable",
            ])
        let databases = file.matrix.first { $0.name == "database" }?.values.compactMap(\.text) ?? []
        #expect(databases.prefix(3) == ["sqlite", "postgresql", "mariadb"])
        // Where it shows something that the others do not.
        #expect(databases.dropFirst(3).allSatisfy { $0 == "galera" })
        #expect(file.expectations.first?.when == ["guard": "check-then-act"])
        #expect(file.expectations.first?.verdict == .violation)
        #expect(file.expectations.first?.finding != nil)
    }

    static func cells(of axes: [MatrixAxis]) -> [[String: Value]] {
        axes.reduce([[:]]) { cells, axis in
            cells.flatMap { cell in axis.values.map { cell.merging([axis.name: $0]) { $1 } } }
        }
    }
}
