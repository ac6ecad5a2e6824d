// The text of an I-Regexp (RFC 9485) as a program of `TextPattern`.

/// Reads one pattern from left to right; every part gives the program of what it read, its jumps counted from
/// its own beginning.
struct TextPatternParser {
    private typealias Program = [TextPattern.Instruction]

    private let scalars: [Unicode.Scalar]
    private var place = 0
    private var depth = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    private var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        place += 1
        return true
    }

    /// `nil` where the text is no pattern.
    mutating func program() -> [TextPattern.Instruction]? {
        guard let program = branches(), place == scalars.count else { return nil }
        return program + [.found]
    }

    private mutating func branches() -> Program? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= TextPattern.depthLimit, var program = branch() else { return nil }
        while take("|") {
            guard let other = branch() else { return nil }
            program = Self.either(program, other)
            guard program.count <= TextPattern.lengthLimit else { return nil }
        }
        return program
    }

    private mutating func branch() -> Program? {
        var program: Program = []
        while let scalar = next, scalar != "|", scalar != ")" {
            guard let atom = atom(), let piece = repeated(atom) else { return nil }
            program = Self.joined(program, piece)
            guard program.count <= TextPattern.lengthLimit else { return nil }
        }
        return program
    }

    private mutating func atom() -> Program? {
        guard let scalar = next else { return nil }
        place += 1
        switch scalar {
        case "(":
            guard let inner = branches(), take(")") else { return nil }
            return inner
        case ".": return [.one(.dot)]
        case "^": return [.atStart]
        case "$": return [.atEnd]
        case "[": return set().map { [.one($0)] }
        case "\\": return escaped().map { [.one(ScalarSet(parts: [$0]))] }
        case "*", "+", "?", "{", "}", "]", ")", "|": return nil
        default: return [.one(ScalarSet(parts: [.range(scalar...scalar)]))]
        }
    }

    /// The atom as often as the quantifier behind it says.
    private mutating func repeated(_ atom: Program) -> Program? {
        guard let bounds = quantifier() else { return nil }
        let (least, most) = bounds
        let written = max(least, most ?? 0) + 1
        guard written <= TextPattern.lengthLimit, written * (atom.count + 2) <= TextPattern.lengthLimit else {
            return nil
        }
        var program: Program = []
        for _ in 0..<least { program = Self.joined(program, atom) }
        guard let most else {
            // Around again, or past the jump back, which nothing else reaches.
            let loop: Program = [.both(1, atom.count + 2)] + Self.moved(atom, by: 1) + [.both(0, 0)]
            return Self.joined(program, loop)
        }
        for _ in least..<most {
            program = Self.joined(program, [.both(1, atom.count + 1)] + Self.moved(atom, by: 1))
        }
        return program
    }

    private mutating func quantifier() -> (least: Int, most: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard take("{") else { return (1, 1) }
        guard let least = number() else { return nil }
        var most: Int? = least
        if take(",") { most = number() }
        guard take("}"), most.map({ $0 >= least }) ?? true else { return nil }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var digits = ""
        while let scalar = next, ("0"..."9").contains(scalar) {
            digits.unicodeScalars.append(scalar)
            place += 1
        }
        return Int(digits)
    }

    // MARK: - Sets

    /// Behind its bracket.
    private mutating func set() -> ScalarSet? {
        var set = ScalarSet()
        set.isNegated = take("^")
        if take("-") { set.parts.append(.range("-"..."-")) }
        while let scalar = next, scalar != "]" {
            guard let first = member() else { return nil }
            guard take("-") else {
                set.parts.append(first)
                continue
            }
            if next == "]" {
                set.parts += [first, .range("-"..."-")]
            } else {
                guard case .range(let low) = first, case .range(let high)? = member(),
                    low.lowerBound <= high.lowerBound
                else { return nil }
                set.parts.append(.range(low.lowerBound...high.lowerBound))
            }
        }
        return take("]") && !set.parts.isEmpty ? set : nil
    }

    private mutating func member() -> ScalarSet.Part? {
        guard let scalar = next, scalar != "[", scalar != "]", scalar != "-" else { return nil }
        place += 1
        return scalar == "\\" ? escaped() : .range(scalar...scalar)
    }

    /// Behind a backslash.
    private mutating func escaped() -> ScalarSet.Part? {
        guard let scalar = next else { return nil }
        place += 1
        switch scalar {
        case "n": return .range("\n"..."\n")
        case "r": return .range("\r"..."\r")
        case "t": return .range("\t"..."\t")
        case "(", ")", "*", "+", "-", ".", "?", "[", "\\", "]", "^", "{", "|", "}", "$":
            return .range(scalar...scalar)
        case "p", "P":
            guard take("{") else { return nil }
            var name = ""
            while let letter = next, letter != "}" {
                name.unicodeScalars.append(letter)
                place += 1
            }
            let names = Unicode.GeneralCategory.shortNames
            guard take("}"), !name.isEmpty, names.contains(where: { $0 == name || $0.prefix(1) == name })
            else { return nil }
            return .category(name, isNegated: scalar == "P")
        default: return nil
        }
    }

    // MARK: - Programs

    private static func either(_ first: Program, _ second: Program) -> Program {
        let end = first.count + second.count + 2
        return [.both(1, first.count + 2)] + moved(first, by: 1) + [.both(end, end)]
            + moved(second, by: first.count + 2)
    }

    private static func joined(_ first: Program, _ second: Program) -> Program {
        first + moved(second, by: first.count)
    }

    private static func moved(_ program: Program, by distance: Int) -> Program {
        program.map { instruction in
            guard case .both(let first, let second) = instruction else { return instruction }
            return .both(first + distance, second + distance)
        }
    }
}
