// `verdict.json`: everything a run report says, as one versioned JSON document, and back.

import Checking
public import Core
public import History
import Scenario

extension RunReport {
    /// The document of `verdict.json`; times are nanoseconds unless the name says otherwise.
    public var document: Value {
        var members = judgement.members
        members.merge(
            [
                "version": .int(Self.currentVersion), "run": .string(run), "command": .string(command),
                "scenario": .string(scenario), "scenario_file": .string(scenarioFile),
                "parameters": .array(
                    parameters.map { .object(["name": .string($0.name), "value": $0.value]) }),
                // As text: a seed may be larger than what JSON readers keep exactly.
                "seed": .string(String(seed)), "database": .string(database), "replicas": .int(replicas),
                "clients": .int(clients), "sequential": .bool(sequential), "started": .string(started),
                "duration_nanoseconds": .int(Int(durationNanoseconds)),
                "requests_per_second": .double(requestsPerSecond),
                "operations_per_second": .double(operationsPerSecond),
                "latency": .array(latency.map(\.document)),
                "warnings": .array(warnings.map { .string($0) }),
                "notices": .array(notices.map { .string($0) }),
            ]
        ) { $1 }
        if let p50 = releaseSpreadP50Nanoseconds, let most = releaseSpreadMaximumNanoseconds {
            members["release_spread_nanoseconds"] = .object([
                "p50": .int(Int(p50)), "maximum": .int(Int(most)),
            ])
        }
        members["aborted_early"] = abortedEarly?.document
        members["cpu_seconds"] = cpuSeconds?.document
        return .object(members)
    }

    /// The schema of `verdict.json`; a member that is added above is a line here.
    ///
    /// Objects are open: within a version members may be added, and readers pass over what they do not know.
    public static var schema: JSONSchema {
        JSONSchema.object(Judgement.schemaMembers + schemaMembers, isOpen: true).document(
            "verdict", version: currentVersion,
            title: "verdict.json of contend, version \(currentVersion)",
            definitions: [
                "tally": Tally.schema, "finding": Finding.schema, "check": Check.schema,
                "load-step": LoadStep.schema, "answer": AnswerCount.schema, "latency": LatencyFigures.schema,
                "operation": OperationRecord.schema, "aborted-early": AbortedEarly.schema,
            ])
    }

    private static var schemaMembers: [JSONSchema.Member] {
        let parameter = JSONSchema.object(
            [.required("name", .string), .required("value", .anything)], isOpen: true)
        let spread = JSONSchema.object(
            [.required("p50", .integer), .required("maximum", .integer)], isOpen: true)
        return [
            .required("version", .constant(.int(currentVersion)), "version of this document"),
            .required("run", .string, "<scenario>/<UTC time>-<seed>"),
            .required("command", .string, "the command line that runs it again"),
            .required("scenario", .string), .required("scenario_file", .string),
            .required("parameters", .array(of: parameter)),
            .required("seed", .string(matching: "^[0-9]+$"), "below 2^64, as text"),
            .required("database", .string), .required("replicas", .natural),
            .required("clients", .natural),
            .required("sequential", .boolean, "one operation at a time: the control"),
            .required("started", .string, "time of day, RFC 3339 in UTC"),
            .required("duration_nanoseconds", .integer, "of the load"),
            .required("requests_per_second", .number), .required("operations_per_second", .number),
            .required("latency", .array(of: .definition("latency"))),
            .required("warnings", .array(of: .string), "of clean-up; never part of the verdict"),
            .required("notices", .array(of: .string)),
            .optional(
                "release_spread_nanoseconds", spread, "between first and last release of a burst's round"),
            .optional("aborted_early", .definition("aborted-early")),
            .optional("cpu_seconds", CPUSeconds.schema, "what the load cost"),
        ]
    }

