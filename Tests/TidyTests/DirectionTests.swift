// Imports point one way: ARCHITECTURE.md, Package.swift and the sources must tell the same story.

import Testing

@Suite struct DirectionTests {
    /// What every target may import without declaring it: the platform and the standard toolchain.
    static let platform: Set<String> = [
        "Swift", "Foundation", "FoundationEssentials", "FoundationXML", "Glibc", "Dispatch",
        "Synchronization",
        "Testing", "Observation", "RegexBuilder", "_StringProcessing",
    ]

    let table: ArchitectureTable
    let manifest: PackageManifest

    init() throws {
        table = ArchitectureTable(text: try SourceTree.text("ARCHITECTURE.md"))
        manifest = PackageManifest(text: try SourceTree.text("Package.swift"))
    }

    @Test func theTableAndThePackageNameTheSameTargets() {
        #expect(Set(table.rows.map(\.target)) == Set(manifest.targets.map(\.name)))
        #expect(Set(SourceTree.sources.map(\.target)).isSubset(of: Set(manifest.targets.map(\.name))))
        #expect(table.rows.count == Set(table.rows.map(\.target)).count)
    }

    @Test func theTableSaysWhatThePackageDeclares() {
        let ours = Set(manifest.targets.map(\.name))
        for target in manifest.targets {
            guard let row = table.rows.first(where: { $0.target == target.name }) else { continue }
            #expect(
                row.ours == target.modules.intersection(ours),
                "ARCHITECTURE.md and Package.swift differ on which of our targets \(target.name) may import")
            #expect(
                row.thirdParty == target.modules.subtracting(ours),
                "ARCHITECTURE.md and Package.swift differ on what \(target.name) takes from others")
        }
    }

    @Test func aTargetImportsOnlyTargetsAboveIt() {
        for (index, row) in table.rows.enumerated() {
            let above = Set(table.rows[..<index].map(\.target))
            #expect(
                row.ours.isSubset(of: above), "\(row.target) imports a target below it in ARCHITECTURE.md")
        }
    }

    @Test func everyImportIsDeclared() {
        let declared = Dictionary(
            uniqueKeysWithValues: (manifest.targets + manifest.tests).map { ($0.name, $0.modules) })
        let strays = (SourceTree.sources + SourceTree.tests).flatMap { file in
            file.imports
                .filter { !Self.platform.contains($0.module) }
                .filter { declared[file.target]?.contains($0.module) != true }
                .map { "\(file.path):\($0.line): import \($0.module)" }
        }
        expectNone(strays, "Every import is declared for its target in Package.swift.")
    }

    @Test func everyDeclaredModuleIsImported() {
        let imported = Dictionary(grouping: SourceTree.sources, by: \.target)
            .mapValues { Set($0.flatMap(\.imports).map(\.module)) }
        let unused = manifest.targets.flatMap { target in
            target.modules.subtracting(imported[target.name] ?? []).sorted().map { "\(target.name): \($0)" }
        }
        expectNone(unused, "Package.swift declares no module that its target does not import.")
    }

    @Test func theManifestIsUnderstood() {
        let text = """
            let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
                targets: [
                    .target(name: "C"),
                    library("A", ["B", nio("NIOCore"), grdb]),
                    program(
                        "p", ["A"]),
                    tests("ATests", ["A"]),
            """
        let manifest = PackageManifest(text: text)
        #expect(manifest.targets.map(\.name) == ["C", "A", "p"])
        #expect(manifest.targets[1].modules == ["B", "NIOCore", "GRDB"])
        #expect(manifest.tests.first?.modules == ["A"])
    }
}
