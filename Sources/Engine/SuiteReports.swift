// Writes what pipelines read of a whole command: files beside the runs, and GitHub's job summary.

import Core
import FoundationEssentials
import Glibc
import Histories
public import Reporting

/// The reports of one command's runs; whatever cannot be written is said and changes no verdict.
public struct SuiteReports: Sendable {
    let suite: RunSuite
    /// The folder that the files go to.
    let folder: String

    public init(_ suite: RunSuite, folder: String) {
        self.suite = suite
        self.folder = folder
    }

    public struct Written: Sendable {
        public var files: [String] = []
        /// A sentence each.
        public var warnings: [String] = []

        public init() {}
    }

    /// Writes one file for each format over all runs; the page of each run is written with the run.
    public func write(_ formats: Set<ReportFormat>) -> Written {
        var written = Written()
        for format in ReportFormat.allCases where formats.contains(format) {
            let text: String
            switch format {
            case .html, .trace: continue
            case .junit: text = JUnitReport(suite).text
            case .markdown: text = MarkdownReport(suite).text
            case .json: text = JSON.text(suite.document) + "\n"
            }
            let path = "\(folder)/\(format.fileName)"
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
                written.files.append(path)
            } catch {
                written.warnings.append("cannot write \(path): \(systemReason(of: error))")
            }
        }
        return written
    }

    /// Appends the Markdown to the file that GitHub's runner names in `GITHUB_STEP_SUMMARY`.
    ///
    /// A warning if that fails.
    public func appendJobSummary(_ environment: [String: String]) -> String? {
        guard let path = environment["GITHUB_STEP_SUMMARY"], !path.isEmpty else { return nil }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            return "cannot open the job summary \(path): \(systemMessage(errno))"
        }
        defer { close(descriptor) }
        let code = writeWhole((MarkdownReport(suite).text + "\n").utf8, to: descriptor)
        return code == 0 ? nil : "the job summary \(path) is not complete: \(systemMessage(code))"
    }
}
