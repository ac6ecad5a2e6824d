// Answer patterns as text: `status 403, 404`, `5xx`, `timeout`, `status 201 and json $.status == "ABORT"`.

extension AnswerPattern {
    static let form =
        "expected a status (201, 5xx) or exit 3, timeout, disconnected, refused, header NAME … or json $.path …, "
        + "joined with `and`, alternatives separated by commas"

    /// Reads alternatives separated by commas; neighbouring ones that are only statuses become one set.
    static func alternatives(_ text: String) throws(TextError) -> [AnswerPattern] {
        var scanner = TextScanner(text)
        var patterns: [AnswerPattern] = []
        repeat {
            patterns.append(try pattern(&scanner))
            scanner.skipSpaces()
        } while scanner.take(",")
        try scanner.end(expected: form)
        return merged(patterns)
    }

    /// Neighbouring patterns that are only statuses made one.
    static func merged(_ patterns: [AnswerPattern]) -> [AnswerPattern] {
        var result: [AnswerPattern] = []
        for pattern in patterns {
            if let last = result.last?.onlyStatuses, let next = pattern.onlyStatuses {
                result[result.count - 1] = AnswerPattern([.status(StatusSet(last.ranges + next.ranges))])
            } else {
                result.append(pattern)
            }
        }
        return result
    }

    /// The statuses, if it asks for nothing else.
    public var onlyStatuses: StatusSet? {
        if conditions.count == 1, case .status(let set) = conditions[0] { set } else { nil }
    }

    private static func pattern(_ scanner: inout TextScanner) throws(TextError) -> AnswerPattern {
        var conditions: [AnswerCondition] = []
        while true {
            conditions.append(try condition(&scanner))
            var ahead = scanner
            ahead.skipSpaces()
            guard ahead.takeWord("and") else { return AnswerPattern(conditions) }
            scanner = ahead
        }
    }

    private static func condition(_ scanner: inout TextScanner) throws(TextError) -> AnswerCondition {
        scanner.skipSpaces()
        let start = scanner.offset
        if scanner.takeWord("timeout") { return .timeout }
        if scanner.takeWord("disconnected") { return .disconnected }
        if scanner.takeWord("refused") { return .refused }
        if scanner.takeWord("header") {
            scanner.skipSpaces()
            let name = try scanner.word(else: "a header name must follow", expected: form)
            return .header(name.lowercased(), try test(&scanner))
        }
        if scanner.takeWord("json") {
            scanner.skipSpaces()
            let path = try JSONPath.scan(&scanner)
            return .json(path, try test(&scanner))
        }
        if scanner.takeWord("exit") {
            scanner.skipSpaces()
            let word = scanner.word()
            guard let code = Int(word), (0...255).contains(code) else {
                throw TextError(start, "`\(word)` is no exit status", expected: "expected exit 0 to exit 255")
            }
            return .exit(code)
        }
        if scanner.takeWord("status") { scanner.skipSpaces() }
        let word = scanner.word()
        guard let range = StatusSet.range(word) else {
            throw TextError(
                start, word.isEmpty ? "a condition is missing" : "`\(word)` is no condition", expected: form)
        }
        return .status(StatusSet([range]))
    }

    private static func test(_ scanner: inout TextScanner) throws(TextError) -> AnswerCondition.Test {
        scanner.skipSpaces()
        if scanner.takeWord("present") { return .present }
        if scanner.takeWord("absent") { return .absent }
        let isEqual = scanner.take("==")
        guard isEqual || scanner.take("!=") else {
            throw TextError(
                scanner.offset, "a test must follow",
                expected: "expected == VALUE, != VALUE, present or absent")
        }
        scanner.skipSpaces()
        guard let value = try scanner.literal() else {
            throw TextError(
                scanner.offset, "a value must follow",
                expected: "expected a number, true, false, null or text in quotes")
        }
        return isEqual ? .equals(value) : .differs(value)
    }
}

extension StatusSet {
    /// `404` or `4xx`.
    static func range(_ text: String) -> ClosedRange<Int>? {
        let bytes = Array(text.utf8)
        guard bytes.count == 3, (49...53).contains(bytes[0]) else { return nil }
        if text.hasSuffix("xx") {
            let first = Int(bytes[0] - 48) * 100
            return first...(first + 99)
        }
        return Int(text).map { $0...$0 }
    }

    /// As in `status 403, 404, 5xx`.
    var text: String {
        "status "
            + ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound / 100)xx" }.joined(
                separator: ", ")
    }
}

extension AnswerPattern: CustomStringConvertible {
    /// The pattern as a scenario would write it.
    public var description: String { conditions.map(\.text).joined(separator: " and ") }
}

extension AnswerCondition {
    var text: String {
        switch self {
        case .status(let set): set.text
        case .exit(let code): "exit \(code)"
        case .header(let name, let test): "header \(name) \(test.text)"
        case .json(let path, let test): "json \(path) \(test.text)"
        case .timeout: "timeout"
        case .disconnected: "disconnected"
        case .refused: "refused"
        }
    }
}

extension AnswerCondition.Test {
    var text: String {
        switch self {
        case .equals(let value): "== " + TextScanner.literalText(value)
        case .differs(let value): "!= " + TextScanner.literalText(value)
        case .present: "present"
        case .absent: "absent"
        }
    }
}
