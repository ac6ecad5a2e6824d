// Words of a command line, as a POSIX shell would split them.

public enum ShellWords {
    /// The words, without quotes.
    ///
    /// Quotes of all three kinds, `$'…'` among them, and backslashes count.
    /// Nothing is expanded.
    public static func split(_ text: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        var isANSI = false
        for character in text {
            if isEscaped {
                isEscaped = false
                if character == "\n" || character == "\r\n" { continue }
                let keeps = quote == "\"" && !"\"\\$`".contains(character)
                word = (word ?? "") + (isANSI ? ansi(character) : (keeps ? "\\" : "") + String(character))
                continue
            }
            switch (character, quote) {
            case ("\\", nil), ("\\", "\""): isEscaped = true
            case ("\\", "'") where isANSI: isEscaped = true
            case (let end, let open?) where end == open:
                quote = nil
                isANSI = false
            case ("'", nil), ("\"", nil):
                isANSI = character == "'" && word?.last == "$"
                if isANSI { word?.removeLast() }
                quote = character
                word = word ?? ""
            case (" ", nil), ("\t", nil), ("\n", nil), ("\r\n", nil):
                if let word { words.append(word) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }

    private static func ansi(_ character: Character) -> String {
        switch character {
        case "n": "\n"
        case "r": "\r"
        case "t": "\t"
        case "\\", "'", "\"", "!": String(character)
        default: "\\" + String(character)
        }
    }

    /// Words of a replica's command, `$PORT` and `{port}` as the placeholder.
    public static func ofCommand(_ command: String) -> [String] {
        split(command).map { word in
            ["${PORT}", "$PORT", "{port}"].reduce(word) { $0.replacing($1, with: "${{ port }}") }
        }
    }
}
