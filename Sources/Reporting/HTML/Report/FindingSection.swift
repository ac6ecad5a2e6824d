// The findings, told as stories: the first ones in full, the rest as a table.

import Checking
import Core
import Histories
import RunStore
import Scenarios

struct FindingSection {
    let material: RunMaterial
    let budget: ReportBudget
    /// Keys that the timeline shows.
    let timelineKeys: Set<String>

    private var findings: [Finding] { material.report.judgement.findings }

    var note: HTML {
        let counts = Severity.allCases.compactMap { severity -> String? in
            let count = findings.filter { $0.kind.severity == severity }.count
            return count == 0 ? nil : Figures.grouped(count, "\(severity.rawValue) finding")
        }
        let sum = counts.joined(separator: ", ")
        return """
            \(sum). Alike violations are told once, by their smallest example. Keys <kbd>n</kbd> and \
            <kbd>p</kbd> move from one to the next.
            """
    }

    var html: HTML {
        guard !findings.isEmpty else { return "" }
        var (html, rest, size): (HTML, [Finding], ByteBudget) = ("", [], ByteBudget(budget.findings))
        var told = 0
        let evidence = EvidenceIndex(material)
        for severity in Severity.allCases {
            let group = findings.filter { $0.kind.severity == severity }
            guard !group.isEmpty else { continue }
            let (title, meaning) = severity.heading
            html += "<h3 class=\"group\">\(title) <span class=\"note\">\(meaning)</span></h3>"
            for finding in group {
                guard told < budget.findingLimit else {
                    rest.append(finding)
                    continue
                }
                let article = story(finding, evidence)
                if size.takes(article) {
                    html += article
                    told += 1
                } else {
                    rest.append(finding)
                }
            }
        }
        return html + table(rest)
    }

    // MARK: - One story

    private func story(_ finding: Finding, _ index: EvidenceIndex) -> HTML {
        let model = material.model(of: finding)
        let (severity, number) = (finding.kind.severity, finding.number)
        let often = finding.often.map { often -> HTML in
            let share = finding.judged > 0 ? " (\(Figures.share(finding.count, of: finding.judged)))" : ""
            return "<span class=\"often\">\(often)\(share)</span>"
        }
        let accepted = finding.accepted.map {
            "<p class=\"alert good\">Known. \(Self.cut($0, 400))</p>" as HTML
        }
        let timeline: HTML =
            !timelineKeys.contains(finding.key)
            ? ""
            : """
            <a href="#timeline" class="to-timeline" data-key="\(HTML.shown(finding.key, to: 200))">Show it on \
            the timeline</a>. \

            """
        return """
            <article class="card finding stop sev-\(severity.rawValue)" id="finding-\(number)" tabindex="-1" \
            aria-labelledby="finding-\(number)-title">
            <p class="kicker"><span class="kind">\(finding.kind.rawValue)</span>\
            <span>\(severity.rawValue)</span><span>violates <b>\(Self.cut(finding.check, 200))</b></span>\
            \(often ?? "")</p>
            <h3 id="finding-\(number)-title">\(Self.cut(finding.title, 600))</h3>
            \(accepted ?? "")
            \(contrast(finding, model))
            \(FindingDiagram(example: finding.example, model: model).html)
            <h4>What happened</h4>
            \(Self.lines(finding.story + finding.told))\(orders(finding))
            \(operations(finding, model))\(StatementLanes(finding: finding).html)\
            \(explained(finding))\(evidence(finding, index))
            \(curl(finding))
            <p class="trailer">In the literature: \(finding.kind.theoryName). \
            Key <code>\(Self.cut(finding.key, 200))</code>, class <code>\(finding.classID)</code>. \
            \(timeline)In the terminal: \
            <code>contend show \(material.report.identity.run)#\(number)</code></p>
            </article>

            """
    }

    /// What an exploration of it came to.
    private func explained(_ finding: Finding) -> HTML {
        guard let explained = finding.explained else { return "" }
        guard let name = explained.name, let shown = finding.asExplained else {
            return "<p class=\"note\">\(Self.cut(finding.unexplained ?? "", 600))</p>"
        }
        return """
            <h4>A schedule that shows it</h4><p>\(shown.scheduled ?? ""). In the terminal: \
            <code>contend show \(name)</code>, <code>contend replay \(name)</code></p>\
            \(StatementLanes(finding: shown).html)
            """
    }

