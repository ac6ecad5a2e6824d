// The forms in which what came of runs can be written to files.

public enum ReportFormat: String, Sendable, Hashable, CaseIterable {
    /// One offline page a run.
    case html
    /// JUnit XML over all runs of a command.
    case junit
    /// Over all runs of a command.
    case markdown
    /// The verdicts of all runs of a command.
    case json
    /// One file a run, for Perfetto.
    case trace

    /// Whether each run has a file of its own, in its directory.
    public var isOfOneRun: Bool { self == .html || self == .trace }

    public var fileName: String {
        switch self {
        case .html: "report.html"
        case .junit: "junit.xml"
        case .markdown: "report.md"
        case .json: "report.json"
        case .trace: "trace.json"
        }
    }
}
