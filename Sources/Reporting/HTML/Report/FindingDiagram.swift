// The smallest example as a picture: a lane for each client, a bar for each operation, time from left to
// right.

import Checking
import Core
import Histories
import Scenarios

struct FindingDiagram {
    var example: [OperationRecord]
    var model: Model?

    /// Of more operations than this the first ones and the last are drawn.
    static let operationLimit = 14

    private static let width = 860.0
    private static let left = 92.0
    private static let laneHeight = 58.0

    var html: HTML {
        let shown = example.ends(Self.operationLimit)
        guard let begin = shown.map(\.invoked).min() else { return "" }
        let lastKnown = shown.flatMap { [$0.invoked, $0.returned ?? $0.invoked] }.max() ?? begin
        let clients = shown.map(\.client).reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
        let span = Double(max(1, lastKnown - begin))
        let inner = Self.width - Self.left - 24
        let place = { (time: Int64) in Self.left + 8 + Double(time - begin) / span * inner * 0.94 }
        let base = 14 + Self.laneHeight * Double(clients.count)
        var drawing: HTML = ""
        for (lane, client) in clients.enumerated() {
            let y = 14 + Self.laneHeight * Double(lane)
            drawing += """
                <line class="lane" x1="\(Self.left)" x2="\(Self.width - 8)" y1="\(y + 40)" y2="\(y + 40)"/>\
                <text class="lane-name" x="0" y="\(y + 37)">client \(client)</text>
                """
            for operation in shown where operation.client == client {
                drawing += bar(operation, y: y, place: place, base: base)
            }
        }
        let axis = Axis("", 0...span, format: Axis.duration)
        for tick in axis.ticks(6) {
            let x = place(begin + Int64(tick))
            drawing += """
                <line class="tickmark" x1="\(x)" x2="\(x)" y1="\(base)" y2="\(base + 4)"/>\
                <text class="tick middle" x="\(x)" y="\(base + 17)">\(tick == 0 ? "0" : "+" + axis.format(tick))</text>
                """
        }
        drawing +=
            "<line class=\"axis\" x1=\"\(Self.left)\" x2=\"\(Self.width - 8)\" y1=\"\(base)\" y2=\"\(base)\"/>"
        let told = shown.map { "client \($0.client) \(HTML.cut($0.name, to: 40)) \($0.outcome.rawValue)" }
            .joined(separator: ", ")
        return """
            <figure class="story-picture"><div class="scroll">\
            \(Plot.svg("The operations over time: \(told)", height: base + 24, width: Self.width, drawing))</div></figure>
            """
    }

    private func bar(_ operation: OperationRecord, y: Double, place: (Int64) -> Double, base: Double) -> HTML
    {
        let reading = OperationMeaning(operation, in: model)
        let begin = place(operation.invoked)
        let end = operation.returned.map(place) ?? Self.width - 8
        let width = max(5, end - begin)
        let replica = operation.requests.last.map { " → replica \($0.replica)" } ?? ""
        let answer = operation.requests.last.map { " " + $0.answer } ?? ""
        let meaning = reading.seen.map { "shows \($0)" } ?? reading.change ?? ""
        let title = "\(HTML.cut(operation.name, to: 80))\(replica)\(answer)"
        // Whatever begins late is written to the left of its end, so that it stays within the picture.
        let isLate = begin > Self.width * 0.62
        let x = isLate ? min(Self.width - 8, max(begin + width, begin + 40)) : begin
        let anchor: HTML = isLate ? "end" : "start"
        let open: HTML = operation.returned == nil ? " open" : ""
        return """
            <g class="op\(open)"><title>\(title) \(meaning)</title>\
            <line class="thread" x1="\(begin)" x2="\(begin)" y1="\(y + 48)" y2="\(base)"/>\
            <rect class="fill \(operation.outcome.diagramTone.name)" x="\(begin)" y="\(y + 32)" width="\(width)" height="16" rx="3"/>\
            <text class="op-name \(anchor)" x="\(x)" y="\(y + 12)">\(HTML.cut(title, to: 52))</text>\
            <text class="op-note \(anchor)" x="\(x)" y="\(y + 26)">\(HTML.cut(meaning, to: 60))</text></g>
            """
    }
}

extension Outcome {
    var diagramTone: Tone {
        switch self {
        case .ok: .ok
        case .fail: .fail
        case .unknown: .unknown
        }
    }
}