    /// Reads `verdict.json` back; a newer version is refused.
    public init(document: Value) throws(ReportError) {
        let members = try Members(document, path: "verdict")
        let version = try members.int("version")
        guard version <= Self.currentVersion else {
            throw ReportError(
                .unsupportedVersion,
                "the verdict has version \(version), this contend reads up to \(Self.currentVersion): use a newer one"
            )
        }
        guard let seed = UInt64(try members.string("seed")) else {
            throw ReportError(.malformed, "verdict.seed is no number from 0 to 2^64 - 1")
        }
        let spread = try members["release_spread_nanoseconds"].map { value throws(ReportError) in
            try Members(value, path: "verdict.release_spread_nanoseconds")
        }
        let abortedEarly = try members["aborted_early"].map { value throws(ReportError) in
            try AbortedEarly(document: value, path: "verdict.aborted_early")
        }
        self.init(
            run: try members.string("run"), command: try members.string("command"),
            scenario: try members.string("scenario"), scenarioFile: try members.string("scenario_file"),
            parameters: try members.each("parameters") { value, path throws(ReportError) in
                let parameter = try Members(value, path: path)
                return Parameter(name: try parameter.string("name"), value: parameter["value"] ?? .null)
            }, seed: seed, database: try members.string("database"), replicas: try members.int("replicas"),
            clients: try members.int("clients"), sequential: try members.bool("sequential"),
            started: try members.string("started"),
            durationNanoseconds: Int64(try members.int("duration_nanoseconds")),
            requestsPerSecond: try members.number("requests_per_second"),
            operationsPerSecond: try members.number("operations_per_second"),
            releaseSpreadP50Nanoseconds: try spread?.optionalInt("p50").map(Int64.init),
            releaseSpreadMaximumNanoseconds: try spread?.optionalInt("maximum").map(Int64.init),
            latency: try members.each("latency") { value, path throws(ReportError) in
                try LatencyFigures(document: value, path: path)
            },
            cpuSeconds: try members["cpu_seconds"].map { value throws(ReportError) in
                try CPUSeconds(document: value, path: "verdict.cpu_seconds")
            }, judgement: try Judgement(members), warnings: try members.strings("warnings"),
            notices: try members.strings("notices"))
        self.abortedEarly = abortedEarly
    }
}

extension LatencyFigures {
    var document: Value {
        var members: [String: Value] = [
            "operation": .string(operation), "count": .int(count),
            "p50_microseconds": .int(Int(clamping: p50Microseconds)),
            "p95_microseconds": .int(Int(clamping: p95Microseconds)),
            "p99_microseconds": .int(Int(clamping: p99Microseconds)),
            "maximum_microseconds": .int(Int(clamping: maximumMicroseconds)),
        ]
        members["p999_microseconds"] = p999Microseconds.map { .int(Int(clamping: $0)) }
        members["histogram_microseconds"] = histogram?.document
        return .object(members)
    }

    static var schema: JSONSchema {
        .object(
            [
                .required("operation", .string), .required("count", .natural),
                .required("p50_microseconds", .natural), .required("p95_microseconds", .natural),
                .required("p99_microseconds", .natural), .required("maximum_microseconds", .natural),
                .optional("p999_microseconds", .natural),
                .optional(
                    "histogram_microseconds", LatencyHistogram.schema,
                    "every value that was counted, with its count: exact to three digits, to be merged"),
            ], isOpen: true
        ).described("From the intended start, of one operation of the load.")
    }

    init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init(
            operation: try members.string("operation"), count: try members.int("count"),
            p50Microseconds: UInt64(clamping: try members.int("p50_microseconds")),
            p95Microseconds: UInt64(clamping: try members.int("p95_microseconds")),
            p99Microseconds: UInt64(clamping: try members.int("p99_microseconds")),
            p999Microseconds: try members.optionalInt("p999_microseconds").map { UInt64(clamping: $0) },
            maximumMicroseconds: UInt64(clamping: try members.int("maximum_microseconds")),
            histogram: try members["histogram_microseconds"].map { value throws(ReportError) in
                try LatencyHistogram(document: value, path: path + ".histogram_microseconds")
            })
    }
}
