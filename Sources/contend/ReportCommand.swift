// `contend report`: writes the reports of a stored run again, and opens its page.

import ArgumentParser
import Checking
import Engine
import FoundationEssentials
import Glibc
import Reporting
import RunStore

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Writes the reports of a stored run, and opens its page.",
        discussion:
            "<run> is a run directory, scenario/time-seed, scenario/latest or latest. The files go into the run's "
            + "directory; their paths are printed.")

    @Argument(help: ArgumentHelp("A stored run.", valueName: "run"))
    var name: String

    @Option(help: ArgumentHelp("Which: html, junit, markdown, json, trace.", valueName: "formats"))
    var format = ReportFormats([.html])

    @Flag(help: "Open the page in the browser.")
    var open = false

    @OptionGroup var out: OutOption

    func validate() throws {
        if open, !format.formats.contains(.html) { throw ValidationError("--open needs --format html") }
    }

    func run() throws {
        try Console.finishNow {
            let stored = try StoredRun(named: name, out: out.out)
            // Pages tell what is there of a damaged run; the others need its verdict.
            let pages = try ReportFormat.allCases.filter { $0.isOfOneRun && format.formats.contains($0) }
                .map { try stored.writePage($0, environment: Console.environment) }
            var written = SuiteReports.Written()
            if !format.formats.allSatisfy(\.isOfOneRun) {
                let report = try stored.report()
                let run = SuiteRun(report, exitCode: ExitStatus(report.judgement.verdict).rawValue)
                written = SuiteReports(RunSuite([run]), folder: stored.directory).write(format.formats)
            }
            written.files.insert(contentsOf: pages, at: 0)
            for file in written.files { Console.show(Console.shown(file) + "\n") }
            guard written.warnings.isEmpty else {
                throw RunError(.usage, written.warnings.joined(separator: "; "))
            }
            if open, let page = pages.first { try Self.show(page) }
            return .held
        }
    }

    /// Hands the page to the desktop's own opener.
    private static func show(_ page: String) throws {
        let opener = "xdg-open"
        var child: pid_t = 0
        let words = [opener, page]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let code = posix_spawnp(&child, opener, nil, nil, &arguments, environ)
        var status: Int32 = 0
        guard code == 0, waitpid(child, &status, 0) == child, status == 0 else {
            let address = URL(filePath: page).absoluteString
            throw RunError(.usage, "\(opener) cannot open the page here; open it yourself: \(address)")
        }
    }
}
