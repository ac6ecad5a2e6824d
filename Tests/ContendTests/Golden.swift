// Help and other texts of the command line are compared with files.

import Foundation
import Testing

enum Golden {
    /// Compares with `Golden/<name>` beside this file; with CONTEND_WRITE_GOLDEN=1 the file is written
    /// instead, and the test fails so that nobody forgets to look at it.
    static func expect(_ text: String, equals name: String, sourceLocation: SourceLocation = #_sourceLocation)
    {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        let file = folder.appending(path: name)
        if ProcessInfo.processInfo.environment["CONTEND_WRITE_GOLDEN"] == "1" {
            try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try? Data(text.utf8).write(to: file)
            Issue.record("\(name) was written; look at it, then run again without CONTEND_WRITE_GOLDEN")
            return
        }
        let golden = try? String(contentsOf: file, encoding: .utf8)
        #expect(text == golden, "differs from \(file.path)", sourceLocation: sourceLocation)
    }
}
