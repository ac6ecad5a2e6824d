// What all charts share: the frame with axes and ticks, tones, the figure around the drawing and its legend.

/// What something is drawn with; colour, hatching and dashes follow from it in the style sheet, so that dark
/// pages and paper work.
public enum Tone: Sendable, Hashable {
    case ok, fail, unknown
    /// Neither good nor bad.
    case neutral
    /// The n-th of several alike, from 0; after the seventh the colours begin again, with dashes.
    case series(Int)
    /// The n-th of several in an order, from 0 to 7, each darker than the one before.
    case shade(Int)

    /// The class in the style sheet.
    var name: HTML {
        switch self {
        case .ok: "t-ok"
        case .fail: "t-fail"
        case .unknown: "t-unknown"
        case .neutral: "t-neutral"
        case .shade(let number): "h\(min(7, max(0, number)) + 1)"
        case .series(let number): "t-\(number % 7)\(number >= 7 ? " t-again" : "")"
        }
    }
}

/// Named numbers, one for each group or interval of a chart.
public struct Series: Sendable {
    public var name: String
    public var tone: Tone
    public var values: [Double]
}

/// A frame of fixed inner units; the style sheet fits it to the column.
struct Plot {
    static let width = 560.0
    static let height = 250.0
    static let left = 62.0
    static let right = 10.0
    static let top = 10.0
    static let bottom = 42.0

    var x: Axis
    var y: Axis
    var height = Plot.height

    var innerWidth: Double { Plot.width - Plot.left - Plot.right }
    var innerHeight: Double { height - Plot.top - Plot.bottom }

    func x(_ value: Double) -> Double { Plot.left + x.place(value) * innerWidth }
    func y(_ value: Double) -> Double { Plot.top + (1 - y.place(value)) * innerHeight }

    /// Grid lines and figures of both axes, and their labels.
    func axes(xTicks: Bool = true, yTicks: Bool = true) -> HTML {
        let base = height - Plot.bottom
        var html: HTML = ""
        for tick in yTicks ? y.ticks(5) : [] {
            html += """
                <line class="grid" x1="\(Plot.left)" x2="\(Plot.width - Plot.right)" y1="\(y(tick))" y2="\(y(tick))"/>\
                <text class="tick end" x="\(Plot.left - 6)" y="\(y(tick) + 4)">\(y.format(tick))</text>
                """
        }
        for tick in xTicks ? x.ticks(6) : [] {
            html += """
                <line class="tickmark" x1="\(x(tick))" x2="\(x(tick))" y1="\(base)" y2="\(base + 4)"/>\
                <text class="tick middle" x="\(x(tick))" y="\(base + 17)">\(x.format(tick))</text>
                """
        }
        html += """
            <line class="axis" x1="\(Plot.left)" x2="\(Plot.width - Plot.right)" y1="\(base)" y2="\(base)"/>\
            <text class="label middle" x="\(Plot.left + innerWidth / 2)" y="\(height - 6)">\(x.label)</text>
            """
        return html
    }

    /// A drawing of this size that screen readers read as `description`.
    static func svg(
        _ description: String, height: Double = Plot.height, width: Double = Plot.width, _ content: HTML
    ) -> HTML {
        """
        <svg class="plot" role="img" aria-label="\(description)" viewBox="0 0 \(width) \(height)">\(content)</svg>
        """
    }
}

/// A drawing with its caption and legend.
struct Figure {
    var title: String
    /// What the vertical axis measures.
    var unit: String
    var drawing: HTML
    var legend: [(name: String, tone: Tone)] = []

    var html: HTML {
        let entries = legend.map { HTML.legend("\($0.name)", $0.tone.name) }.joined()
        let list: HTML = legend.count > 1 ? "<ul class=\"legend\">\(entries)</ul>" : ""
        let measured: HTML = unit.isEmpty ? "" : " <span class=\"unit\">\(unit)</span>"
        return """
            <figure class="chart"><figcaption>\(title)\(measured)</figcaption>\(drawing)\(list)</figure>
            """
    }
}

extension HTML {
    /// One line of a legend; `tone` is a class of the style sheet.
    static func legend(_ name: HTML, _ tone: HTML) -> HTML {
        """
        <li><svg class="swatch" viewBox="0 0 14 14" aria-hidden="true">\
        <rect class="fill \(tone)" width="14" height="14" rx="2"/></svg>\(name)</li>
        """
    }

    /// Charts side by side where the page is wide enough, below each other where it is not.
    static func multiples(_ charts: [HTML]) -> HTML { "<div class=\"multiples\">\(charts.joined())</div>" }
}