    private static func lines(_ story: [String]) -> HTML {
        let items = story.prefix(60).map { "<li>\(cut($0, 500))</li>" as HTML }.joined()
        return "<ol class=\"story\">\(items)</ol>"
    }

    private func orders(_ finding: Finding) -> HTML {
        guard !finding.orders.isEmpty else { return "" }
        let items = finding.orderLines.map { "<li>\(Self.cut($0, 500))</li>" as HTML }.joined()
        return "\n<h4>\(Finding.ordersTitle)</h4>\n<ul>\(items)</ul>"
    }

    /// Expected beside seen, where the example is small enough to know what was to be expected.
    private func contrast(_ finding: Finding, _ model: Model?) -> HTML {
        guard let states = ExpectedStates(finding.example, in: model) else { return "" }
        return """
            <div class="contrast"><div class="expected"><h4>Expected, in every order of these operations</h4>\
            <p>\(states.expected.joined(separator: " or "))</p></div>\
            <div class="seen"><h4>Seen</h4><p>\(states.seen)</p></div></div>
            """
    }

    // MARK: - Operations

    /// Operations of an example, and requests of an operation, beyond these are counted.
    private static let operationLimit = 16
    private static let requestLimit = 12

    private func operations(_ finding: Finding, _ model: Model?) -> HTML {
        let origin = finding.example.map(\.invoked).min() ?? 0
        let shown = finding.example.ends(Self.operationLimit)
        let rows = shown.map { operation -> HTML in
            let meaning = OperationMeaning(operation, in: model).text
            let end = operation.returned.map { OperationRecord.moment($0 - origin) } ?? "no end known"
            let requests = operation.requests.prefix(Self.requestLimit).map { request($0, origin) }.joined()
            return """
                <tr><td><b>\(Self.cut(operation.name, 80))</b><br><span class="note">client \(operation.client)\
                \(operation.phase == .load ? "" : ", " + operation.phase.rawValue)</span></td>\
                <td><span class="outcome \(operation.outcome.tag)">\(operation.outcome.rawValue)</span>\
                <br><span class="note">\(meaning)</span></td>\
                <td class="times">\(OperationRecord.moment(operation.invoked - origin))<br>\
                <span class="end">\(end)</span></td>\
                <td>\(requests)\(values(operation))</td></tr>
                """
        }
        let left = finding.example.count - rows.count
        let more: HTML =
            left > 0
            ? "<p class=\"note\">\(Figures.grouped(left, "further operation")) in the middle left out.</p>"
            : ""
        guard !rows.isEmpty else { return "" }
        return """
            <h4>Operations, requests and answers</h4>
            <div class="scroll"><table class="operations"><thead><tr><th>operation</th><th>outcome</th>\
            <th>began, ended</th><th>requests and answers</th></tr></thead>\
            <tbody>\(rows.joined())</tbody></table></div>\(more)

            """
    }

    private func request(_ request: RequestRecord, _ origin: Int64) -> HTML {
        let took = request.received.map { " after " + Figures.duration(nanoseconds: $0 - request.sent) } ?? ""
        let again = request.attempt > 0 ? ", try \(request.attempt + 1)" : ""
        let excerpt: HTML =
            request.excerpt.map { $0.isEmpty ? "" : "<pre class=\"body\">\(Self.cut($0, 1_024))</pre>" } ?? ""
        return """
            <div class="request"><code>\(request.method) \(Self.cut(request.target, 400))</code>\
            <span class="answer">→ replica \(request.replica): <b>\(request.answer)</b>\(took)\(again)</span>\(excerpt)</div>
            """
    }

    private func values(_ operation: OperationRecord) -> HTML {
        let facts = operation.values.merging(operation.captures)
        guard !facts.isEmpty else { return "" }
        let items = facts.prefix(24).map {
            "\(HTML.cut($0.key, to: 60)) = \(HTML.cut($0.value, to: 120))"
        }
        return "<div class=\"values mono\">\(items.joined(separator: "   "))</div>"
    }

    // MARK: - Evidence

