// The report of one run as one offline page: verdict first, then whether it tested anything, then the
// stories.

import Checking
import RunStore
import Scenarios

/// The HTML report of a run.
///
/// Pure: the same material gives the same page. Its size is bounded whatever the run did, and everything that
/// a service said is escaped.
public struct HTMLReport: Sendable {
    /// No page is larger, in bytes.
    public static let limitBytes = ReportBudget.page

    let material: RunMaterial

    public init(_ material: RunMaterial) { self.material = material }

    var report: RunReport { material.report }
    var judgement: Judgement { material.report.judgement }

    /// The complete document, UTF-8.
    public var text: String {
        let full = page(ReportBudget(), notices: [])
        if full.utf8.count <= Self.limitBytes { return full }
        return page(
            .least,
            notices: ["This page would have been too large: details were left out; verdict.json has them."])
    }

    private func page(_ budget: ReportBudget, notices: [String]) -> String {
        let contention = material.history.map { KeyContention($0, material.scenario) }
        let timeline = TimelineContent(material, contention).document(budget.timeline)
        let frame = TimelineSection(
            shown: timeline.shown, left: timeline.left, replicas: report.identity.replicas)
        let parts = self.parts(budget, contention, frame).filter { !$0.body.isEmpty }
        let links = parts.map { "<li><a href=\"#\($0.id)\">\($0.name)</a></li>\n" as HTML }.joined()
        let run = report.identity.run
        let data: HTML =
            timeline.shown.isEmpty
            ? "" : "<script type=\"application/json\" id=\"timeline-data\">\(timeline.json)</script>"
        let body: HTML = """
            \(head(notices))
            <nav class="sections" aria-label="Parts of this report"><ul>
            \(links)<li class="help"><button type="button" class="help" title="Keys">?</button></li>
            </ul></nav>
            <main>
            \(parts.map(\.html).joined())\
            <footer class="note">\
            Made by contend from the run directory of \(run). It loads nothing and sends nothing.\
            </footer>
            </main>
            \(data)

            """
        return HTMLPage(
            title: "\(judgement.verdict.word) · \(HTML.cut(report.identity.scenario, to: 100))", body: body,
            script: .timeline
        ).text
    }

    /// A part of the page, left out where it is empty; the list at the top leads to it.
    private struct Part {
        var id: HTML
        /// In the list at the top.
        var name: HTML
        var heading: HTML
        var note: HTML?
        var body: HTML

        var html: HTML {
            let note = note.map { "<p class=\"note\">\($0)</p>\n" as HTML } ?? ""
            return """
                <section id="\(id)">
                <h2>\(heading)</h2>
                \(note)\(body)
                </section>

                """
        }
    }

    private func parts(
        _ budget: ReportBudget, _ contention: KeyContention?, _ timeline: TimelineSection
    ) -> [Part] {
        let findings = FindingSection(
            material: material, budget: budget, timelineKeys: Set(timeline.shown.map(\.key)))
        let latency = material.history.map { LatencySection(figures: LoadFigures($0)) }
        let strips = contention.map { ContentionSection(contention: $0) }
        let locks = LocksSection(
            observations: material.observations, judgement: judgement, budget: budget.locks)
        return [
            Part(
                id: "tested", name: "Tested?", heading: "Did this run test anything?",
                note:
                    "A green run in which nothing raced proves nothing. These figures say how hard it tried.",
                body: tested + answers),
            Part(
                id: "findings", name: "Findings", heading: "Findings", note: findings.note,
                body: findings.html),
            Part(
                id: "timeline", name: "Timeline", heading: "Timeline of a key", note: timeline.note,
                body: timeline.html),
            Part(
                id: "contention", name: "Contention", heading: "Contention", note: strips?.note,
                body: strips?.html ?? ""),
            Part(
                id: "latency", name: "Latency", heading: "Latency and throughput", note: latency?.note,
                body: latency?.html ?? ""),
            Part(
                id: "locks", name: "Locks", heading: "Locks and deadlocks", note: locks.note,
                body: locks.html),
            Part(
                id: "steps", name: "Ramp", heading: "Ramp of clients",
                note:
                    "Attempts that came to nothing count the clients’ own and those that the service tells of.",
                body: RampSection(steps: judgement.steps).html),
            Part(
                id: "checks", name: "Checks", heading: "Checks",
                note: """
                    What was asked, what came of it, and what judging it cost. What a pass bounds stands \
                    beside it.
                    """,
                body: ChecksSection(checks: judgement.checks, budget: budget.checks).html),
            Part(
                id: "environment", name: "Environment", heading: "Environment",
                body: environment(budget.scenario)),
        ]
    }

    private var answers: HTML {
        let table = AnswerTable(judgement.answers).html
        guard !table.isEmpty else { return "" }
        return """

            <h3>Answers</h3>
            <p class="note">How often each operation got which answer, in all phases of the run, and how the \
            outcome rules read it.</p>
            \(table)
            """
    }
}
