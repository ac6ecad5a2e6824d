// How much of the page each part may take: the report never grows with the history.

import Core

/// Bytes that are left for a part of the page.
struct ByteBudget {
    private(set) var left: Int

    init(_ bytes: Int) { left = bytes }

    /// Whether the piece still fits; then it is charged.
    mutating func takes(_ piece: HTML) -> Bool {
        let size = piece.text.utf8.count
        guard size <= left else { return false }
        left -= size
        return true
    }
}

/// The bounds of one report, in bytes; all of them together stay below `page`.
struct ReportBudget {
    static let page = 5_000_000

    var findings = 2_000_000
    var findingTable = 500_000
    var timeline = 1_000_000
    var locks = 250_000
    var checks = 250_000
    var scenario = 250_000
    /// Findings told in full.
    var findingLimit = 60

    /// For a page that would be too large all the same.
    static let least = ReportBudget(
        findings: 400_000, findingTable: 100_000, timeline: 100_000, locks: 50_000, checks: 100_000,
        scenario: 50_000, findingLimit: 10)
}

extension HTML {
    /// How many more a file of the run holds; nothing where there are none.
    static func left(_ count: Int, _ noun: String, in file: String = "verdict.json") -> HTML {
        count > 0 ? "<p class=\"note\">\(Figures.grouped(count, noun)) in \(file).</p>" : ""
    }
}

extension Collection<HTML> {
    /// The first that fit into `bytes`, and how many were left out.
    func fitting(_ bytes: Int) -> (html: HTML, left: Int) {
        var budget = ByteBudget(bytes)
        var kept: [HTML] = []
        for piece in self {
            guard budget.takes(piece) else { break }
            kept.append(piece)
        }
        return (kept.joined(), count - kept.count)
    }
}
