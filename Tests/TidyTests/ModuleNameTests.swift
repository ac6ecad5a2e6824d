// A module with the name of a type hides the type's qualified name: `Scenario.Load` would mean a member of
// the type.

import Testing

@Suite struct ModuleNameTests {
    private static let keywords: Set<Substring> = [
        "struct", "class", "enum", "actor", "protocol", "typealias",
    ]
    private static let modifiers: Set<Substring> = [
        "public", "internal", "package", "private", "fileprivate", "final", "indirect", "nonisolated",
    ]

    /// The name of the type that the line declares.
    private static func declared(in line: String) -> String? {
        let words = line.split(separator: " ").drop { modifiers.contains($0) }
        guard let keyword = words.first, keywords.contains(keyword) else { return nil }
        return words.dropFirst().first.map { String($0.prefix { $0.isLetter || $0.isNumber || $0 == "_" }) }
    }

    @Test func noTypeHasTheNameOfAModule() {
        let modules = Set(SourceTree.sources.map(\.target))
        let clashes = SourceTree.sources.flatMap { file in
            file.code.indices.compactMap { index -> String? in
                guard let name = Self.declared(in: file.code[index]), modules.contains(name) else {
                    return nil
                }
                return "\(file.path):\(index + 1): \(name)"
            }
        }
        expectNone(clashes, "A target of ours has this name: give the type or the target another one.")
    }

    @Test func noTypeOfOneModuleHidesThatOfAnother() {
        var owners: [String: Set<String>] = [:]
        for file in SourceTree.sources {
            for line in file.code where !line.hasPrefix(" ") {
                guard let name = Self.declared(in: line), !line.hasPrefix("private"),
                    !line.hasPrefix("fileprivate")
                else { continue }
                owners[name, default: []].insert(file.target)
            }
        }
        let programs = PurityTests.programs.union(["ImageService"])
        let clashes = owners.filter { $0.value.subtracting(programs).count > 1 }
            .map { "\($0.key) in \($0.value.sorted().joined(separator: ", "))" }
        expectNone(clashes.sorted(), "Two targets have a type of this name: choose another for one of them.")
    }

    @Test func declarationsAreRead() {
        #expect(Self.declared(in: "    public final class Loop<Value>: Sendable {") == "Loop")
        #expect(Self.declared(in: "extension Loop {") == nil)
        #expect(SourceTree.sources.contains { $0.code.contains { Self.declared(in: $0) == "Scenario" } })
    }
}
