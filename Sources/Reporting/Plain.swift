// Text that a service may have written, as a terminal or a pipeline's log may show it: nothing in it acts.

public import Core
import Histories

extension Value {
    /// Text without quotes; anything else as JSON.
    public var plain: String { text ?? JSON.text(self) }
}

extension String {
    /// On one line: line ends as `\n`, and as `Plain.shown` shows everything else.
    public var onOneLine: String {
        guard unicodeScalars.contains(where: { $0 == "\n" || Plain.isActing($0) }) else { return self }
        return replacingScalars { $0 == "\n" ? "\\n" : Plain.escaped($0) }
    }
}

/// The one place that decides what of a text reaches a terminal.
public enum Plain {
    /// Lines for a terminal or a log.
    ///
    /// Whatever a terminal would act on instead of showing it (escape sequences, C1 codes, marks of text
    /// direction) is escaped as in JSON, so that JSON stays the same JSON. So is what a runner of GitHub or
    /// Azure would take for a command. Line feeds and tabs stay. `seal` marks the colours that `TextStyle`
    /// itself wrote: nobody else knows it.
    public static func shown(_ text: String, seal: String = "") -> String {
        guard text.unicodeScalars.contains(where: { isActing($0) || $0 == ":" || $0 == "#" }) else {
            return text
        }
        return text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { line($0, seal: seal) }.joined(separator: "\n")
    }

    private static func line(_ line: Substring.UnicodeScalarView, seal: String) -> String {
        var result = ""
        var rest = line[...]
        // Runners ignore white space before a command.
        let start = rest.firstIndex { !$0.properties.isWhitespace } ?? rest.endIndex
        let isCommand = rest[start...].starts(with: "::".unicodeScalars)
        while let scalar = rest.first {
            if scalar == "\u{1B}", !seal.isEmpty, let colour = TextStyle.colour(sealedBy: seal, at: rest) {
                result += colour.code
                rest = rest.dropFirst(colour.length)
                continue
            }
            if isCommand, rest.startIndex == start {
                result += "\\u003a"
            } else if scalar == "#", isCommandMark(rest) {
                result += "\\u0023"
            } else if let escaped = escaped(scalar) {
                result += escaped
            } else {
                result.unicodeScalars.append(scalar)
            }
            rest.removeFirst()
        }
        return result
    }

    /// `##[error]`, `##vso[…]`: older commands, which stand anywhere in a line.
    private static func isCommandMark(_ rest: Substring.UnicodeScalarView) -> Bool {
        guard rest.dropFirst().first == "#" else { return false }
        return rest.dropFirst(2).first { !("a"..."z").contains($0) && !("A"..."Z").contains($0) } == "["
    }

    /// Control characters but the line feed and the tab, marks of direction, and what hides other text.
    static func isActing(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0x00...0x1F, 0x7F...0x9F: true
        case 0x061C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB: true
        case 0xE0000...0xE007F: true
        default: false
        }
    }

    /// As in JSON, where it acts.
    fileprivate static func escaped(_ scalar: Unicode.Scalar) -> String? {
        guard isActing(scalar) else { return nil }
        if scalar == "\r" { return "\\r" }
        return String(Character(scalar)).utf16.reduce(into: "") { text, unit in
            let digits = String(unit, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
}
