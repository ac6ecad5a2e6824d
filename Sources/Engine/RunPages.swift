// `report.html` of each run: written when the cluster is down and every log is in place. A page that cannot
// be made is said and changes nothing else.

import Checking
import Core
import FoundationEssentials
import Reporting
public import RunStore
import Scenarios

extension StoredRun {
    static let pageFile = "report.html"

    /// Writes the page into the run's directory and gives its path.
    public func writePage(
        environment: [String: String] = [:], sensitiveValues: [String] = []
    ) throws(RunError) -> String {
        let text = try htmlReport(environment: environment, sensitiveValues: sensitiveValues)
        let path = file(Self.pageFile)
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
            do throws(RunError) {
                let page = try stored.writePage(
                    environment: options.environment,
                    sensitiveValues: scenario.sensitiveTexts(options.environment))
                result.page = page
                events.tell(.page(page))
            } catch {
                let warning = events.redactor.redact(error.message)
                result.report.warnings.append(warning)
                events.tell(.warning(warning))
            }
            return result
        }
    }
}
