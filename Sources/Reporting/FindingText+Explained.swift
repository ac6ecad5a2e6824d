// What an exploration made of a finding of stress, as text.

import Checking
import Core

extension Finding {
    /// The schedule that shows it again with its SQL, or why there is none; nothing where nobody asked.
    func explanation(_ style: TextStyle) -> [String] {
        guard let explained else { return [] }
        guard let name = explained.name, let shown = asExplained else {
            return [""] + style.wrap(unexplained ?? "", indent: 2) + [""]
        }
        var lines = [""] + style.wrap("Explored: \(shown.scheduled ?? "")", indent: 2) + [""]
        lines += StatementColumns(finding: shown, style: style).lines
        return lines
            + [
                "  " + style.paint("contend show \(name)", .dim),
                "  " + style.paint("contend replay \(name)", .dim), "",
            ]
    }

    /// As the exploration shows it.
    var asExplained: Finding? {
        guard let explained, explained.schedule != nil else { return nil }
        var finding = self
        finding.schedule = explained.schedule
        finding.replay = explained.replay
        finding.example = explained.example
        finding.statements = explained.statements
        return finding
    }

    var unexplained: String? { explained?.reason.map { "There is no schedule of it: \($0)." } }
}