    private func evidence(_ finding: Finding, _ index: EvidenceIndex) -> HTML {
        guard !finding.example.isEmpty else { return "" }
        let evidence = index.evidence(for: finding.example)
        let origin = finding.example.map(\.invoked).min() ?? 0
        let rows = evidence.lines.map { line -> HTML in
            """
            <tr><td class="times">\(line.time.map { OperationRecord.moment($0 - origin) } ?? "")</td>\
            <td>\(line.source)</td><td>\(Self.certainty(line, finding.example))</td>\
            <td><code>\(line.text)</code>\(line.count > 1 ? " ×\(Figures.grouped(line.count))" : "")</td></tr>
            """
        }
        let notices = evidence.notices.map { "<p class=\"note\">\($0)</p>" as HTML }.joined()
        let certain = evidence.lines.filter(\.isCertain).count
        let head =
            evidence.lines.isEmpty
            ? "none of this moment"
            : "\(Figures.grouped(certain)) by trace, \(Figures.grouped(evidence.lines.count - certain)) by time"
        let table: HTML =
            rows.isEmpty
            ? ""
            : """
            <div class="scroll"><table class="evidence"><thead><tr><th>time</th><th>from</th><th>belongs to</th>\
            <th>line</th></tr></thead><tbody>\(rows.joined())</tbody></table></div>
            """
        return """
            <details\(certain > 0 ? " open" : "")><summary>SQL and log lines <span class="note">\(head)</span></summary>\
            \(table)\(notices)</details>
            """
    }

    private static func certainty(_ line: EvidenceLine, _ example: [OperationRecord]) -> String {
        switch line.certainty {
        case .traced(let id):
            example.first { $0.id == id }.map { "\(cut($0.name, 40)), client \($0.client)" } ?? "traced"
        case .nearby: "by time"
        case .sameSecond: "same second"
        }
    }

    private func curl(_ finding: Finding) -> HTML {
        guard let scenario = material.scenario, !finding.example.isEmpty else { return "" }
        let commands = CurlCommands(scenario: scenario)
        let lines = commands.lines(finding.example)
        guard !lines.isEmpty else { return "" }
        let replicas = Set(finding.example.flatMap(\.requests).map(\.replica)).sorted()
        let names = commands.variables(replicas)
        return """
            <details><summary>By hand with curl <span class="note">one at a time shows the requests, not the race</span>\
            </summary><div class="copyable command"><pre>\("# " + names)
            \(lines.joined(separator: "\n"))</pre><button type="button" class="copy">Copy</button></div></details>
            """
    }

    // MARK: - The rest

    private func table(_ rest: [Finding]) -> HTML {
        guard !rest.isEmpty else { return "" }
        let rows = rest.map { finding -> HTML in
            """
            <tr><td class="num">\(finding.number)</td><td>\(finding.kind.rawValue)</td><td>\(Self.cut(finding.check, 80))</td>\
            <td>\(Self.cut(finding.title, 160))</td><td class="num">\(Figures.grouped(finding.count))</td>\
            <td><code>\(finding.classID)</code></td></tr>
            """
        }
        let (html, left) = rows.fitting(budget.findingTable)
        let more = left > 0 ? " \(Figures.grouped(left)) more are in verdict.json." : ""
        return """
            <div class="card"><h3>Further findings</h3><p class="note">\
            \(Figures.grouped(rest.count, "finding")) without their stories, so that the page stays small.\(more) \
            <code>contend show \(material.report.identity.run)#N</code> tells each.</p><div class="scroll"><table><thead><tr>\
            <th class="num">no.</th><th>kind</th><th>violates</th><th>what</th><th class="num">times</th><th>class</th>\
            </tr></thead><tbody>\(html)</tbody></table></div></div>
            """
    }

    static func cut(_ text: String, _ limit: Int) -> String { HTML.cut(text, to: limit) }
}

extension [OperationRecord] {
    /// At most so many: the first ones, and the last, which most findings are about.
    func ends(_ limit: Int) -> [OperationRecord] {
        guard count > limit else { return self }
        let last = Swift.min(4, limit / 2)
        return Array(prefix(limit - last) + suffix(last))
    }
}

extension Severity {
    var heading: (title: HTML, meaning: HTML) {
        switch self {
        case .safety: ("Safety", "something acknowledged is wrong")
        case .liveness: ("Liveness", "something did not get on")
        case .error: ("Errors", "something was answered badly, and nothing is wrong for it")
        }
    }
}

extension Outcome {
    /// The class in the style sheet.
    var tag: HTML { "o-\(rawValue)" }
}
