// The frame of the timeline: its controls, the place it is drawn in, and a table where no script runs.

import Core
import Histories

struct TimelineSection {
    let shown: [TimelineContent.Key]
    /// Keys that did not fit.
    let left: Int
    let replicas: Int

    var note: HTML {
        var text: [String] = []
        text.append(
            shown.contains { !$0.findings.isEmpty }
                ? "Keys with findings, in real time." : "No finding: these are the keys under most pressure.")
        text.append(
            "A bar is an operation on a client’s lane and, below, each of its requests on a replica’s.")
        if shown.contains(where: { $0.total > $0.operations.count }) {
            text.append(
                "Of a long history the \(TimelineContent.operationLimit) operations around the example are shown."
            )
        }
        if left > 0 {
            text.append("\(Figures.grouped(left, "further key")) left out, so that the page stays small.")
        }
        return "\(text.joined(separator: " "))"
    }

    var html: HTML {
        guard !shown.isEmpty else { return "" }
        return """
            <div class="card timeline-card"><div class="controls" id="timeline-controls" hidden>\(controls)</div>\
            <div id="timeline-frame" class="timeline" tabindex="0" role="group" hidden \
            aria-label="Timeline: plus and minus zoom, 0 shows all, arrows move"></div>\
            <div id="timeline-detail" class="detail" aria-live="polite" hidden></div>\(legend)\
            <noscript>\(tables)</noscript></div>
            """
    }

    private var controls: HTML {
        let keys = shown.enumerated().map { index, key -> HTML in
            let findings = key.findings.prefix(6).map { "#\($0)" }.joined(separator: " ")
            return
                "<option value=\"\(index)\">\(HTML.cut(key.key, to: 60))\(findings.isEmpty ? "" : " (finding \(findings))")</option>"
        }.joined()
        let names = Self.sorted(shown.flatMap { $0.operations.map(\.name) })
        let clients = Set(shown.flatMap { $0.operations.map(\.client) }).sorted()
        return """
            <label>Key <select id="timeline-key">\(keys)</select></label>\
            <label>Operation <select id="timeline-operation"><option value="">all</option>\(Self.options(names))</select></label>\
            <label>Client <select id="timeline-client"><option value="">all</option>\
            \(Self.options(clients.map { "\($0)" }))</select></label>\
            <label>Replica <select id="timeline-replica"><option value="">all</option>\
            \(Self.options((0..<min(replicas, 64)).map { "\($0)" }))</select></label>\
            <label>Outcome <select id="timeline-outcome"><option value="">all</option>\
            \(Self.options(Outcome.allCases.map(\.rawValue)))</select></label>\
            <span class="zoom"><button type="button" id="timeline-in" aria-label="Zoom in">+</button>\
            <button type="button" id="timeline-out" aria-label="Zoom out">−</button>\
            <button type="button" id="timeline-all">Whole</button></span>\
            <span id="timeline-count" class="note" role="status"></span>
            """
    }

    private static func sorted(_ names: [String]) -> [String] { Set(names).sorted() }

    private static func options(_ values: [String]) -> HTML {
        values.prefix(200).map { "<option>\(HTML.cut($0, to: 60))</option>" as HTML }.joined()
    }

    private var legend: HTML {
        let entries: [(HTML, HTML)] = [
            ("t-ok", "ok: it took effect"), ("t-fail", "fail: surely not"),
            ("t-unknown", "unknown: either; open to the right where no end is known"),
            ("t-fault", "fault"), ("t-wait", "wait for a lock"),
        ]
        let items = entries.map { HTML.legend($1, $0) }.joined()
        return
            "<ul class=\"legend\">\(items)<li><span class=\"ring\"></span>part of a finding’s example</li></ul>"
    }

    /// Rows of a key that are shown without script.
    private static let rowLimit = 60

    private var tables: HTML {
        shown.prefix(10).map { key -> HTML in
            let origin = key.operations.map(\.invoked).min() ?? 0
            let examples = key.operations.filter { key.examples.contains($0.id) }
            let rest = key.operations.filter { !key.examples.contains($0.id) }
            let rows = (examples + rest).prefix(Self.rowLimit).sorted { $0.invoked < $1.invoked }.map {
                operation -> HTML in
                let end = operation.returned.map { OperationRecord.moment($0 - origin) } ?? "no end known"
                let through = operation.requests.prefix(4).map { "\($0.replica)" }.joined(separator: ", ")
                return """
                    <tr><td class="times">\(OperationRecord.moment(operation.invoked - origin))</td><td class="times">\(end)</td>\
                    <td>client \(operation.client)</td><td>\(HTML.cut(operation.name, to: 60))</td>\
                    <td>\(through)</td>\
                    <td><span class="outcome \(operation.outcome.tag)">\(operation.outcome.rawValue)</span></td></tr>
                    """
            }.joined()
            return """
                <h4>\(HTML.cut(key.key, to: 200))</h4><div class="scroll"><table><thead><tr><th>began</th><th>ended</th>\
                <th>client</th><th>operation</th><th>replicas</th><th>outcome</th></tr></thead>\
                <tbody>\(rows)</tbody></table></div>
                """
        }.joined()
    }
}
