// Texts of the terminal are compared with files, which are read as a user would read them.

import Foundation

public enum Golden {
    /// What differs from `Golden/<name>` beside the test's file, or nothing.
    ///
    /// With CONTEND_WRITE_GOLDEN=1 the file is written instead, and that counts as a difference, so that
    /// nobody forgets to look at it.
    public static func difference(of text: String, from name: String, testFile: String = #filePath)
        -> String?
    {
        let folder = URL(filePath: testFile).deletingLastPathComponent().appending(path: "Golden")
        let file = folder.appending(path: name)
        if ProcessInfo.processInfo.environment["CONTEND_WRITE_GOLDEN"] == "1" {
            try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try? Data(text.utf8).write(to: file)
            return "\(name) was written; look at it, then run again without CONTEND_WRITE_GOLDEN"
        }
        let golden = try? String(contentsOf: file, encoding: .utf8)
        return text == golden ? nil : "\(file.path) does not say:\n\(text)"
    }
}
