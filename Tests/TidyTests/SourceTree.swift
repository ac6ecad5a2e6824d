// The repository as the rules see it: its Swift files with their text, their code and their target.

import Foundation

/// One Swift file.
struct SourceFile {
    /// Relative to the repository.
    var path: String
    /// `Sources` or `Tests`.
    var area: String
    /// The folder under the area: the target's name.
    var target: String
    var lines: [String]
    /// The lines without comments and string contents, see `CodeScanner`.
    var code: [String]
    /// The modules it imports, with their line numbers from 1.
    var imports: [(module: String, line: Int)]

    var name: String { String(path.split(separator: "/").last ?? "") }

    init(path: String, text: String) {
        let folders = path.split(separator: "/")
        self.path = path
        area = String(folders.first ?? "")
        target = folders.count > 1 ? String(folders[1]) : ""
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        code = CodeScanner.code(of: text).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        imports = Self.imports(in: code)
    }

    private nonisolated(unsafe) static let importPattern =
        /^ *(?:@\w+(?:\([^)]*\))? )*(?:\w+ )?import (?:(?:struct|class|enum|protocol|func|let|var) )?(\w+)/

    private static func imports(in code: [String]) -> [(module: String, line: Int)] {
        code.enumerated().compactMap { index, line in
            guard line.holds("import "), let match = line.firstMatch(of: importPattern) else { return nil }
            return (String(match.1), index + 1)
        }
    }

    /// Line numbers from 1 on which `token` stands as code; one that begins with a letter must begin a word
    /// there, and not be declared there.
    func linesOfCode(with token: String) -> [Int] {
        code.indices.filter { code[$0].holds(token) && contains(token, in: code[$0]) }.map { $0 + 1 }
    }

    private func contains(_ token: String, in line: String) -> Bool {
        line.ranges(of: token).contains { range in
            guard token.first?.isLetter == true, range.lowerBound > line.startIndex else { return true }
            let words = line[..<range.lowerBound].split(separator: " ")
            if words.last == "case" || words.last == "func" { return false }
            let before = line[line.index(before: range.lowerBound)]
            return !before.isLetter && !before.isNumber && before != "_" && before != "."
        }
    }
}

extension String {
    /// Whether the bytes of `token` stand somewhere in it; much faster than a search over characters.
    func holds(_ token: String) -> Bool {
        let token = Array(token.utf8)
        guard let first = token.first else { return true }
        return utf8.withContiguousStorageIfAvailable { bytes in
            guard bytes.count >= token.count else { return false }
            return (0...(bytes.count - token.count)).contains { start in
                bytes[start] == first && token.indices.allSatisfy { bytes[start + $0] == token[$0] }
            }
        } ?? contains(token: token)
    }

    private func contains(token: [UInt8]) -> Bool { Array(utf8).ranges(of: token).first != nil }
}

/// All Swift files of the repository, and its other texts.
enum SourceTree {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let sources = files(under: "Sources")
    static let tests = files(under: "Tests")

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func files(under area: String) -> [SourceFile] {
        let folder = root.appending(path: area)
        let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            (try? text("\(area)/\(path)")).map { SourceFile(path: "\(area)/\(path)", text: $0) }
        }
    }
}
