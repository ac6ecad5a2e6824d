// JSON over several lines, for files that people read and version control compares.

public import Core

extension JSON {
    /// Two spaces a level, object members in order of their names; what fits a line stays on it.
    public static func indentedText(_ value: Value) -> String {
        var text = ""
        append(value, to: &text, indentation: 0)
        return text
    }

    private static let longestLine = 100

    private static func append(_ value: Value, to text: inout String, indentation: Int) {
        let line = JSON.text(value)
        guard line.utf8.count + indentation > longestLine else {
            text += line
            return
        }
        let inner = String(repeating: " ", count: indentation + 2)
        let outer = String(repeating: " ", count: indentation)
        switch value {
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                text += (index == 0 ? "\n" : ",\n") + inner
                append(element, to: &text, indentation: indentation + 2)
            }
            text += "\n\(outer)]"
        case .object(let members):
            text += "{"
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                text += (index == 0 ? "\n" : ",\n") + inner + JSON.text(.string(member.key)) + ": "
                append(member.value, to: &text, indentation: indentation + 2)
            }
            text += "\n\(outer)}"
        case .null, .bool, .int, .double, .string: text += line
        }
    }
}
