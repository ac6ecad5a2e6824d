// `contend schema`: the JSON Schemas of this version's files, for editors and for programs that read them.

import ArgumentParser
import Engine
import Histories
import Reporting
import RunStore
import Scenarios

struct SchemaCommand: ParsableCommand {
    enum Document: String, CaseIterable, ExpressibleByArgument {
        case verdict
        case history
        case monitor
        case scenario

        var schema: JSONSchema {
            switch self {
            case .verdict: RunReport.fileSchema
            case .history: HistoryFormat.schema
            case .monitor: ObservationLine.schema
            case .scenario: ScenarioFile.schema
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Prints the JSON Schema of a file of this version.",
        discussion: [
            "Draft 2020-12. `verdict` is verdict.json, `history` each line of history.jsonl, `monitor` each line of",
            "monitor.jsonl, `scenario` the YAML form: docs/scenario.md says how an editor completes it.",
        ].joined(separator: " "))

    @Argument(help: ArgumentHelp("verdict, history, monitor or scenario.", valueName: "document"))
    var document: Document

    func run() throws {
        try Console.finishNow {
            Console.show(document.schema.text)
            return .held
        }
    }
}
