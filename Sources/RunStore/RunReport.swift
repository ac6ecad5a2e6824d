// Everything that is told about one run: the value behind verdict.json, the terminal summary and later
// reports.

public import Checking
public import Core
public import Histories

/// One run: what was known before, what was measured, and what came out.
public struct RunReport: Sendable {
    /// Version of `verdict.json`.
    public static let currentVersion = 1

    public var identity: RunIdentity
    public var figures: RunFigures
    public var judgement: Judgement
    /// Clean-up that failed, a disk that was full: never part of the verdict.
    public var warnings: [String]
    public var notices: [String]

    public init(
        _ identity: RunIdentity, figures: RunFigures = RunFigures(), judgement: Judgement,
        warnings: [String] = [], notices: [String] = []
    ) {
        self.identity = identity
        self.figures = figures
        self.judgement = judgement
        self.warnings = warnings
        self.notices = notices
    }

    /// Of a run of which nothing is judged: `unknown`, or `notRun` for the reasons given.
    public init(_ identity: RunIdentity, unjudged verdict: Verdict, notices: [String] = []) {
        self.init(
            identity, judgement: Judgement(verdict: verdict, findings: [], checks: [], tally: Tally()),
            notices: notices)
    }

    /// Why the experiment did not happen, of a report whose verdict says so.
    public var reasonNotRun: String {
        judgement.checks.first { $0.verdict == .notRun }?.explanation ?? notices.first
            ?? "the experiment did not happen"
    }

    /// Whether there are figures of a load, and operations that were judged.
    public var hasLoad: Bool { judgement.verdict != .notRun || judgement.tally.operations > 0 }
}

// MARK: - As a document

extension RunReport: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        RunReport(
            try member.all(\.identity), figures: try member.all(\.figures),
            judgement: try member.all(\.judgement),
            warnings: try member.required(
                "warnings", \.warnings, .array(of: .string), "of clean-up; never part of the verdict"),
            notices: try member.required("notices", \.notices, .array(of: .string)))
    }

    /// Reads `verdict.json` back; a newer version is refused.
    public init(document: Value) throws(DocumentError) {
        try self.init(document: document, path: "verdict")
    }

    /// The schema of `verdict.json`; times are nanoseconds unless the name says otherwise.
    public static var fileSchema: JSONSchema {
        objectSchema.document(
            "verdict", version: currentVersion,
            title: "verdict.json of contend, version \(currentVersion)", definitions: definitions)
    }
}
