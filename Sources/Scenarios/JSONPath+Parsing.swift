// JSON paths as text: `$.members length`, `$.tags[*]`, `$['odd name'][0:3]`, `$..id`, `$[?@.a > 1]`.

import Core
import Histories

extension JSONPath {
    /// Reads a whole text.
    init(text: String) throws(TextError) {
        var scanner = TextScanner(text)
        scanner.skipSpaces()
        self = try JSONPath.scan(&scanner)
        try scanner.end(else: "does not belong to a JSON path", expected: JSONPath.form)
    }

    static let form =
        "expected a JSON path such as $.id, $.tags[*], $['odd name'][0], $.list[?@.state == 'on'] or "
        + "$.members length or $.members keys"
    /// Brackets and parentheses may nest this deep.
    static let depthLimit = 32

    /// Reads a path and a trailing `length` or `keys`, and stops at the first character that belongs to
    /// neither.
    static func scan(_ scanner: inout TextScanner) throws(TextError) -> JSONPath {
        guard scanner.take("$") else {
            throw TextError(scanner.offset, "a JSON path begins with $", expected: form)
        }
        let segments = try self.segments(&scanner, depth: 0)
        var ahead = scanner
        ahead.skipSpaces()
        let place = ahead.offset
        for suffix in Suffix.allCases where place > scanner.offset && ahead.takeWord(suffix.rawValue) {
            guard suffix != .keys || segments.allSatisfy(\.isSingular) else {
                throw TextError(
                    place, "`keys` takes the names of one object, and this path may find several values")
            }
            scanner = ahead
            return JSONPath(segments: segments, suffix: suffix)
        }
        return JSONPath(segments: segments)
    }

    static func segments(_ scanner: inout TextScanner, depth: Int) throws(TextError) -> [Segment] {
        guard depth < depthLimit else {
            throw TextError(scanner.offset, "a JSON path nests no deeper than \(depthLimit)", expected: form)
        }
        var segments: [Segment] = []
        while true {
            var ahead = scanner
            ahead.skipBlanks()
            let isDescendant = ahead.take("..")
            let isMember = isDescendant ? ahead.next != "[" : ahead.take(".")
            guard isMember || ahead.next == "[" else { return segments }
            scanner = ahead
            let selectors = isMember ? [try member(&scanner)] : try bracketed(&scanner, depth: depth)
            segments.append(Segment(selectors: selectors, isDescendant: isDescendant))
        }
    }

    /// Behind a dot.
    private static func member(_ scanner: inout TextScanner) throws(TextError) -> Selector {
        if scanner.take("*") { return .every }
        let start = scanner.offset
        let name = scanner.take { $0.unicodeScalars.allSatisfy(isNameScalar) }
        if name.isEmpty { throw TextError(start, "a member name must follow the dot", expected: form) }
        guard isShorthand(name) else {
            throw TextError(start, "a name that begins with a digit stands in brackets", expected: form)
        }
        return .member(name)
    }

    /// Whether a name may stand behind a dot; RFC 9535 would have hyphens in brackets too.
    static func isShorthand(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, !("0"..."9").contains(first), first != "-" else {
            return false
        }
        return name.unicodeScalars.allSatisfy(isNameScalar)
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value > 127 || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
            || scalar == "_" || scalar == "-"
    }

    private static func bracketed(
        _ scanner: inout TextScanner, depth: Int
    ) throws(TextError) -> [Selector] {
        _ = scanner.take("[")
        var selectors: [Selector] = []
        repeat {
            scanner.skipBlanks()
            selectors.append(try selector(&scanner, depth: depth))
            scanner.skipBlanks()
        } while scanner.take(",")
        guard scanner.take("]") else {
            throw TextError(scanner.offset, "this [ is never closed", expected: form)
        }
        return selectors
    }

    private static func selector(_ scanner: inout TextScanner, depth: Int) throws(TextError) -> Selector {
        if scanner.take("*") { return .every }
        if scanner.next == "'" || scanner.next == "\"" { return .member(try scanner.jsonPathText()) }
        if scanner.take("?") {
            scanner.skipBlanks()
            return .filter(try Filter.scan(&scanner, depth: depth + 1))
        }
        let start = scanner.offset
        let first = try wholeNumber(&scanner)
        var ahead = scanner
        ahead.skipBlanks()
        guard ahead.take(":") else {
            if let first { return .index(first) }
            throw TextError(
                start, "`[` must be followed by an index, a slice, *, ? or a name in quotes", expected: form)
        }
        ahead.skipBlanks()
        let end = try wholeNumber(&ahead)
        scanner = ahead
        ahead.skipBlanks()
        guard ahead.take(":") else { return .slice(start: first, end: end, step: 1) }
        scanner = ahead
        ahead.skipBlanks()
        let step = try wholeNumber(&ahead)
        if step != nil { scanner = ahead }
        return .slice(start: first, end: end, step: step ?? 1)
    }

    /// A whole number that every JSON reader can hold (RFC 7493).
    private static func wholeNumber(_ scanner: inout TextScanner) throws(TextError) -> Int? {
        let start = scanner.offset
        let sign = scanner.take("-") ? "-" : ""
        let digits = scanner.take { $0.isASCII && $0.isNumber }
        if sign.isEmpty, digits.isEmpty { return nil }
        guard let number = Int(sign + digits), String(number) == sign + digits,
            abs(number) <= 9_007_199_254_740_991
        else { throw TextError(start, "`\(sign)\(digits)` is no index", expected: form) }
        return number
    }
}

extension TextScanner {
    /// What RFC 9535 has as blanks.
    mutating func skipBlanks() {
        _ = take { $0.unicodeScalars.allSatisfy { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" } }
    }

    /// A text in quotes with the escapes of JSON; in single quotes, these may be escaped in place of double
    /// ones.
    mutating func jsonPathText() throws(TextError) -> String {
        let start = offset
        guard let quote = next else { throw TextError(start, "expected a text in quotes") }
        offset += 1
        var json = "\""
        while let character = next {
            let here = offset
            offset += 1
            if character == quote {
                guard case .string(let text)? = try? JSON.parse(Array((json + "\"").utf8)) else {
                    throw TextError(start, "this text is not as JSON escapes it", expected: JSONPath.form)
                }
                return text
            }
            if character == "\\", let escaped = next {
                offset += 1
                guard escaped != "'" && escaped != "\"" || escaped == quote else {
                    throw TextError(here, "`\(escaped)` needs no \\ here", expected: JSONPath.form)
                }
                json += escaped == "'" ? "'" : "\\\(escaped)"
            } else {
                json += character == "\"" ? "\\\"" : String(character)
            }
        }
        throw TextError(start, "this quote is never closed")
    }
}
