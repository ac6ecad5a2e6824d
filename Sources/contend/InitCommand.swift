// `contend init`: writes a commented first scenario for a given command or URL, from a description of the API
// where there is one.

import ArgumentParser
import Core
import Drafting
import Engine
import FoundationEssentials
import Glibc
import RunStore
import Scenarios

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Writes a commented scenario for your service.",
        usage: """
            contend init [--command <command> | --url <url> ... | --compose <file>]
                         [--openapi <file> | --curl <command> ... | --har <file>
                         | --record <port>]
                         [<options>] [<file>]
            """,
        discussion: "The result validates as it is; change paths, bodies and models to those of your API.")

    @Option(
        help: ArgumentHelp("How one replica is started; $PORT stands for its port.", valueName: "command"))
    var command: String?

    @Option(help: ArgumentHelp("Base URL of a replica that already runs; may be repeated.", valueName: "url"))
    var url: [String] = []

    @Option(
        help: ArgumentHelp(
            "OpenAPI document of the API, in JSON or YAML: a file, or a URL that curl fetches.",
            valueName: "file"))
    var openapi: String?

    @Option(
        help: ArgumentHelp(
            "A command as a browser's tools copy it, in quotes; may be repeated.", valueName: "command"))
    var curl: [String] = []

    @Option(help: ArgumentHelp("HTTP Archive of requests, as a browser's tools save it.", valueName: "file"))
    var har: String?

    @Option(
        help: ArgumentHelp(
            "Listen on this port of 127.0.0.1, pass requests on to --url and draft from them; Ctrl-C ends it.",
            valueName: "port"))
    var record: Int?

    @Option(
        help: ArgumentHelp(
            "With --record and an https URL: authorities to trust in place of the system's, in PEM.",
            valueName: "file"))
    var ca: String?

    @Option(
        help: ArgumentHelp("Compose file that says how the service is started.", valueName: "file"))
    var compose: String?

    @Option(help: ArgumentHelp("With --compose: the service under test.", valueName: "name"))
    var service: String?

    @Flag(help: "Take what is found in this folder without asking.")
    var yes = false

    @Option(help: ArgumentHelp("With a description: what to draft, such as order.", valueName: "name"))
    var entity: String?

    @Option(help: ArgumentHelp("The scenario's name.", valueName: "name"))
    var name: String?

    @Argument(help: "The file to write.")
    var file = "contend.yaml"

    func validate() throws {
        if [command != nil, !url.isEmpty, compose != nil].count(where: { $0 }) > 1 {
            throw ValidationError("give one of --command, --url and --compose")
        }
        if service != nil, compose == nil { throw ValidationError("--service needs --compose") }
        let sources = [openapi != nil, !curl.isEmpty, har != nil, record != nil].count { $0 }
        if sources > 1 { throw ValidationError("give one of --openapi, --curl, --har and --record") }
        if sources == 0, entity != nil {
            throw ValidationError("--entity needs --openapi, --curl, --har or --record")
        }
        if ca != nil, record == nil { throw ValidationError("--ca needs --record") }
        if let record {
            guard (0...65_535).contains(record) else {
                throw ValidationError("--record \(record): a port is 1 to 65535, or 0 for a free one")
            }
            guard url.count == 1 else {
                throw ValidationError("--record needs one --url, the service that requests are passed on to")
            }
        }
        if let command, ShellWords.ofCommand(command).isEmpty {
            throw ValidationError("--command is empty")
        }
    }

    func run() throws {
        try Console.finishNow {
            guard !FileManager.default.fileExists(atPath: file) else {
                throw RunError(
                    .usage, "\(file) is there already; name another file, it is not overwritten")
            }
            let given = try givenTarget()
            let target = given == nil ? try foundTarget() : given
            let draft = try draft(target)
            guard draft != nil || target != nil else {
                throw RunError(
                    .usage,
                    "give --command, --url, --compose, --openapi, --curl, --har or --record; "
                        + "this folder holds no project that contend knows")
            }
            let text =
                draft?.text
                ?? ScenarioTemplate(name: name ?? "my-service", target: target ?? .urls([])).text
            try write(text)
            Console.show(
                """
                \(file)
                \(Self.edits(draft?.edits ?? target?.edits ?? []))
                Next
                  contend validate \(file)
                  contend run \(file) --once      each request once, and how its answer is read
                  contend run \(file)

                """)
            return .held
        }
    }

    /// What the command line says about the service.
    private func givenTarget() throws -> DraftTarget? {
        if let command { return .command(anchored(ShellWords.ofCommand(command))) }
        guard let compose else {
            return url.isEmpty
                ? nil : .urls(url, authorities: ca.map { URL(filePath: $0).standardizedFileURL.path })
        }
        let text = try FetchedText.read(compose)
        let folder = URL(filePath: compose).deletingLastPathComponent().path
        return try Self.drafting { () throws(DraftError) in
            try .compose(text, file: compose, service: service) { path in
                try? TextFile.read("\(folder)/\(path)")
            }
        }
    }

    /// What the folder of the scenario holds, if it is wanted.
    private func foundTarget() throws -> DraftTarget? {
        let folder = URL(filePath: file).deletingLastPathComponent().path
        var files: [String: String] = [:]
        for name in ProjectFolder.telling where FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
            files[name] = (try? TextFile.read("\(folder)/\(name)")) ?? ""
        }
        guard let (framework, target) = ProjectFolder(files: files).target else { return nil }
        if yes { return target }
        let isTerminal = isatty(STDIN_FILENO) == 1
        if !isTerminal, openapi != nil || !curl.isEmpty || har != nil { return nil }
        Console.tell("Found \(framework) in this folder:\n\n\(target.text)")
        guard isTerminal else { throw RunError(.usage, "take this with --yes, or give --command") }
        Console.tell("Take this? [Y/n]")
        let answer = (readLine() ?? "n").lowercased()
        return answer.isEmpty || answer.hasPrefix("y") ? target : nil
    }

    /// What a draft lacks, as an error of the command.
    private static func drafting<Result>(_ body: () throws(DraftError) -> Result) throws(RunError) -> Result {
        do throws(DraftError) {
            return try body()
        } catch {
            throw RunError(error.code == .usage ? .usage : .invalid, error.message)
        }
    }

    private static func edits(_ edits: [String]) -> String {
        edits.isEmpty ? "" : "\nLook at these first\n" + edits.map { "  \($0)\n" }.joined()
    }

    /// The draft of what describes the API; `nil` where nothing does.
    private func draft(_ target: DraftTarget?) throws -> ScenarioDraft? {
        let source: DraftSource
        if let openapi {
            source = .openAPI(try FetchedText.read(openapi), name: openapi)
        } else if let har {
            source = .har(try FetchedText.read(har), name: har)
        } else if let record, let service = url.first {
            let recording = try RequestRecording(
                port: record, service: service, authorities: ca, scenario: file)
            source = .har(try recording.untilInterrupted(), name: recording.file)
        } else if !curl.isEmpty {
            source = .curl(curl)
        } else {
            return nil
        }
        return try Self.drafting { () throws(DraftError) in
            try ScenarioDraft(from: source, name: name, entity: entity, target: target)
        }
    }

    private func write(_ text: String) throws {
        // Odd names and URLs are refused here, not at the first run.
        do throws(ScenarioErrors) {
            _ = try ScenarioFile(text: text, path: file) {
                try TextFile.read($0)
            }
        } catch {
            let reasons = error.diagnostics.map(\.message).joined(separator: "; ")
            throw RunError(.usage, "no valid scenario comes of this command line: \(reasons)")
        }
        do {
            try Data(text.utf8).write(to: URL(filePath: file), options: .withoutOverwriting)
        } catch {
            throw RunError(.usage, "cannot write \(file): \(systemReason(of: error))")
        }
    }

    /// Arguments that name files of this folder, named from the scenario: replicas start in folders of their
    /// own.
    private func anchored(_ words: [String]) -> [String] {
        let home = FileManager.default.currentDirectoryPath
        let isBesideScenario =
            URL(filePath: file).deletingLastPathComponent().path == URL(filePath: home).path
        return words.enumerated().map { index, word in
            guard index > 0, !word.hasPrefix("/"), FileManager.default.fileExists(atPath: word) else {
                return word
            }
            return (isBesideScenario ? "${{ scenario.directory }}" : home) + "/" + word
        }
    }
}
