// `contend doctor`: what of all that runs need is on this machine, and how to get what is missing.

import ArgumentParser
import Clusters
import Core
import Engine
import Histories
import Reporting
import Scenarios

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Tells what this machine has of what runs need.",
        usage: "contend doctor [<options>]",
        discussion: [
            "Starts no server and contacts nothing. Exit code 0: runs are possible, with the reservations that",
            "are shown; 4: something is missing without which no run can happen. With `--database postgresql`,",
            "`mariadb` or `galera`, that includes its server and client library.",
        ].joined(separator: " "))

    @Option(
        help: ArgumentHelp(
            "The database that runs will use: sqlite, postgresql, mariadb or galera.", valueName: "database"),
        transform: { word in
            guard let kind = DatabaseKind(rawValue: word) else {
                throw ValidationError("--database takes sqlite, postgresql, mariadb or galera here")
            }
            return kind
        })
    var database: DatabaseKind?

    @OptionGroup var server: ServerOption

    @OptionGroup var out: OutOption

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        try Console.finishNow {
            var options = RunOptions()
            options.environment = Console.environment
            options.program = Console.program
            options.serverPrograms = server.postgresqlBinaries
            let check = MachineCheck(out: out.out, options: options.cluster(in: ""), needed: database)
            let report = DoctorReport(parts: check.parts)
            if json {
                Console.show(JSON.text(report.document) + "\n")
            } else {
                Console.show(report.text(Console.style))
            }
            return report.isReady ? .held : .notRun
        }
    }
}

/// What the machine has, as text and as a document.
struct DoctorReport {
    var parts: [MachinePart]

    var isReady: Bool { !parts.contains { $0.state == .missing } }

    func text(_ style: TextStyle) -> String {
        let width = (parts.map(\.name.count).max() ?? 0) + 6
        let lines = parts.flatMap { part in
            let (sign, tone): (String, TextStyle.Tone) =
                switch part.state {
                case .found: ("✓", .good)
                case .limited: ("!", .doubtful)
                case .missing: ("✗", .bad)
                }
            let first = "  \(sign) " + TextStyle.left(part.name, width - 4)
            let words = part.remedy.map { "\(part.detail). To get it: \($0)" } ?? part.detail
            // Measured without the colour's own characters.
            var lines = style.wrap(words, indent: width, first: first)
            lines[0].replace(sign, with: style.paint(sign, tone), maxReplacements: 1)
            return lines
        }
        let word = isReady ? style.paint("READY", .good) : style.paint("NOT READY", .bad)
        return (["contend \(contendVersion) · doctor · \(word)", ""] + lines + [""]).joined(separator: "\n")
    }
}

extension DoctorReport: Document {
    static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        try member.version(upTo: 1)
        member.constant("contend", .string(contendVersion), "the version of contend")
        member.derived("ready", \.isReady, .boolean, "whether runs are possible")
        return DoctorReport(parts: try member.required("parts", \.parts, .array(of: .object)))
    }
}
