// Comparisons of invariants as text: `usage.used == sum(reserve.units) - sum(release.units)`.

extension Comparison {
    static let form =
        "expected a comparison (<, <=, ==, !=, >=, >) of sums of numbers, OPERATION.NAME, "
        + "sum(OPERATION.NAME) and count(OPERATION)"

    init(text: String) throws(TextError) {
        var scanner = TextScanner(text)
        let left = try Expression.scan(&scanner)
        scanner.skipSpaces()
        let start = scanner.offset
        let symbols = scanner.take { "<>=!".contains($0) }
        guard let comparison = Operator(rawValue: symbols) else {
            let message = symbols.isEmpty ? "a comparison must follow" : "`\(symbols)` is no comparison"
            throw TextError(start, message, expected: Comparison.form)
        }
        let right = try Expression.scan(&scanner)
        try scanner.end(expected: Comparison.form)
        self.init(left: left, comparison: comparison, right: right, source: text)
    }
}

extension Comparison {
    var references: [Expression.Reference] { left.references + right.references }
}

extension Expression {
    typealias Reference = (operation: String, name: String?, isAggregate: Bool)

    /// A term, or terms joined by `+` and `-` from left to right.
    static func scan(_ scanner: inout TextScanner) throws(TextError) -> Expression {
        var expression = try term(&scanner)
        while true {
            scanner.skipSpaces()
            if scanner.take("+") {
                expression = .add(expression, try term(&scanner))
            } else if scanner.take("-") {
                expression = .subtract(expression, try term(&scanner))
            } else {
                return expression
            }
        }
    }

    private static func term(_ scanner: inout TextScanner) throws(TextError) -> Expression {
        scanner.skipSpaces()
        if let value = try scanner.literal() { return .literal(value) }
        let start = scanner.offset
        let word = try scanner.word(else: "a value must stand here", expected: Comparison.form)
        if scanner.take("(") { return try call(word, at: start, &scanner) }
        guard scanner.take(".") else {
            throw TextError(start, "`\(word)` names no value", expected: "expected OPERATION.NAME")
        }
        return .field(operation: word, name: try name(&scanner))
    }

    private static func call(
        _ function: String, at start: Int, _ scanner: inout TextScanner
    ) throws(TextError) -> Expression {
        scanner.skipSpaces()
        let operation = scanner.word()
        let expression: Expression
        switch function {
        case "sum":
            guard scanner.take(".") else {
                throw TextError(
                    scanner.offset, "`sum` needs a name", expected: "expected sum(OPERATION.NAME)")
            }
            expression = .sum(operation: operation, name: try name(&scanner))
        case "count":
            expression = .count(operation: operation)
        default:
            throw TextError(start, "`\(function)` is no function", expected: "expected sum or count")
        }
        scanner.skipSpaces()
        guard scanner.take(")") else {
            throw TextError(scanner.offset, "this parenthesis is never closed", expected: Comparison.form)
        }
        return expression
    }

    private static func name(_ scanner: inout TextScanner) throws(TextError) -> String {
        try scanner.word(else: "a name must follow the dot", expected: "expected OPERATION.NAME")
    }

    /// Every operation named, with the value asked of it (`nil`: only counted), and whether over all of them.
    var references: [Reference] {
        switch self {
        case .literal: []
        case .field(let operation, let name): [(operation, name, false)]
        case .sum(let operation, let name): [(operation, name, true)]
        case .count(let operation): [(operation, nil, true)]
        case .add(let left, let right), .subtract(let left, let right): left.references + right.references
        }
    }
}
