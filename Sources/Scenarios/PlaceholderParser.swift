// Takes `${{ name }}` placeholders out of scalars and finds where each of them stands in the file.

struct PlaceholderError: Error {
    var message: String
    var place: SourcePlace
    var suggestion: String?
}

enum PlaceholderParser {
    /// The literal and placeholder parts of `text`; `place` is asked for the next placeholder's position.
    static func parts(
        _ text: String, place: () -> SourcePlace
    ) throws(PlaceholderError) -> [SourceNode.Scalar.Part] {
        var parts: [SourceNode.Scalar.Part] = []
        var rest = Substring(text)
        while let start = rest.firstRange(of: "${{") {
            let place = place()
            if start.lowerBound > rest.startIndex {
                parts.append(.literal(String(rest[..<start.lowerBound])))
            }
            let inside = rest[start.upperBound...]
            guard let end = inside.firstRange(of: "}}") else {
                throw PlaceholderError(message: "this placeholder is never closed", place: place)
            }
            let words = inside[..<end.lowerBound].split(separator: "|", omittingEmptySubsequences: false)
                .map(trimmed)
            guard let name = words.first, isName(name) else {
                throw PlaceholderError(
                    message: "`\(words.first ?? "")` is no placeholder name", place: place)
            }
            let filters = try words.dropFirst().map { word throws(PlaceholderError) in
                try filter(word, place)
            }
            parts.append(.placeholder(Placeholder(name, filters), place))
            rest = inside[end.upperBound...]
        }
        if !rest.isEmpty || parts.isEmpty { parts.append(.literal(String(rest))) }
        return parts
    }

    private static func filter(
        _ word: String, _ place: SourcePlace
    ) throws(PlaceholderError) -> Placeholder.Filter {
        if let filter = Placeholder.Filter(rawValue: word) { return filter }
        let names = Placeholder.Filter.allCases.map(\.rawValue)
        throw PlaceholderError(
            message: "`\(word)` is no filter of a placeholder", place: place,
            suggestion: Names.suggestion(for: word, among: names))
    }

    /// Dotted words of letters, digits, `_` and `-`, each with an index in brackets if it has one.
    static func isName(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { word in
            let bracket = word.firstIndex(of: "[") ?? word.endIndex
            return Names.isIdentifier(String(word[..<bracket])) && isIndex(word[bracket...])
        }
    }

    private static func isIndex(_ text: Substring) -> Bool {
        guard !text.isEmpty else { return true }
        let digits = text.dropFirst().dropLast()
        return text.last == "]" && !digits.isEmpty && digits.allSatisfy { ("0"..."9").contains($0) }
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}

/// Finds one `${{` after the other in the lines of a file, from where a scalar begins.
struct PlaceholderFinder {
    private let lines: [String]
    private let start: SourcePlace
    private var line: Int
    private var column: Int

    init(lines: [String], start: SourcePlace) {
        self.lines = lines
        self.start = start
        line = start.position.line - 1
        column = start.position.column - 1
    }

    /// The next one's place, or the scalar's own if there is none.
    mutating func next() -> SourcePlace {
        while lines.indices.contains(line) {
            let rest = lines[line].unicodeScalars.dropFirst(column)
            if let found = Substring(rest).firstRange(of: "${{") {
                let distance = rest.distance(from: rest.startIndex, to: found.lowerBound)
                let position = SourcePosition(line: line + 1, column: column + distance + 1)
                column += distance + 3
                return SourcePlace(file: start.file, position: position)
            }
            line += 1
            column = 0
        }
        return start
    }
}
