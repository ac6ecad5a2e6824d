// `report.html` and `trace.json` of each run: written when the cluster is down and every log is in place. One
// that cannot be made is said and changes nothing else.

import Checking
import Core
import FoundationEssentials
public import Reporting
public import RunStore
import Scenarios

extension StoredRun {
    /// Writes a page of this one run into its directory and gives its path.
    public func writePage(
        _ format: ReportFormat = .html, environment: [String: String] = [:], sensitiveValues: [String] = []
    ) throws(RunError) -> String {
        let text =
            format == .trace
            ? TraceReport(try material(environment, sensitiveValues)).text
            : try htmlReport(environment: environment, sensitiveValues: sensitiveValues)
        let path = file(format.fileName)
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw RunError(.usage, "cannot write \(path): \(systemReason(of: error))")
        }
        return path
    }
}

extension Run {
    /// Of many repeats so many get a page, those with findings first; `contend report` writes any other.
    static let pageLimit = 20

    /// The results, with a warning where a page could not be written.
    func writePages(of results: [RunResult]) -> [RunResult] {
        let telling = results.indices.sorted { left, right in
            let isQuiet = (
                results[left].report.judgement.findings.isEmpty,
                results[right].report.judgement.findings.isEmpty
            )
            return isQuiet.0 != isQuiet.1 ? isQuiet.1 : left < right
        }
        let chosen = Set(telling.prefix(Self.pageLimit))
        return results.enumerated().map { index, result in
            guard chosen.contains(index), interruption.count < 2 else { return result }
            var result = result
            let stored = StoredRun(directory: result.directory, historyFile: nil)
            guard FileManager.default.fileExists(atPath: stored.file("verdict.json")) else { return result }
            for format in ReportFormat.allCases where options.pages.contains(format) {
                do throws(RunError) {
                    let page = try stored.writePage(
                        format, environment: options.environment,
                        sensitiveValues: scenario.sensitiveTexts(options.environment))
                    if format == .html { result.page = page }
                    events.tell(.page(page))
                } catch {
                    let warning = events.redactor.redact(error.message)
                    result.report.warnings.append(warning)
                    events.tell(.warning(warning))
                }
            }
            return result
        }
    }
}
