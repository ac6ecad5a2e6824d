// The comparisons of a condition as text: `usage.used == sum(reserve.units) - sum(release.units)`.

extension Comparison {
    init(_ scanner: inout TextScanner) throws(TextError) {
        let left = try Expression.scan(&scanner)
        scanner.skipSpaces()
        let start = scanner.offset
        let symbols = scanner.take { "<>=!".contains($0) }
        guard let comparison = Operator(rawValue: symbols) else {
            let message = symbols.isEmpty ? "a comparison must follow" : "`\(symbols)` is no comparison"
            throw TextError(start, message, expected: Condition.form)
        }
        self.init(left: left, comparison: comparison, right: try Expression.scan(&scanner))
    }
}

extension Expression {
    typealias Reference = (operation: String, name: String?, isAggregate: Bool)

    /// Products joined by `+` and `-` from left to right.
    static func scan(_ scanner: inout TextScanner) throws(TextError) -> Expression {
        var expression = try product(&scanner)
        while true {
            scanner.skipSpaces()
            if scanner.take("+") {
                expression = .add(expression, try product(&scanner))
            } else if scanner.take("-") {
                expression = .subtract(expression, try product(&scanner))
            } else {
                return expression
            }
        }
    }

    private static func product(_ scanner: inout TextScanner) throws(TextError) -> Expression {
        var expression = try term(&scanner)
        while true {
            scanner.skipSpaces()
            guard scanner.take("*") else { return expression }
            expression = .multiply(expression, try term(&scanner))
        }
    }

    private static func term(_ scanner: inout TextScanner) throws(TextError) -> Expression {
        scanner.skipSpaces()
        if let value = try scanner.literal() { return .literal(value) }
        let start = scanner.offset
        let word = try scanner.word(else: "a value must stand here", expected: Condition.form)
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
            let name = try name(&scanner)
            expression = .sum(operation: operation, name: name, where: try filter(&scanner))
        case "count":
            expression = .count(operation: operation, where: try filter(&scanner))
        default:
            throw TextError(start, "`\(function)` is no function", expected: "expected sum or count")
        }
        scanner.skipSpaces()
        guard scanner.take(")") else {
            throw TextError(scanner.offset, "this parenthesis is never closed", expected: Condition.form)
        }
        return expression
    }

    /// `where reserve.kind == "gold"`: only operations of which that holds.
    private static func filter(_ scanner: inout TextScanner) throws(TextError) -> Condition.Node? {
        scanner.skipSpaces()
        return scanner.takeWord("where") ? try Condition.any(&scanner) : nil
    }

    private static func name(_ scanner: inout TextScanner) throws(TextError) -> String {
        try scanner.word(else: "a name must follow the dot", expected: "expected OPERATION.NAME")
    }

    /// Every operation named, with the value asked of it (`nil`: only counted), and whether over all of them.
    var references: [Reference] {
        switch self {
        case .literal: []
        case .field(let operation, let name): [(operation, name, false)]
        case .sum(let operation, let name, let filter):
            [(operation, name, true)] + Self.references(of: filter)
        case .count(let operation, let filter): [(operation, nil, true)] + Self.references(of: filter)
        case .add(let left, let right), .subtract(let left, let right), .multiply(let left, let right):
            left.references + right.references
        }
    }

    private static func references(of filter: Condition.Node?) -> [Reference] {
        (filter?.comparisons ?? []).flatMap { $0.left.references + $0.right.references }
            .map { ($0.operation, $0.name, true) }
    }

    /// What each `where` of it is about, with the operation that is summed or counted.
    public var filters: [(operation: String, condition: Condition.Node)] {
        switch self {
        case .literal, .field: []
        case .sum(let operation, _, let filter), .count(let operation, let filter):
            filter.map { [(operation, $0)] } ?? []
        case .add(let left, let right), .subtract(let left, let right), .multiply(let left, let right):
            left.filters + right.filters
        }
    }

    /// As a scenario would write it.
    public var text: String {
        switch self {
        case .literal(let value): TextScanner.literalText(value)
        case .field(let operation, let name): "\(operation).\(name)"
        case .sum(let operation, let name, let filter):
            "sum(\(operation).\(name)\(filter.map { " where \($0.text)" } ?? ""))"
        case .count(let operation, let filter):
            "count(\(operation)\(filter.map { " where \($0.text)" } ?? ""))"
        case .add(let left, let right): "\(left.text) + \(right.text)"
        case .subtract(let left, let right): "\(left.text) - \(right.text)"
        case .multiply(let left, let right): "\(left.text) * \(right.text)"
        }
    }
}
