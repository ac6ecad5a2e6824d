// What goes into a statement and comes out of a row, the same for both databases.

/// A parameter or a column.
enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int)
    case text(String)

    static func optional(_ text: String?) -> SQLValue { text.map(SQLValue.text) ?? .null }
    static func optional(_ integer: Int?) -> SQLValue { integer.map(SQLValue.integer) ?? .null }
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral integer: Int) { self = .integer(integer) }
}

/// One row of an answer, read by position.
struct SQLRow: Sendable {
    let values: [SQLValue]

    func text(_ column: Int) -> String? {
        switch values[column] {
        case .null: nil
        case .integer(let integer): String(integer)
        case .text(let text): text
        }
    }

    func integer(_ column: Int) -> Int? {
        switch values[column] {
        case .null: nil
        case .integer(let integer): integer
        case .text(let text): Int(text)
        }
    }
}
