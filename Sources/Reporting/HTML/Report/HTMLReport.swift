// The report of one run as one offline page: verdict first, then whether it tested anything, then the
// stories.

import Checking
import RunStore
import Scenario

/// The HTML report of a run.
///
/// Pure: the same material gives the same page. Its size is bounded whatever the run did, and everything that
/// a
/// service said is escaped.
public struct HTMLReport: Sendable {
    /// No page is larger, in bytes.
    public static let limitBytes = ReportBudget.page

    let material: RunMaterial

    public init(_ material: RunMaterial) { self.material = material }

    var report: RunReport { material.report }
    var judgement: Judgement { material.report.judgement }

    /// The complete document, UTF-8; throws only where our own template is broken.
    public func text() throws(ReportError) -> String {
        let full = try page(ReportBudget(), notices: [])
        if full.utf8.count <= Self.limitBytes { return full }
        return try page(
            .least,
            notices: ["This page would have been too large: details were left out; verdict.json has them."])
    }

    private func page(_ budget: ReportBudget, notices: [String]) throws(ReportError) -> String {
        let contention = material.history.map { KeyContention($0, material.scenario) }
        let timeline = TimelineContent(material, contention)
        let document = timeline.document(budget.timeline)
        let timelineSection = TimelineSection(
            shown: document.shown, left: document.left, replicas: report.identity.replicas)
        let findings = FindingSection(
            material: material, budget: budget, timelineKeys: Set(document.shown.map(\.key)))
        let latency = material.history.map { LatencySection(figures: LoadFigures($0)) }
        let strips = contention.map { ContentionSection(contention: $0) }
        let locks = LocksSection(
            observations: material.observations, judgement: judgement, budget: budget.locks)
        var values = head(notices)
        values["tested"] = tested
        values["answers"] = AnswerTable(judgement.answers).html
        values["findings"] = try findings.html()
        values["findingsNote"] = findings.note
        values["timeline"] = timelineSection.html
        values["timelineNote"] = timelineSection.note
        values["contention"] = strips?.html
        values["contentionNote"] = strips?.note
        values["latency"] = latency?.html
        values["latencyNote"] = latency?.note
        values["locks"] = locks.html
        values["locksNote"] = locks.note
        values["steps"] = RampSection(steps: judgement.steps).html
        values["checks"] = ChecksSection(checks: judgement.checks, budget: budget.checks).html
        values["environment"] = environment(budget.scenario)
        values["footer"] =
            "Made by contend from the run directory of \(report.identity.run). It loads nothing and sends nothing."
        if !document.shown.isEmpty {
            values["timelineJSON"] =
                "<script type=\"application/json\" id=\"timeline-data\">\(document.json)</script>"
        }
        let body = try PageTemplate.report.render(values)
        return try HTMLPage(
            title: "\(judgement.verdict.word) · \(HTML.cut(report.identity.scenario, to: 100))", body: body,
            script: .timeline
        ).text()
    }
}
