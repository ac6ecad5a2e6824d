// A module with the name of a type hides the type's qualified name: `Scenario.Load` would mean a member of
// the type.

import Testing

@Suite struct ModuleNameTests {
    private static var declaration: Regex<(Substring, Substring)> {
        #/^\s*(?:(?:public|internal|package|private|fileprivate|final|indirect|nonisolated) )*(?:struct|class|enum|actor|protocol|typealias) (\w+)/#
    }

    @Test func noTypeHasTheNameOfAModule() {
        let modules = Set(SourceTree.sources.map(\.target))
        let clashes = SourceTree.sources.flatMap { file in
            file.code.indices.compactMap { index -> String? in
                guard let name = file.code[index].firstMatch(of: Self.declaration)?.1,
                    modules.contains(String(name))
                else { return nil }
                return "\(file.path):\(index + 1): \(name)"
            }
        }
        expectNone(clashes, "A target of ours has this name: give the type or the target another one.")
    }

    @Test func noTypeOfOneModuleHidesThatOfAnother() {
        var owners: [String: Set<String>] = [:]
        for file in SourceTree.sources {
            for line in file.code where !line.hasPrefix(" ") {
                guard let name = line.firstMatch(of: Self.declaration)?.1, !line.hasPrefix("private"),
                    !line.hasPrefix("fileprivate")
                else { continue }
                owners[String(name), default: []].insert(file.target)
            }
        }
        let programs = PurityTests.programs.union(["ImageService"])
        let clashes = owners.filter { $0.value.subtracting(programs).count > 1 }
            .map { "\($0.key) in \($0.value.sorted().joined(separator: ", "))" }
        expectNone(clashes.sorted(), "Two targets have a type of this name: choose another for one of them.")
    }
}
