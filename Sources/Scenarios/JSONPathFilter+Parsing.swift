// What stands behind `?` in a JSON path, with the types that RFC 9535 gives to its parts.

import Core
import Histories

extension JSONPath.Filter {
    private static let form = "expected a filter such as @.stage == 'live', @.primary or match(@.id, 'a.*')"

    static func scan(_ scanner: inout TextScanner, depth: Int) throws(TextError) -> JSONPath.Filter {
        let parts = try joined("||", &scanner) { scanner throws(TextError) in
            let parts = try joined("&&", &scanner) { scanner throws(TextError) in
                try basic(&scanner, depth: depth)
            }
            return parts.count == 1 ? parts[0] : .all(parts)
        }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private static func joined(
        _ word: String, _ scanner: inout TextScanner,
        _ part: (inout TextScanner) throws(TextError) -> JSONPath.Filter
    ) throws(TextError) -> [JSONPath.Filter] {
        var parts = [try part(&scanner)]
        while true {
            var ahead = scanner
            ahead.skipBlanks()
            guard ahead.take(word) else { return parts }
            ahead.skipBlanks()
            scanner = ahead
            parts.append(try part(&scanner))
        }
    }

    private static func basic(_ scanner: inout TextScanner, depth: Int) throws(TextError) -> JSONPath.Filter {
        guard depth < JSONPath.depthLimit else {
            throw TextError(
                scanner.offset, "a filter nests no deeper than \(JSONPath.depthLimit)", expected: form)
        }
        let isNegated = scanner.take("!")
        if isNegated { scanner.skipBlanks() }
        let part: JSONPath.Filter
        if scanner.take("(") {
            scanner.skipBlanks()
            part = try scan(&scanner, depth: depth + 1)
            scanner.skipBlanks()
            guard scanner.take(")") else {
                throw TextError(scanner.offset, "this parenthesis is never closed", expected: form)
            }
        } else {
            let start = scanner.offset
            let left = try JSONPath.Operand.scan(&scanner, depth: depth)
            var ahead = scanner
            ahead.skipBlanks()
            let place = ahead.offset
            let symbols = isNegated ? "" : ahead.take { "<>=!".contains($0) }
            if symbols.isEmpty {
                part = try test(left, at: start)
            } else {
                guard let comparison = Comparison.Operator(rawValue: symbols) else {
                    throw TextError(place, "`\(symbols)` is no comparison", expected: form)
                }
                ahead.skipBlanks()
                let other = ahead.offset
                let right = try JSONPath.Operand.scan(&ahead, depth: depth)
                scanner = ahead
                for (operand, place) in [(left, start), (right, other)] where !operand.isValue {
                    throw TextError(place, "this is not one value that can be compared", expected: form)
                }
                part = .compare(left, comparison, right)
            }
        }
        return isNegated ? .not(part) : part
    }

    private static func test(_ operand: JSONPath.Operand, at start: Int) throws(TextError) -> JSONPath.Filter
    {
        switch operand {
        case .query(let query): return .exists(query)
        case .call(let call) where call.function.isLogical: return .call(call)
        case .call, .literal: throw TextError(start, "a comparison must follow this value", expected: form)
        }
    }
}

extension JSONPath.Operand {
    /// Whether it is one value at most.
    var isValue: Bool {
        switch self {
        case .literal: true
        case .query(let query): query.isSingular
        case .call(let call): !call.function.isLogical
        }
    }

    fileprivate static func scan(
        _ scanner: inout TextScanner, depth: Int
    ) throws(TextError) -> JSONPath.Operand {
        if scanner.next == "'" || scanner.next == "\"" {
            return .literal(.string(try scanner.jsonPathText()))
        }
        if scanner.next == "@" || scanner.next == "$" {
            let isFromRoot = scanner.take("$") || !scanner.take("@")
            return .query(
                JSONPath.Query(
                    isFromRoot: isFromRoot, segments: try JSONPath.segments(&scanner, depth: depth + 1)))
        }
        let start = scanner.offset
        var ahead = scanner
        let number = ahead.take { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
        if number.contains(where: \.isNumber), number.first?.isLetter == false,
            let value = try? JSON.parse(Array(number.utf8))
        {
            scanner = ahead
            return .literal(value)
        }
        let word = scanner.take { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }
        if scanner.take("(") { return .call(try JSONPath.Call(word, at: start, &scanner, depth: depth)) }
        switch word {
        case "true": return .literal(true)
        case "false": return .literal(false)
        case "null": return .literal(.null)
        default:
            throw TextError(
                start, "a filter compares values",
                expected:
                    "expected @ or $ and a path, a function, a number, true, false, null or a text in quotes")
        }
    }
}

extension JSONPath.Call {
    /// Behind its parenthesis.
    fileprivate init(
        _ word: String, at start: Int, _ scanner: inout TextScanner, depth: Int
    ) throws(TextError) {
        guard let function = Function(rawValue: word) else {
            throw TextError(
                start, "`\(word)` is no function of a JSON path",
                expected: Names.suggestion(for: word, among: Function.allCases.map(\.rawValue)))
        }
        guard depth < JSONPath.depthLimit else {
            throw TextError(start, "functions nest no deeper than \(JSONPath.depthLimit)")
        }
        var arguments: [JSONPath.Operand] = []
        repeat {
            scanner.skipBlanks()
            let place = scanner.offset
            let argument = try JSONPath.Operand.scan(&scanner, depth: depth + 1)
            var isQuery = false
            if case .query = argument { isQuery = true }
            guard function.takesNodes ? isQuery : argument.isValue else {
                throw TextError(
                    place,
                    function.takesNodes ? "`\(word)` takes a path" : "`\(word)` takes one value, not a list")
            }
            if function.isLogical, arguments.count == 1, case .literal(.string(let pattern)) = argument,
                TextPattern(pattern) == nil
            {
                throw TextError(
                    place, "this is no regular expression as RFC 9485 has it",
                    expected: "expected . * + ? | ( ) [ ] { } and \\p{…}, without \\d, \\w or \\s"
                )
            }
            arguments.append(argument)
            scanner.skipBlanks()
        } while scanner.take(",")
        guard arguments.count == function.arity else {
            throw TextError(start, "`\(word)` takes \(Figures.count(function.arity, "value"))")
        }
        guard scanner.take(")") else {
            throw TextError(scanner.offset, "this parenthesis is never closed")
        }
        self.init(function: function, arguments: arguments)
    }
}
