// Numbers as people read them: fixed decimals, milliseconds, percentages, counted words.

enum Figures {
    /// `value` with this many decimals, rounded half away from zero.
    static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % scale)
        return "\(sign)\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
    }

    /// A share from 0 to 1.
    static func percent(_ share: Double) -> String { decimal(share * 100, places: 1) + " %" }

    static func milliseconds(_ nanoseconds: Int64) -> String {
        decimal(Double(nanoseconds) / 1e6, places: 3) + " ms"
    }

    static func count(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(count) " + (count == 1 ? singular : plural ?? singular + "s")
    }

    /// `a`, `a and b`, `a, b and c`.
    static func list(_ words: [String]) -> String {
        guard let last = words.last else { return "" }
        return words.count == 1 ? last : words.dropLast().joined(separator: ", ") + " and " + last
    }

    /// `a`, `a or b`, `a, b or c`.
    static func either(_ words: [String]) -> String {
        guard let last = words.last else { return "" }
        return words.count == 1 ? last : words.dropLast().joined(separator: ", ") + " or " + last
    }

    /// `was` or `were`.
    static func were(_ count: Int) -> String { count == 1 ? "was" : "were" }

    /// The 95 % bound on a rate of which none was seen in `count` independent trials, by the rule of three
    /// (Hanley & Lippman-Hand 1983).
    static func ruleOfThree(_ count: Int) -> Double { count == 0 ? 1 : min(1, 3 / Double(count)) }
}
