// A benchmark as one JSON document and as Markdown.

import Checking
public import Core
import Histories
import RunStore
import Scenarios

extension Benchmark {
    /// Version of the document.
    public static let currentVersion = 1

    public var document: Value {
        var members: [String: Value] = [
            "version": .int(Self.currentVersion), "scenario": .string(scenario),
            "scenario_file": .string(scenarioFile), "command": .string(command),
            "seed": .string(String(seed)), "started": .string(started), "machine": machine.document,
            "made_by": .string(versions), "times": .int(times), "compared": .string(compared),
            "reference": reference,
            "axes": .array(axes.map { .object(["name": .string($0.name), "values": .array($0.values)]) }),
            "cells": .array(panels.flatMap { panel in panel.cells.map { document(of: $0, in: panel) } }),
            "reading": .array(
                reading.map {
                    .object([
                        "panel": .string($0.title), "sentences": .array($0.sentences.map { .string($0) }),
                    ])
                }), "notes": .array(notes.map { .string($0) }),
        ]
        members["interrupted"] = interruption.map {
            .object(["signal": .string($0.signal), "runs": .int($0.runs), "of": .int($0.of)])
        }
        return .object(members)
    }

    private func document(of cell: BenchmarkCell, in panel: Panel) -> Value {
        var members: [String: Value] = [
            "cell": .object(Dictionary(cell.parameters.map { ($0.name, $0.value) }) { $1 }),
            "runs": .array(cell.runs.map(\.document)), "failures": .array(cell.failures.map { .string($0) }),
            "latency_microseconds": .object(
                Dictionary(cell.operationNames.map { ($0, cell.latency(of: $0).percentiles) }) { $1 }),
            "all_latency_microseconds": cell.latency.percentiles,
            "findings": .object(cell.findings.mapValues(Value.int)),
        ]
        for (name, estimate) in [
            ("goodput_per_second", cell.goodput), ("conflicts_per_1000_operations", cell.conflicts),
            ("aborted_attempts_per_1000_acknowledged", cell.aborted),
            ("deadlocks_per_1000_operations", cell.deadlocks),
            ("unknown_per_1000_operations", cell.unknown), ("lost_per_1000_acknowledged", cell.lost),
            ("service_cpu_seconds_per_1000_good", cell.serviceCPU),
            ("database_cpu_seconds_per_1000_good", cell.databaseCPU),
        ] {
            members[name] = estimate?.document
        }
        if let standing = standing(of: cell, in: panel) {
            members["over_reference"] = standing.ratio.document
            members["ranked"] = .bool(standing.isRanked)
        }
        return .object(members)
    }

    public var markdown: String {
        var lines = ["# \(Markdown.text(scenario)): benchmark", ""]
        if !about.isEmpty {
            lines += [Markdown.text(about.split(whereSeparator: \.isWhitespace).joined(separator: " ")), ""]
        }
        lines += [
            "```", command, "```", "", circumstances.map(Markdown.text).joined(separator: " · ") + ".", "",
        ]
        if let interruption { lines += ["- **incomplete:** \(Markdown.text(interruption.sentence))"] }
        lines += failures.map { "- **not run:** \(Markdown.text($0))" }
        lines += ["## In words", ""]
        for read in reading {
            let words = read.sentences.isEmpty ? ["Nothing to tell."] : read.sentences
            lines.append(
                "- **\(Markdown.text(read.title.isEmpty ? scenario : read.title)):** "
                    + words.map(Markdown.text).joined(separator: " "))
        }
        let columns = BenchmarkColumn.shown(in: self, brief: false)
        for panel in panels {
            lines += ["", "## \(Markdown.text(panel.title.isEmpty ? "Figures" : panel.title))", ""]
            lines += Markdown.table(
                columns.map(\.title),
                panel.cells.map { cell in columns.map { $0.text(cell, panel, self, false) } },
                numbers: Set(columns.indices.filter { columns[$0].isNumber }))
        }
        lines += ["", "## How the figures are made", ""] + notes.map { "- " + Markdown.text($0) }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension LatencyHistogram {
    fileprivate var percentiles: Value {
        func at(_ percentile: Double) -> Value { .int(Int(clamping: microseconds(atPercentile: percentile))) }
        return .object([
            "count": .int(count), "p50": at(50), "p95": at(95), "p99": at(99), "p999": at(99.9),
            "maximum": .int(Int(clamping: maximumMicroseconds)),
        ])
    }
}

extension BenchmarkRun {
    fileprivate var document: Value {
        var members: [String: Value] = [
            "run": .string(run), "verdict": .string(verdict.rawValue), "seconds": .double(seconds),
            "ok": .int(ok), "fail": .int(fail), "unknown": .int(unknown), "lost": .int(lost),
            "conflicts": .int(conflicts), "goodput_per_second": .double(goodput),
        ]
        members["aborted_attempts"] = aborted.map(Value.int)
        members["deadlocks"] = deadlocks.map(Value.int)
        members["cpu_seconds"] = cpu?.document
        return .object(members)
    }
}
