// The head of the report: verdict, one sentence, the command that runs it again, and what to know before
// reading.

import Checking
import Core
import RunStore
import Scenarios

extension HTMLReport {
    func head(_ notices: [String]) -> HTML {
        let about = HTML.cut(material.scenario?.description ?? "", to: 1_200)
        return """
            <header class="page">
            <p class="brand"><b>contend</b> <span>run report</span> \
            <span class="mono">\(HTML.cut(report.identity.run, to: 200))</span></p>
            <div class="verdict"><span class="badge v-\(judgement.verdict.rawValue)">\
            \(judgement.verdict.icon)\(judgement.verdict.word)</span>\
            <h1>\(HTML.cut(report.identity.scenario, to: 120))</h1></div>
            <p class="lead">\(lead)</p>
            \(about.isEmpty ? "" : "<p class=\"about\">\(about)</p>" as HTML)
            <div class="command"><code>\(HTML.cut(report.identity.command, to: 2_000))</code>\
            <button type="button" class="copy">Copy</button></div>
            \(facts)
            \(alerts(notices))
            </header>
            """
    }

    /// What a reader should take away, in a sentence or two.
    private var lead: HTML {
        switch judgement.verdict {
        case .violation, .degraded:
            guard let first = judgement.newFindings.first else {
                let broken = judgement.checks.filter { $0.verdict == judgement.verdict }.map(\.name)
                return "Over the limit: \(HTML.cut(broken.joined(separator: ", "), to: 300))."
            }
            let often = first.often.map { "Seen \($0)." } ?? ""
            let others = judgement.findings.count - 1
            let more = others > 0 ? " \(Figures.grouped(others, "further finding"))." : ""
            return "\(HTML.cut(first.title, to: 400)) <span class=\"often\">\(often)\(more)</span>"
        case .pass:
            return """
                Everything asked was checked and held, over \(Figures.grouped(judgement.tally.operations, "operation"))\
                \(known).
                """
        case .unknown:
            let reasons = judgement.checks.filter { $0.verdict == .unknown }.prefix(3)
                .map { "\($0.name): \($0.explanation)" }
            return "Inconclusive. \(HTML.cut(reasons.joined(separator: "; "), to: 500))"
        case .notRun: return "The experiment did not happen. \(HTML.cut(report.reasonNotRun, to: 500))"
        }
    }

    private var known: String {
        let count = judgement.findings.count - judgement.newFindings.count
        return count == 0 ? "" : ", but for \(Figures.grouped(count, "known finding"))"
    }

    private var facts: HTML {
        var facts: [(String, String)] = [
            ("database", report.identity.database), ("replicas", Figures.grouped(report.identity.replicas)),
            ("clients", Figures.grouped(report.identity.clients)),
        ]
        facts += report.identity.parameters.prefix(12).map { ($0.name, HTML.cut($0.value.plain, to: 80)) }
        facts += [("seed", String(report.identity.seed)), ("started", report.identity.started)]
        if report.hasLoad {
            facts += [
                ("load", Figures.duration(nanoseconds: report.figures.load.durationNanoseconds)),
                ("throughput", "\(Figures.rate(report.figures.operationsPerSecond)) operations"),
            ]
        }
        if report.identity.sequential { facts.append(("mode", "one at a time")) }
        let items = facts.map { "<div><dt>\($0)</dt><dd>\($1)</dd></div>" as HTML }.joined()
        return "<dl class=\"facts\">\(items)</dl>"
    }

    /// More than this is only counted.
    private static let alertLimit = 12

    private func alerts(_ notices: [String]) -> HTML {
        // The reason is in the lead already.
        let isTold = judgement.verdict == .notRun && report.notices.first == report.reasonNotRun
        let own = isTold ? Array(report.notices.dropFirst()) : report.notices
        let all = notices + material.notices + own + report.warnings.map { "Warning: \($0)" }
        let shown = all.prefix(Self.alertLimit).map {
            "<p class=\"alert\">\(HTML.cut($0, to: 600))</p>" as HTML
        }
        return shown.joined() + HTML.left(all.count - shown.count, "further notice")
    }
}

extension Verdict {
    /// A shape for each verdict, so that no colour is needed to tell them apart.
    var icon: HTML {
        let path: HTML =
            switch self {
            case .pass: "<path d=\"M4 12.5l5 5L20 6.5\"/>"
            case .violation: "<path d=\"M6 6l12 12M18 6L6 18\"/>"
            case .degraded: "<path d=\"M12 4L22 20H2Z\"/><path d=\"M12 10v4\"/>"
            case .unknown: "<path d=\"M8 9a4 4 0 1 1 5.5 3.7c-1 .5-1.5 1.2-1.5 2.3\"/><path d=\"M12 19v.3\"/>"
            case .notRun: "<circle cx=\"12\" cy=\"12\" r=\"8.5\"/><path d=\"M6 18L18 6\"/>"
            }
        return "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\">\(path)</svg>"
    }

    var tag: HTML { "o-\(rawValue)\(self == .unknown ? " of-check" : "")" }
}
