// What a load measures of itself and no operation tells, as histories keep it: by the names of verdict.json.

public import Core

extension RunReport {
    /// The members that a history keeps.
    public static func loadFigures(
        durationNanoseconds: Int64, cpuSeconds: CPUSeconds?, abortedEarly: AbortedEarly?
    ) -> [String: Value] {
        var members: [String: Value] = ["duration_nanoseconds": .int(Int(durationNanoseconds))]
        members["cpu_seconds"] = cpuSeconds?.document
        members["aborted_early"] = abortedEarly?.document
        return members
    }

    /// The report with what a history kept; what it does not have is not known.
    public func taking(loadFigures: [String: Value]) throws(ReportError) -> RunReport {
        let members = try Members(.object(loadFigures), path: "load")
        var report = self
        report.durationNanoseconds = Int64(try members.int("duration_nanoseconds"))
        report.cpuSeconds = try members["cpu_seconds"].map { value throws(ReportError) in
            try CPUSeconds(document: value, path: "load.cpu_seconds")
        }
        report.abortedEarly = try members["aborted_early"].map { value throws(ReportError) in
            try AbortedEarly(document: value, path: "load.aborted_early")
        }
        return report
    }
}
