// Who waited for whom: a circle of backends with arrows that name the lock, from the server's words or
// from what the monitor saw.

import Checking
import Glibc
import Histories

/// One graph of waits.
struct WaitGraph: Hashable {
    struct Node: Hashable {
        var backend: Int
        var replica: Int?
        var statement: String
    }

    struct Edge: Hashable {
        /// Positions in `nodes`.
        var waiter: Int
        var holder: Int
        var lock: String
    }

    var nodes: [Node]
    var edges: [Edge]

    /// More backends than this are left out of the picture.
    static let nodeLimit = 8

    /// What the server's log says of a deadlock.
    init(_ parties: [DeadlockParty], _ replicaOf: (Int) -> Int?) {
        nodes = parties.prefix(Self.nodeLimit).map {
            Node(backend: $0.waiter, replica: replicaOf($0.waiter), statement: $0.statement)
        }
        edges = []
        for (index, party) in parties.prefix(Self.nodeLimit).enumerated() {
            guard let holder = nodes.firstIndex(where: { $0.backend == party.holder }) else { continue }
            edges.append(Edge(waiter: index, holder: holder, lock: party.resource))
        }
    }

    /// A circle that was seen live; each member waits for the next.
    init(_ cycle: WaitCycle, _ replicaOf: (Int) -> Int?) {
        nodes = cycle.members.prefix(Self.nodeLimit).map {
            Node(backend: $0.backend, replica: replicaOf($0.backend), statement: $0.statement)
        }
        let count = nodes.count
        edges = nodes.indices.map { Edge(waiter: $0, holder: ($0 + 1) % max(1, count), lock: "") }
    }

    /// The longest wait: a waiter and those it waited for.
    init(_ wait: LockWait, _ replicaOf: (Int) -> Int?) {
        let members = [wait.waiter] + wait.holders.prefix(Self.nodeLimit - 1)
        nodes = members.map {
            Node(backend: $0.backend, replica: replicaOf($0.backend), statement: $0.statement)
        }
        edges = nodes.indices.dropFirst().map { Edge(waiter: 0, holder: $0, lock: wait.lock) }
    }

    // MARK: - Drawing

    private static let width = 560.0
    private var height: Double { nodes.count > 2 ? 310 : 190 }
    private static let box = (width: 138.0, height: 42.0)

    /// Places on an ellipse, the first to the left.
    private func place(_ index: Int) -> (x: Double, y: Double) {
        let angle = Double.pi + 2 * Double.pi * Double(index) / Double(max(1, nodes.count))
        return (Self.width / 2 + 200 * cos(angle), height / 2 + (nodes.count > 2 ? 124 : 0) * sin(angle))
    }

    func drawing(_ title: String) -> HTML {
        var html: HTML = ""
        for edge in edges { html += arrow(edge) }
        for (index, node) in nodes.enumerated() {
            let (x, y) = place(index)
            let owner = node.replica.map { "replica \($0)" } ?? "replica not known"
            html += """
                <g class="node"><rect x="\(x - Self.box.width / 2)" y="\(y - Self.box.height / 2)" \
                width="\(Self.box.width)" height="\(Self.box.height)" rx="8"/>\
                <text class="middle strong" x="\(x)" y="\(y - 3)">\(Self.letter(index)): backend \(node.backend)</text>\
                <text class="middle tick" x="\(x)" y="\(y + 13)">\(owner)</text></g>
                """
        }
        for edge in edges { html += label(edge) }
        let items = nodes.enumerated().map { index, node -> HTML in
            "<li><b>\(Self.letter(index))</b> <code>\(HTML.cut(plainStatement(node.statement), to: 600))</code></li>"
        }.joined()
        let told = edges.map { "\(Self.letter($0.waiter)) waits for \(Self.letter($0.holder))" }.joined(
            separator: ", ")
        return """
            <figure class="chart graph"><figcaption>\(title)</figcaption>\
            \(Plot.svg("\(title): \(told)", height: height, width: Self.width, html))\
            <ul class="statements">\(items)</ul></figure>
            """
    }

    /// Bent to one side, so that the two of a pair lie apart.
    private func bend(_ edge: Edge) -> (x: Double, y: Double) {
        let (from, to) = (place(edge.waiter), place(edge.holder))
        let (dx, dy) = (to.x - from.x, to.y - from.y)
        let length = max(1, (dx * dx + dy * dy).squareRoot())
        let bend = nodes.count > 2 ? 20.0 : 90.0
        return ((from.x + to.x) / 2 + dy / length * bend, (from.y + to.y) / 2 - dx / length * bend)
    }

    private func arrow(_ edge: Edge) -> HTML {
        let middle = bend(edge)
        let start = edgePoint(place(edge.waiter), toward: middle)
        let end = edgePoint(place(edge.holder), toward: middle)
        return """
            <path class="wait-edge" marker-end="url(#arrow)" \
            d="M\(start.x) \(start.y)Q\(middle.x) \(middle.y) \(end.x) \(end.y)"/>
            """
    }

    /// What is waited for, in two short lines beside the middle of the arrow.
    private func label(_ edge: Edge) -> HTML {
        let (from, middle, to) = (place(edge.waiter), bend(edge), place(edge.holder))
        let (x, y) = ((from.x + 2 * middle.x + to.x) / 4, (from.y + 2 * middle.y + to.y) / 4)
        let parts = edge.lock.split(separator: " on ", maxSplits: 1).map { HTML.cut(String($0), to: 26) }
        let lines = parts.isEmpty ? ["waits"] : parts.count == 1 ? parts : [parts[0], "on " + parts[1]]
        let spans = lines.enumerated().map { number, line -> HTML in
            "<tspan x=\"\(x)\" y=\"\(y + 13 * Double(number) - (lines.count > 1 ? 3 : -4))\">\(line)</tspan>"
        }.joined()
        return "<text class=\"halo middle\">\(spans)<title>\(edge.lock)</title></text>"
    }

    /// Where a line from the middle of a box to `target` leaves the box.
    private func edgePoint(_ center: (x: Double, y: Double), toward target: (x: Double, y: Double)) -> (
        x: Double, y: Double
    ) {
        let (dx, dy) = (target.x - center.x, target.y - center.y)
        let horizontal = dx == 0 ? Double.infinity : (Self.box.width / 2 + 3) / dx.magnitude
        let vertical = dy == 0 ? Double.infinity : (Self.box.height / 2 + 3) / dy.magnitude
        let scale = min(horizontal, vertical, 1)
        return (center.x + dx * scale, center.y + dy * scale)
    }

    private static func letter(_ index: Int) -> String {
        Unicode.Scalar(0x41 + UInt32(index % 26)).map { String($0) } ?? "?"
    }
}
