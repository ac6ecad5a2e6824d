// Lines over a common axis, with a mark at each point that tells its numbers.

import Core

public struct LineChart: Sendable {
    public struct Line: Sendable {
        public var name: String
        public var tone: Tone
        /// In order of x.
        public var points: [Point]
    }

    public struct Point: Sendable, Hashable {
        public var x: Double
        public var y: Double
        /// The ends of an interval around `y`, drawn as a whisker.
        public var interval: ClosedRange<Double>?
    }

    public var title: String
    public var x: Axis
    public var y: Axis
    public var lines: [Line]

    public var html: HTML {
        let plot = Plot(x: x, y: y)
        let drawing = plot.axes() + lines.enumerated().map { draw($1, number: $0, on: plot) }.joined()
        let description = "\(title): \(y.label) over \(x.label), \(Figures.grouped(lines.count, "line"))"
        return Figure(
            title: title, unit: y.label, drawing: Plot.svg(description, drawing),
            legend: lines.map { ($0.name, $0.tone) }
        ).html
    }

    private func draw(_ line: Line, number: Int, on plot: Plot) -> HTML {
        let places = line.points.map { "\(HTML.number(plot.x($0.x))),\(HTML.number(plot.y($0.y)))" }
        var html: HTML =
            "<polyline class=\"line \(line.tone.name)\" points=\"\(places.joined(separator: " "))\"/>"
        for point in line.points {
            let (x, y) = (plot.x(point.x), plot.y(point.y))
            if let interval = point.interval {
                html += """
                    <line class="line \(line.tone.name)" x1="\(x)" x2="\(x)" \
                    y1="\(plot.y(interval.lowerBound))" y2="\(plot.y(interval.upperBound))"/>
                    """
            }
            html += """
                <g class="mark \(line.tone.name)">\(Self.mark(number, x, y))\
                <title>\(line.name): \(plot.y.format(point.y)) at \(plot.x.format(point.x))</title></g>
                """
        }
        return html
    }

    /// Lines differ by the shape of their marks as well as by colour.
    private static func mark(_ number: Int, _ x: Double, _ y: Double) -> HTML {
        switch number % 4 {
        case 0: "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"3.5\"/>"
        case 1: "<rect x=\"\(x - 3.2)\" y=\"\(y - 3.2)\" width=\"6.4\" height=\"6.4\"/>"
        case 2: "<path d=\"M\(x) \(y - 4.4)L\(x + 4.2) \(y + 3.2)H\(x - 4.2)Z\"/>"
        default: "<path d=\"M\(x) \(y - 4.6)L\(x + 4.6) \(y)L\(x) \(y + 4.6)L\(x - 4.6) \(y)Z\"/>"
        }
    }
}
