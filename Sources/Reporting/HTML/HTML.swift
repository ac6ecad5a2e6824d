// Markup that is safe to show: the one place where text becomes HTML.

import Core
import Histories

/// A piece of a page in which every interpolated text has been escaped.
///
/// Only what stands literally in our sources is markup; `"<b>\(name)</b>"` escapes `name`, whatever a service
/// put into it.
public struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
    public private(set) var text: String

    public init(stringLiteral literal: StaticString) { text = literal.description }

    public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Text of any origin, escaped.
    public init(escaping text: String) {
        var escaped = ""
        HTML.escape(text, into: &escaped)
        self.text = escaped
    }

    /// Markup as it is: pieces of it, or a script or a style sheet of ours.
    init(rendered text: String) { self.text = text }

    public var isEmpty: Bool { text.isEmpty }

    public static func + (left: HTML, right: HTML) -> HTML { HTML(rendered: left.text + right.text) }

    public static func += (left: inout HTML, right: HTML) { left.text += right.text }

    public struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        public mutating func appendLiteral(_ literal: StaticString) { text += literal.description }

        public mutating func appendInterpolation(_ value: String) { HTML.escape(value, into: &text) }

        public mutating func appendInterpolation(_ value: Int) { text += String(value) }

        public mutating func appendInterpolation(_ value: HTML) { text += value.text }

        /// A length or position in a drawing.
        mutating func appendInterpolation(_ value: Double) { text += HTML.number(value) }
    }
}

extension Sequence<HTML> {
    /// All of them, one after the other.
    public func joined() -> HTML { HTML(rendered: map(\.text).joined()) }
}

extension HTML {
    /// By scalar, never by character: a combining mark behind `<` would make another character of it.
    private static func escape(_ source: String, into text: inout String) {
        guard source.unicodeScalars.contains(where: needsEscape) else {
            text += source
            return
        }
        for scalar in source.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            case _ where needsEscape(scalar): text += visible(scalar)
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x26, 0x3C, 0x3E, 0x22, 0x27: true
        default: isInvisible(scalar)
        }
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Controls but tab and line feed.
        case 0x00...0x08, 0x0B...0x1F, 0x7F...0x9F: true
        // What reorders text, has no width, or ends a line of a script.
        case 0x061C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF: true
        default: false
        }
    }

    /// A sign for what nobody would see: `␀`, `⟨U+202E⟩`.
    private static func visible(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x00...0x1F: return Unicode.Scalar(0x2400 + scalar.value).map { String($0) } ?? "?"
        case 0x7F: return "␡"
        default:
            let digits = String(scalar.value, radix: 16, uppercase: true)
            return "⟨U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "⟩"
        }
    }

    /// At most one place after the point, and none where it is zero.
    static func number(_ value: Double) -> String {
        let text = Figures.decimal(value, places: 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// The first `limit` scalars and an ellipsis; one character of hostile text may be a megabyte of marks.
    static func cut(_ text: String, to limit: Int) -> String {
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "…"
    }

    /// Cut, and with signs for what nobody would see: for text that a script shows.
    static func shown(_ text: String, to limit: Int) -> String {
        cut(text, to: limit).replacingScalars { isInvisible($0) ? visible($0) : nil }
    }

    /// A value as JSON, cut; a long text is cut before it is written, since it may be the whole of an answer.
    static func cut(_ value: Value, to limit: Int) -> String {
        guard case .string(let text) = value else { return cut(JSON.text(value), to: limit) }
        return cut(JSON.text(.string(cut(text, to: limit))), to: limit + 2)
    }

    /// JSON that can stand inside `<script type="application/json">`: nothing in it ends the element.
    static func script(json: String) -> HTML {
        let text = json.replacingScalars { scalar in
            switch scalar.value {
            case 0x3C: "\\u003c"
            case 0x3E: "\\u003e"
            case 0x26: "\\u0026"
            case 0x2028: "\\u2028"
            case 0x2029: "\\u2029"
            default: nil
            }
        }
        return HTML(rendered: text)
    }
}
