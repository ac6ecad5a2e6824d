// How a broken rule is told: the place, what stands there, and why it should not.

import Testing

/// Fails the running test once for all places, each on a line of its own.
func expectNone(
    _ places: [String], _ why: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    guard !places.isEmpty else { return }
    Issue.record(
        Comment(rawValue: "\(why)\n" + places.map { "  \($0)" }.joined(separator: "\n")),
        sourceLocation: sourceLocation)
}

/// Every place in `files` where one of `tokens` stands as code.
func places(of tokens: [String], in files: [SourceFile]) -> [String] {
    files.flatMap { file in
        tokens.flatMap { token in
            file.linesOfCode(with: token).map { "\(file.path):\($0): \(token)" }
        }
    }
}
