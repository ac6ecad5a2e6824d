// Regular expressions of JSON paths, as RFC 9485 (I-Regexp) has them, matched in time linear in the text
// (Thompson 1968). `^` and `$` are the text's ends, as the published tests of RFC 9535 expect.

import Core

/// A regular expression, ready to be matched.
struct TextPattern: Sendable {
    /// Repetitions are written out; a pattern that would become longer is none.
    static let lengthLimit = 10_000
    /// Groups nest this deep.
    static let depthLimit = 64

    enum Instruction: Sendable {
        case one(ScalarSet)
        case atStart
        case atEnd
        /// Go on at both.
        case both(Int, Int)
        case found
    }

    private let program: [Instruction]

    /// `nil` for what is no I-Regexp.
    init?(_ text: String) {
        var parser = TextPatternParser(text)
        guard let program = parser.program() else { return nil }
        self.program = program
    }

    /// The whole text.
    func matches(_ text: String) -> Bool { run(text, isWhole: true) }

    /// A part of the text.
    func isFound(in text: String) -> Bool { run(text, isWhole: false) }

    private func run(_ text: String, isWhole: Bool) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var current: [Int] = []
        for position in 0...scalars.count {
            var seen = [Bool](repeating: false, count: program.count)
            var threads: [Int] = []
            var waiting = current
            if position == 0 || !isWhole { waiting.append(0) }
            while let thread = waiting.popLast() {
                guard !seen[thread] else { continue }
                seen[thread] = true
                switch program[thread] {
                case .one: threads.append(thread)
                case .atStart: if position == 0 { waiting.append(thread + 1) }
                case .atEnd: if position == scalars.count { waiting.append(thread + 1) }
                case .both(let first, let second): waiting += [first, second]
                case .found: if !isWhole || position == scalars.count { return true }
                }
            }
            guard position < scalars.count else { break }
            current = threads.compactMap { thread in
                guard case .one(let set) = program[thread], set.contains(scalars[position]) else {
                    return nil
                }
                return thread + 1
            }
        }
        return false
    }
}

/// The scalars that one place of a pattern takes.
struct ScalarSet: Sendable {
    enum Part: Sendable {
        case range(ClosedRange<Unicode.Scalar>)
        /// `Lu`, or a whole class such as `L`.
        case category(String, isNegated: Bool)
    }

    var parts: [Part] = []
    var isNegated = false

    static let dot = ScalarSet(parts: [.range("\n"..."\n"), .range("\r"..."\r")], isNegated: true)

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let isIn = parts.contains { part in
            switch part {
            case .range(let range): range.contains(scalar)
            case .category(let name, let isNegated):
                scalar.properties.generalCategory.shortName.hasPrefix(name) != isNegated
            }
        }
        return isIn != isNegated
    }
}

extension Unicode.GeneralCategory {
    static let shortNames: Set<String> = [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf",
        "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cn",
    ]

    var shortName: String {
        switch self {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        case .unassigned: "Cn"
        @unknown default: "Cn"
        }
    }
}
