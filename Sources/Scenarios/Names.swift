// Which words are names, which are taken, and which known name is nearest to a mistyped one.

import Core

public enum Names {
    /// Roots of placeholders that contend fills itself.
    public static let reserved: Set<String> = [
        "port", "replica", "services", "companions", "database", "run", "scenario", "env", "secret", "unique",
        "uuid", "now", "client",
        "round",
    ]

    /// Those of them that have names of their own below them, as operations have: `run.directory`.
    static let reservedOfOperations: Set<String> = [
        "replica", "services", "companions", "database", "run", "scenario", "env", "secret", "now",
    ]

    /// A letter or `_`, then letters, digits, `_` and `-`.
    static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first == "_" || first.properties.isAlphabetic else {
            return false
        }
        return text.unicodeScalars.allSatisfy {
            $0 == "_" || $0 == "-" || $0.properties.isAlphabetic || ("0"..."9").contains($0)
        }
    }

    /// The nearest of `candidates`, if it is near enough to be meant.
    public static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        var best: (name: String, distance: Int)?
        for candidate in Set(candidates).sorted() {
            let distance = editDistance(name.lowercased(), candidate.lowercased())
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(1, min(3, name.count / 2)) else { return nil }
        return best.name
    }

    /// "did you mean …", or else all that is possible if it fits into a line.
    static func suggestion(for name: String, among candidates: some Sequence<String>) -> String? {
        if let nearest = nearest(to: name, among: candidates) { return "did you mean `\(nearest)`?" }
        let names = Set(candidates).sorted()
        guard !names.isEmpty, names.count <= 16 else { return nil }
        return "expected " + alternatives(names.map { "`\($0)`" })
    }

    /// As in "a, b or c".
    static func alternatives(_ names: [String]) -> String {
        names.isEmpty ? "nothing" : Figures.either(names)
    }

    /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
    static func editDistance(_ left: String, _ right: String) -> Int {
        let left = Array(left)
        let right = Array(right)
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in 0..<left.count {
            var row = [i + 1]
            for j in 0..<right.count {
                var cost = min(row[j] + 1, last[j + 1] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
