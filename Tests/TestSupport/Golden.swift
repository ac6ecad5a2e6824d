// Texts of the terminal and generated files are compared with files, which are read as a user would read
// them.

public import Foundation

public enum Golden {
    /// The root of the repository.
    public static let repository = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What differs from `Golden/<name>` beside the test's file, or nothing.
    ///
    /// With CONTEND_WRITE_GOLDEN=1 the file is written instead, and that counts as a difference, so that
    /// nobody forgets to look at it.
    public static func difference(of text: String, from name: String, testFile: String = #filePath)
        -> String?
    {
        let folder = URL(filePath: testFile).deletingLastPathComponent().appending(path: "Golden")
        return difference(of: text, from: folder.appending(path: name))
    }

    /// The same for a generated file that is kept elsewhere in the repository, by its path from the root.
    public static func difference(of text: String, fromRepositoryFile path: String) -> String? {
        difference(of: text, from: repository.appending(path: path))
    }

    private static func difference(of text: String, from file: URL) -> String? {
        if ProcessInfo.processInfo.environment["CONTEND_WRITE_GOLDEN"] == "1" {
            try? FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try? Data(text.utf8).write(to: file)
            return
                "\(file.lastPathComponent) was written; look at it, then run again without CONTEND_WRITE_GOLDEN"
        }
        let golden = try? String(contentsOf: file, encoding: .utf8)
        return text == golden ? nil : "\(file.path) does not say:\n\(text)"
    }
}
