// JSON paths as text: `$.members length`, `$.tags[*]`, `$['odd name'][0]`, `$.a[-1].b`.

extension JSONPath {
    /// Reads a whole text.
    init(text: String) throws(TextError) {
        var scanner = TextScanner(text)
        scanner.skipSpaces()
        self = try JSONPath.scan(&scanner)
        try scanner.end(else: "does not belong to a JSON path", expected: JSONPath.form)
    }

    static let form = "expected a JSON path such as $.id, $.tags[*], $['odd name'][0] or $.members length"

    /// Reads a path and a trailing `length`, and stops at the first character that belongs to neither.
    static func scan(_ scanner: inout TextScanner) throws(TextError) -> JSONPath {
        guard scanner.take("$") else {
            throw TextError(scanner.offset, "a JSON path begins with $", expected: form)
        }
        var segments: [Segment] = []
        while true {
            if scanner.take(".") {
                if scanner.take("*") {
                    segments.append(.every)
                    continue
                }
                let name = try scanner.word(else: "a member name must follow the dot", expected: form)
                segments.append(.member(name))
            } else if scanner.take("[") {
                segments.append(try bracketed(&scanner))
            } else {
                break
            }
        }
        var ahead = scanner
        ahead.skipSpaces()
        let isLength = ahead.offset > scanner.offset && ahead.takeWord("length")
        if isLength { scanner = ahead }
        return JSONPath(segments: segments, isLength: isLength)
    }

    private static func bracketed(_ scanner: inout TextScanner) throws(TextError) -> Segment {
        let segment: Segment
        let start = scanner.offset
        if scanner.take("*") {
            segment = .every
        } else if let quote = scanner.next, quote == "'" || quote == "\"" {
            segment = .member(try scanner.quoted())
        } else {
            let isNegative = scanner.take("-")
            let digits = scanner.take { $0.isASCII && $0.isNumber }
            guard let index = Int(digits) else {
                throw TextError(
                    start, "`[` must be followed by an index, * or a name in quotes", expected: form)
            }
            segment = .index(isNegative ? -index : index)
        }
        guard scanner.take("]") else {
            throw TextError(scanner.offset, "this [ is never closed", expected: form)
        }
        return segment
    }
}

extension JSONPath: CustomStringConvertible {
    /// The path as a scenario would write it.
    public var description: String {
        var text = "$"
        for segment in segments {
            switch segment {
            case .every: text += "[*]"
            case .index(let index): text += "[\(index)]"
            case .member(let name):
                let isPlain = !name.isEmpty && name.allSatisfy(TextScanner.isWordCharacter)
                text += isPlain ? ".\(name)" : "[\(TextScanner.quote(name))]"
            }
        }
        return isLength ? text + " length" : text
    }
}
