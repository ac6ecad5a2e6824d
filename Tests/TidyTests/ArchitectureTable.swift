// The table of ARCHITECTURE.md: who may import whom, as the reader is told.

/// Rows of the form ``| `Target` | what it owns | `Ours`, `Ours` | `Third` |``.
struct ArchitectureTable {
    struct Row {
        var target: String
        var ours: Set<String>
        var thirdParty: Set<String>
    }

    private(set) var rows: [Row] = []

    init(text: String) {
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map(String.init)
            guard cells.count == 4 else { continue }
            let target = Self.names(in: cells[0])
            guard target.count == 1 else { continue }
            rows.append(
                Row(
                    target: target[0], ours: Set(Self.names(in: cells[2])),
                    thirdParty: Set(Self.names(in: cells[3]))))
        }
    }

    private static func names(in cell: String) -> [String] {
        cell.matches(of: /`([\w-]+)`/).map { String($0.1) }
    }
}
