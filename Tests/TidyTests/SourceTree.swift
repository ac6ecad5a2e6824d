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
    }

    /// The modules it imports, with their line numbers from 1.
    var imports: [(module: String, line: Int)] {
        code.enumerated().compactMap { index, line in
            guard let match = line.firstMatch(of: Self.importPattern) else { return nil }
            return (String(match.1), index + 1)
        }
    }

    private nonisolated(unsafe) static let importPattern =
        /^(?:@\w+(?:\([^)]*\))? )*(?:public |package |internal |private |fileprivate )?import (?:struct |class |enum |protocol |func |let |var )?(\w+)/

    /// Line numbers from 1 on which `token` stands as code; a token that begins with a letter must begin a word there.
    func linesOfCode(with token: String) -> [Int] {
        code.indices.filter { contains(token, in: code[$0]) }.map { $0 + 1 }
    }

    private func contains(_ token: String, in line: String) -> Bool {
        line.ranges(of: token).contains { range in
            guard token.first?.isLetter == true, range.lowerBound > line.startIndex else { return true }
            let before = line[line.index(before: range.lowerBound)]
            return !before.isLetter && !before.isNumber && before != "_" && before != "."
        }
    }
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
