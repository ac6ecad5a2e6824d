// How text is laid out and, on a terminal, coloured: the one place that knows escape codes and line widths.

import Checking
public import Core

/// Colour or none, and the width that lines keep to.
public struct TextStyle: Sendable, Hashable {
    public var isColoured: Bool
    /// Columns; at least 40.
    public var width: Int
    /// Stands in every escape sequence that `paint` writes, so that `Plain.shown` tells it from others.
    public var seal: String

    /// Without colour, 80 columns: files, pipes and tests.
    public static let plain = TextStyle(isColoured: false, width: 80)

    public init(isColoured: Bool, width: Int, seal: String = "") {
        self.isColoured = isColoured
        self.width = max(width, 40)
        self.seal = seal
    }

    public enum Tone: String, Sendable, CaseIterable {
        case bold = "1"
        case dim = "2"
        case good = "32"
        case bad = "1;31"
        case doubtful = "33"
    }

    public func paint(_ text: String, _ tone: Tone) -> String {
        isColoured ? "\u{1B}[\(seal)\(tone.rawValue)m\(text)\u{1B}[\(seal)0m" : text
    }

    /// The sequence that `paint` wrote at the beginning of `text`, without its seal, and how long it was.
    static func colour(
        sealedBy seal: String, at text: Substring.UnicodeScalarView
    ) -> (code: String, length: Int)? {
        for tone in Tone.allCases.map(\.rawValue) + ["0"] {
            let written = "\u{1B}[\(seal)\(tone)m".unicodeScalars
            if text.starts(with: written) { return ("\u{1B}[\(tone)m", written.count) }
        }
        return nil
    }

    /// The words in lines of at most `width`, each after `indent`, the first after `first` where given.
    ///
    /// A word longer than a line stands alone on its own. What is quoted in the text, in lines that begin
    /// with four spaces, stays in its lines; any other line end is shown as one.
    public func wrap(_ text: String, indent: Int, first: String? = nil) -> [String] {
        var paragraphs = text.split(separator: "\n" as Character, omittingEmptySubsequences: false)
        let quoted = paragraphs.lastIndex { !$0.hasPrefix("    ") }.map { $0 + 1 } ?? 1
        let lines = paragraphs[quoted...].map { String(repeating: " ", count: indent) + $0 }
        paragraphs.removeSubrange(quoted...)
        return words(of: paragraphs.joined(separator: "\n").onOneLine, indent: indent, first: first) + lines
    }

    private func words(of text: String, indent: Int, first: String?) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = first ?? margin
        var isEmpty = true
        for word in text.split(separator: " ", omittingEmptySubsequences: true) {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = margin
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        if !isEmpty || first != nil { lines.append(line) }
        return lines
    }

    /// Parts joined by ` · `, broken between parts where a line is full.
    public func flow(_ parts: [String], indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for part in parts.map(\.onOneLine) where !part.isEmpty {
            if line.isEmpty {
                line = margin + part
            } else if line.count + 3 + part.count <= width {
                line += " · " + part
            } else {
                lines.append(line)
                line = margin + part
            }
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    public func rule() -> String { paint(String(repeating: "─", count: width), .dim) }

    /// Cut to `width` columns, with an ellipsis where something is left out.
    public static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : String(text.prefix(max(width - 1, 0))) + "…"
    }

    public static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    public static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension Verdict {
    private var look: (word: String, sign: String, tone: TextStyle.Tone) {
        switch self {
        case .pass: ("PASS", "✓", .good)
        case .violation: ("VIOLATION", "✗", .bad)
        case .degraded: ("DEGRADED", "!", .doubtful)
        case .unknown: ("UNKNOWN", "?", .doubtful)
        case .notRun: ("NOT RUN", "–", .doubtful)
        }
    }

    /// The verdict in capitals.
    public var word: String { look.word }
    /// One column before the name of what was checked.
    var sign: String { look.sign }
    /// The colour a verdict is shown in.
    var tone: TextStyle.Tone { look.tone }
}
