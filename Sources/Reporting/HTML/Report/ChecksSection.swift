// Every model, invariant, threshold and assumption: verdict, value, limit and what judging it cost.

import Checking
import Core

struct ChecksSection {
    let checks: [Check]
    let budget: Int

    var html: HTML {
        guard !checks.isEmpty else { return "<p class=\"note\">Nothing was checked.</p>" }
        let rows = checks.map { check -> HTML in
            """
            <tr><td><span class="outcome \(check.verdict.tag)">\(check.verdict.rawValue)</span></td>\
            <td>\(check.kind.rawValue)</td><td><b>\(HTML.cut(check.name, to: 120))</b></td>\
            <td>\(HTML.cut(check.explanation, to: 500))</td>\
            <td class="num">\(check.keys > 0 ? Figures.grouped(check.keys) : "–")</td>\
            <td class="num">\(check.explored > 0 ? Figures.grouped(check.explored) : "–")</td></tr>
            """
        }
        let (html, left) = rows.fitting(budget)
        return """
            <div class="card scroll"><table class="checks"><thead><tr><th>verdict</th><th>kind</th><th>name and limit</th>\
            <th>measured</th><th class="num">keys</th><th class="num">explored</th></tr></thead><tbody>\(html)</tbody></table>\
            </div>\(HTML.left(left, "further check"))
            """
    }
}
