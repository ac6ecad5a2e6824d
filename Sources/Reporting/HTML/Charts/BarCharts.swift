// Bars: stacked over time, or grouped beside each other.

/// Shares of a whole in each interval of time, one upon the other.
public struct StackedBars: Sendable {
    public var title: String
    /// Divided into as many equal intervals as a series has values.
    public var x: Axis
    /// Measures the whole stack.
    public var y: Axis
    public var series: [Series]

    public var html: HTML {
        let plot = Plot(x: x, y: y)
        let count = series.map(\.values.count).max() ?? 0
        let width = plot.innerWidth / Double(max(1, count))
        let span = (x.range.upperBound - x.range.lowerBound) / Double(max(1, count))
        var drawing = plot.axes()
        for column in 0..<count {
            var below = 0.0
            let told = series.map { "\($0.name) \(y.format($0.value(column)))" }.joined(separator: " · ")
            let begin = x.range.lowerBound + Double(column) * span
            drawing += "<g><title>\(x.format(begin)) to \(x.format(begin + span)): \(told)</title>"
            for part in series where part.value(column) > 0 {
                let (top, bottom) = (plot.y(below + part.value(column)), plot.y(below))
                drawing += """
                    <rect class="fill \(part.tone.name)" x="\(Plot.left + Double(column) * width)" y="\(top)" \
                    width="\(max(0.5, width - 0.6))" height="\(max(0.4, bottom - top))"/>
                    """
                below += part.value(column)
            }
            drawing += "</g>"
        }
        let description =
            "\(title): \(y.label) over \(x.label), " + series.map(\.name).joined(separator: ", ")
        return Figure(
            title: title, unit: y.label, drawing: Plot.svg(description, drawing),
            legend: series.map { ($0.name, $0.tone) }
        ).html
    }
}

/// Several named groups, in each a bar for every series.
public struct GroupedBars: Sendable {
    public var title: String
    public var groups: [String]
    public var y: Axis
    /// Each has one value for every group; one that is not a number has no bar.
    public var series: [Series]

    public var html: HTML {
        let plot = Plot(x: Axis("", 0...1), y: y)
        let group = plot.innerWidth / Double(max(1, groups.count))
        let width = group * 0.8 / Double(max(1, series.count))
        var drawing = plot.axes(xTicks: false)
        for (index, name) in groups.enumerated() {
            let left = Plot.left + group * (Double(index) + 0.1)
            for (position, part) in series.enumerated() where part.value(index).isFinite {
                let top = plot.y(part.value(index))
                drawing += """
                    <rect class="fill \(part.tone.name)" x="\(left + Double(position) * width)" y="\(top)" \
                    width="\(max(1, width - 1.5))" height="\(max(0.6, plot.y(y.range.lowerBound) - top))">\
                    <title>\(name), \(part.name): \(y.format(part.value(index)))</title></rect>
                    """
            }
            let most = max(4, Int(group / 6.6))
            drawing += """
                <text class="tick middle" x="\(left + group * 0.4)" y="\(plot.height - Plot.bottom + 17)">\
                \(HTML.cut(name, to: most))<title>\(name)</title></text>
                """
        }
        let description =
            "\(title): \(y.label) for " + groups.joined(separator: ", ") + "; "
            + series.map(\.name).joined(separator: ", ")
        return Figure(
            title: title, unit: y.label, drawing: Plot.svg(description, drawing),
            legend: series.map { ($0.name, $0.tone) }
        ).html
    }
}

extension Series {
    func value(_ index: Int) -> Double { index < values.count ? values[index] : 0 }
}
