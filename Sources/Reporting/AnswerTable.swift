// The table of answers as the terminal, Markdown and the page show it: one line for each operation.

public import Checking
import Core

/// How often each operation got which answer, and how it was read.
public struct AnswerTable: Sendable {
    /// One request of an operation, with its answers, the most frequent first.
    public struct Line: Sendable {
        /// `rename`, or `edit/write` where an operation has several steps.
        public var name: String
        public var answers: [AnswerCount]
    }

    /// More lines, and more answers of one line, are only counted.
    static let lineLimit = 40
    static let answerLimit = 12

    public let lines: [Line]

    public init(_ answers: [AnswerCount]) {
        var lines: [Line] = []
        for answer in answers {
            let name = answer.operation + (answer.step.map { "/\($0)" } ?? "")
            if lines.last?.name == name {
                lines[lines.count - 1].answers.append(answer)
            } else {
                lines.append(Line(name: name, answers: [answer]))
            }
        }
        self.lines = lines
    }

    private var all: [AnswerCount] { lines.flatMap(\.answers) }
    private var shown: [(name: String, answer: AnswerCount)] {
        lines.prefix(Self.lineLimit).flatMap { line in
            line.answers.prefix(Self.answerLimit).map { (line.name, $0) }
        }
    }
    private var requests: Int { all.reduce(0) { $0 + $1.count } }

    private func share(_ isMeant: (AnswerCount) -> Bool) -> String? {
        let count = all.filter(isMeant).reduce(0) { $0 + $1.count }
        return count == 0 ? nil : Figures.share(count, of: requests)
    }

    /// What a glance should not miss, each only where there is any: server errors and requests without an
    /// answer.
    var doubts: [String] {
        [
            share(\.isServerError).map { "5xx \($0) of requests" },
            share(\.isUnanswered).map { "unanswered \($0) of requests" },
        ].compactMap(\.self)
    }

    /// As in `rename  200 ok 420 · 409 fail 118`.
    func text(_ style: TextStyle) -> [String] {
        guard !lines.isEmpty else { return [] }
        let width = min(24, lines.prefix(Self.lineLimit).map(\.name.count).max() ?? 0)
        var text = [style.paint("  answers: status, how it was read, how often", .dim)]
        for line in lines.prefix(Self.lineLimit) {
            var parts = line.answers.prefix(Self.answerLimit).map {
                "\($0.answer) \($0.outcome.rawValue) \(Figures.grouped($0.count))"
            }
            let more = line.answers.count - Self.answerLimit
            if more > 0 { parts.append("\(Figures.grouped(more)) more") }
            let head = "  " + TextStyle.left(TextStyle.cut(line.name, to: width), width) + "  "
            let flowed = style.flow(parts, indent: head.count)
            text += flowed.enumerated().map { $0 == 0 ? head + $1.dropFirst(head.count) : $1 }
        }
        let more = lines.count - Self.lineLimit
        if more > 0 { text.append("  … \(Figures.grouped(more, "line")) more in verdict.json") }
        return text
    }

    /// A table of GitHub's Markdown; nothing where every answer was ok.
    var markdown: [String] {
        guard all.contains(where: { $0.outcome != .ok }) else { return [] }
        let rows = shown.map { name, answer in
            [name, answer.answer, answer.outcome.rawValue, Figures.grouped(answer.count)]
        }
        return Markdown.table(["operation", "answer", "read as", "count"], rows, numbers: [3])
    }

    var html: HTML {
        guard !lines.isEmpty else { return "" }
        let rows = shown.map { name, answer -> HTML in
            """
            <tr><td>\(HTML.cut(name, to: 80))</td><td>\(answer.answer)</td>\
            <td><span class="outcome \(answer.outcome.tag)">\(answer.outcome.rawValue)</span></td>\
            <td class="num">\(Figures.grouped(answer.count))</td></tr>
            """
        }.joined()
        let more = HTML.left(lines.count - Self.lineLimit, "further line")
        return """
            <div class="card scroll"><table class="answers"><thead><tr><th>operation</th><th>answer</th>\
            <th>read as</th><th class="num">count</th></tr></thead><tbody>\(rows)</tbody></table></div>\(more)
            """
    }
}
