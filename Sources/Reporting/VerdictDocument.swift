// `verdict.json`: everything a run report says, as one versioned JSON document, and back.

import Checking
public import Core
public import History

extension RunReport {
    /// The document of `verdict.json`; times are nanoseconds unless the name says otherwise.
    public var document: Value {
        var members = judgement.members
        for part in [identity.members, figures.members] { members.merge(part) { $1 } }
        members["warnings"] = .array(warnings.map { .string($0) })
        members["notices"] = .array(notices.map { .string($0) })
        return .object(members)
    }

    /// The schema of `verdict.json`.
    ///
    /// Objects are open: within a version members may be added, and readers pass over what they do not know.
    public static var schema: JSONSchema {
        let members =
            Judgement.schemaMembers + RunIdentity.schemaMembers + RunFigures.schemaMembers + [
                .required("warnings", .array(of: .string), "of clean-up; never part of the verdict"),
                .required("notices", .array(of: .string)),
            ]
        return JSONSchema.object(members, isOpen: true).document(
            "verdict", version: currentVersion,
            title: "verdict.json of contend, version \(currentVersion)",
            definitions: [
                "tally": Tally.schema, "finding": Finding.schema, "check": Check.schema,
                "load-step": LoadStep.schema, "answer": AnswerCount.schema, "latency": LatencyFigures.schema,
                "operation": OperationRecord.schema, "aborted-early": AbortedEarly.schema,
            ])
    }

    /// Reads `verdict.json` back; a newer version is refused.
    public init(document: Value) throws(ReportError) {
        let members = try Members(document, path: "verdict")
        self.init(
            try RunIdentity(members), figures: try RunFigures(members), judgement: try Judgement(members),
            warnings: try members.strings("warnings"), notices: try members.strings("notices"))
    }
}
