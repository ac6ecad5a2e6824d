// A scenario as it is drafted, and its text with comments.

import Core
import Scenarios

/// A scenario that somebody else is going to edit.
public struct ScenarioDraft: Sendable {
    struct Operation: Sendable {
        enum Body { case json(Value), text(String) }

        var name: String
        var method: String
        var target: String
        var headers: [(name: String, value: String)] = []
        var body: Body?
        /// Names and what they draw, as YAML.
        var vary: [(name: String, draws: String)] = []
        var capture: [(name: String, source: String)] = []
        var ok: [String] = []
        var fail: [String] = []
        var isRead = false
        var comment: String?
    }

    /// A model or an invariant, which somebody has to confirm.
    struct Guess: Sendable {
        var name: String
        var why: String
        /// The lines below the name, indented by four; for an invariant the key and its sentence.
        var lines: [String]
        var isInvariant = false
    }

    var name: String
    var description: String
    /// Comments at the top.
    var notes: [String] = []
    public var target: DraftTarget
    var parameters: [(name: String, value: String)] = []
    var secrets: [String] = []
    var headers: [(name: String, value: String)] = []
    var operations: [Operation] = []
    var guesses: [Guess] = []
    var keys: [String] = []
    var before: [String] = []
    var mix: [String] = []
    var after: [String] = []
    /// What to look at before the first run, a sentence each.
    public internal(set) var edits: [String] = []

    public var text: String {
        var text = "# A draft for contend, to be edited. docs/scenario.md explains every key.\n"
        for note in notes { text += Self.comment(note, indent: 0) }
        if !edits.isEmpty {
            text += "#\n# Look at these first:\n"
            for edit in edits { text += Self.comment("- " + edit, indent: 0, hanging: "  ") }
        }
        text += "version: 1\nname: \(YAMLDocument.quoted(name))\n"
        text += "description: \(YAMLDocument.quoted(description))\n"
        if !parameters.isEmpty {
            text += "\nparameters:\n"
            for parameter in parameters {
                text += "  \(parameter.name): \(YAMLDocument.quoted(parameter.value))\n"
            }
        }
        text += "\n" + target.text + "\n"
        if !secrets.isEmpty {
            text +=
                "# Read from the environment, and written nowhere.\nsecrets: [\(secrets.joined(separator: ", "))]\n"
        }
        if !headers.isEmpty { text += "defaults:\n" + Self.headers(headers, indent: 2) }
        text +=
            (secrets.isEmpty && headers.isEmpty ? "" : "\n") + "operations:\n"
            + operations.map(Self.text).joined()
        text += judgementText + loadText
        return text
    }

    private var judgementText: String {
        var text = ""
        for (title, isInvariant) in [("models", false), ("invariants", true)] {
            let guesses = guesses.filter { $0.isInvariant == isInvariant }
            guard !guesses.isEmpty else { continue }
            text += "\n\(title):\n"
            for guess in guesses {
                text += Self.comment("GUESS, to be confirmed: " + guess.why, indent: 2)
                text += isInvariant ? "  - name: \(YAMLDocument.quoted(guess.name))\n" : "  \(guess.name):\n"
                text += guess.lines.map { "    \($0)\n" }.joined()
            }
        }
        return text
    }

    private var loadText: String {
        var text =
            "\nload:\n  burst: { rounds: 50, clients: 8 }            # all clients of a round are released at once\n"
        if !keys.isEmpty {
            text += "  keys:                                        # fresh ones each round\n"
            for key in keys { text += "    \(key): { count: 1 }\n" }
        }
        text += "  each-round:\n"
        if !before.isEmpty { text += "    before: [\(before.joined(separator: ", "))]\n" }
        text += "    mix: { " + mix.map { "\($0): 1" }.joined(separator: ", ") + " }\n"
        if !after.isEmpty {
            text += "    after: [\(after.joined(separator: ", "))]\n"
        }
        return text
            + "\nthresholds:\n  contention: [\"rate>=20%\"]                    # a green run that raced nothing proves nothing\n"
    }

    private static func text(_ operation: Operation) -> String {
        var text = operation.comment.map { comment($0, indent: 2) } ?? ""
        text += "  \(operation.name):\n"
        text += "    http: \(plain(operation.method + " " + operation.target))\n"
        if !operation.headers.isEmpty { text += headers(operation.headers, indent: 4) }
        switch operation.body {
        case .json(let value): text += YAMLDocument.member("json", value, indent: 4)
        case .text(let body): text += YAMLDocument.member("body", .string(body), indent: 4)
        case nil: break
        }
        if !operation.vary.isEmpty {
            text +=
                "    vary: { " + operation.vary.map { "\($0.name): \($0.draws)" }.joined(separator: ", ")
                + " }\n"
        }
        if operation.isRead { text += "    effect: none\n" }
        if !operation.capture.isEmpty {
            text +=
                "    capture: { "
                + operation.capture.map { "\($0.name): \(YAMLDocument.quoted($0.source))" }.joined(
                    separator: ", ") + " }\n"
        }
        let outcome = [("ok", operation.ok), ("fail", operation.fail)].filter { !$0.1.isEmpty }
            .map { "\($0.0): \"status \($0.1.joined(separator: ", "))\"" }
        if !outcome.isEmpty { text += "    outcome: { \(outcome.joined(separator: ", ")) }\n" }
        return text
    }

    private static func headers(_ headers: [(name: String, value: String)], indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        return "\(margin)headers:\n"
            + headers.map { "\(margin)  \($0.name): \(YAMLDocument.quoted($0.value))\n" }.joined()
    }

    /// Without quotes where YAML takes it for the same text.
    private static func plain(_ text: String) -> String {
        let isPlain =
            !text.contains(": ") && !text.hasSuffix(":") && !text.contains(" #")
            && text.utf8.allSatisfy { $0 > 31 && $0 < 127 }
        return isPlain ? text : YAMLDocument.quoted(text)
    }

    /// Lines of a comment, none longer than a screen is wide.
    static func comment(_ text: String, indent: Int, hanging: String = "") -> String {
        let margin = String(repeating: " ", count: indent) + "#"
        var lines: [String] = []
        var line = margin
        // What a document says may hold line ends, which would end the comment.
        for word in text.split(whereSeparator: { $0.isWhitespace || $0.isNewline }) {
            if line.count + word.count >= 100, line != margin {
                lines.append(line)
                line = margin + hanging
            }
            line +=
                " "
                + word.filter { !$0.unicodeScalars.contains { $0.properties.generalCategory == .control } }
        }
        return (lines + [line]).map { $0 + "\n" }.joined()
    }
}
