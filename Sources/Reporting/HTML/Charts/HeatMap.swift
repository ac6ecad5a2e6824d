// How often something was where: a grid of cells whose shade is a count.

import Glibc

public struct HeatMap: Sendable {
    public struct Cell: Sendable {
        public var column: Int
        public var row: Int
        /// Above zero.
        public var value: Double
        /// What a pointer that rests on it shows.
        public var note: String
    }

    public var title: String
    public var unit: String
    /// Divided into `columns` equal intervals.
    public var x: Axis
    public var columns: Int
    /// From the lowest up.
    public var rows: [String]
    /// Empty ones are left out.
    public var cells: [Cell]

    /// Shades by the logarithm of the value: counts of a tail stay visible beside those of the bulk.
    static let shades = 8

    public var html: HTML {
        let rowHeight = rows.count > 4 ? 15.0 : 26.0
        let height = Plot.top + Plot.bottom + rowHeight * Double(max(1, rows.count))
        let plot = Plot(x: x, y: Axis("", 0...Double(max(1, rows.count))), height: height)
        let width = plot.innerWidth / Double(max(1, columns))
        let most = max(1, cells.map(\.value).max() ?? 1)
        var drawing = plot.axes(yTicks: false)
        for cell in cells {
            drawing += """
                <rect class="heat h\(Self.shade(cell.value, of: most))" x="\(Plot.left + Double(cell.column) * width)" \
                y="\(plot.y(Double(cell.row + 1)))" width="\(max(0.8, width - 0.7))" height="\(rowHeight - 1)">\
                <title>\(cell.note)</title></rect>
                """
        }
        let every = rows.count > 12 ? 2 : 1
        for (row, name) in rows.enumerated() where row % every == 0 {
            drawing += """
                <text class="tick end" x="\(Plot.left - 6)" y="\(plot.y(Double(row) + 0.5) + 4)">\(name)</text>
                """
        }
        let description = "\(title): \(unit) over \(x.label)"
        return Figure(title: title, unit: unit, drawing: Plot.svg(description, height: height, drawing)).html
    }

    static func shade(_ value: Double, of most: Double) -> Int {
        guard value > 0, most > 1 else { return 1 }
        let share = (log1p(value) / log1p(most) * Double(shades)).rounded(.up)
        return min(shades, max(1, Int(share)))
    }
}
