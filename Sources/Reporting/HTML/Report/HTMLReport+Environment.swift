// Where the run took place, and the scenario as it ran.

import Core
import RunStore
import Scenarios

extension HTMLReport {
    func environment(_ bytes: Int) -> HTML {
        var facts = material.environment
        facts += [
            ("database", report.identity.database), ("replicas", Figures.grouped(report.identity.replicas)),
            ("scenario file", report.identity.scenarioFile), ("started", report.identity.started),
        ]
        for member in material.scenario?.target.members ?? [] where !member.command.isEmpty {
            let kind = member.isCompanion ? "companion" : "replica"
            let title = "\(kind) command" + (member.name.isEmpty ? "" : " of \(member.name)")
            facts.append((title, member.command.map(\.source).joined(separator: " ")))
        }
        let rows = facts.prefix(60).map { name, value -> HTML in
            "<tr><th scope=\"row\">\(HTML.cut(name, to: 80))</th><td>\(HTML.cut(value, to: 400))</td></tr>"
        }.joined()
        return
            "<div class=\"card scroll\"><table class=\"facts-table\"><tbody>\(rows)</tbody></table></div>\(scenario(bytes))"
    }

    private func scenario(_ bytes: Int) -> HTML {
        guard let text = material.scenarioText else {
            return "<p class=\"note\">The resolved scenario is not in the run directory.</p>"
        }
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            HTML(escaping: HTML.cut(String(Substring($0)), to: 2_000) + "\n")
        }
        let (html, left) = lines.fitting(bytes)
        let more = HTML.left(left, "further line", in: "scenario.yaml")
        return """
            <details><summary>The scenario as it ran</summary><div class="copyable command"><pre>\(html)</pre>\
            <button type="button" class="copy">Copy</button></div>\(more)</details>
            """
    }
}
