// Numbers as people read them: fixed decimals, durations, shares, rates, counted words.

/// Formats figures; every function is pure and knows no locale.
public enum Figures {
    /// With this many decimals, rounded half away from zero; a dash for what is no number.
    public static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "–" }
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value.magnitude * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let whole = "\(sign)\(scaled / scale)"
        guard places > 0 else { return whole }
        let fraction = String(scaled % scale)
        return whole + "." + String(repeating: "0", count: places - fraction.count) + fraction
    }

    // MARK: - Shares and rates

    /// A share from 0 to 1: `97.3 %`.
    public static func percent(_ share: Double) -> String { decimal(share * 100, places: 1) + " %" }

    /// `97.3 %`; nothing judged is a dash.
    public static func share(_ part: Int, of whole: Int) -> String {
        whole == 0 ? "–" : decimal(100 * Double(part) / Double(whole), places: 1) + " %"
    }

    /// `691/s`.
    public static func rate(_ perSecond: Double) -> String {
        perSecond < 10 ? decimal(perSecond, places: 1) + "/s" : grouped(Int(perSecond.rounded())) + "/s"
    }

    // MARK: - Time

    /// `1.204 ms`, to be compared with others.
    public static func milliseconds(_ nanoseconds: Int64) -> String {
        decimal(Double(nanoseconds) / 1e6, places: 3) + " ms"
    }

    /// In a unit that fits: `41 µs`, `1.2 ms`, `14.2 s`, `2 m 05 s`.
    public static func duration(nanoseconds: Int64) -> String {
        let value = Double(nanoseconds.magnitude)
        let text =
            switch value {
            case ..<1_000: "\(Int(value)) ns"
            case ..<999_500: threeDigits(value / 1_000) + " µs"
            case ..<999_500_000: threeDigits(value / 1_000_000) + " ms"
            case ..<59_950_000_000: threeDigits(value / 1_000_000_000) + " s"
            default: minutes(value / 1_000_000_000)
            }
        return (nanoseconds < 0 ? "-" : "") + text
    }

    public static func duration(microseconds: UInt64) -> String {
        duration(nanoseconds: Int64(clamping: microseconds) &* 1_000)
    }

    private static func threeDigits(_ value: Double) -> String {
        decimal(value, places: value < 99.95 ? 1 : 0)
    }

    private static func minutes(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        let (hours, rest) = whole.quotientAndRemainder(dividingBy: 3_600)
        let (minutes, last) = rest.quotientAndRemainder(dividingBy: 60)
        let padded = last < 10 ? "0\(last)" : "\(last)"
        return hours > 0 ? "\(hours) h \(minutes < 10 ? "0" : "")\(minutes) m" : "\(minutes) m \(padded) s"
    }

    // MARK: - Counts

    /// `12,345`, for tables and summaries.
    public static func grouped(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        groups.insert(digits, at: 0)
        return (value < 0 ? "-" : "") + groups.joined(separator: ",")
    }

    /// `12,345 operations`, `1 operation`.
    public static func grouped(_ value: Int, _ noun: String) -> String {
        "\(grouped(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    /// `12345 operations`, `1 operation`, for the sentences of findings and checks.
    public static func count(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(count) " + (count == 1 ? singular : plural ?? singular + "s")
    }

    // MARK: - Words

    /// `a`, `a and b`, `a, b and c`.
    public static func list(_ words: [String]) -> String { joined(words, by: "and") }

    /// `a`, `a or b`, `a, b or c`.
    public static func either(_ words: [String]) -> String { joined(words, by: "or") }

    private static func joined(_ words: [String], by conjunction: String) -> String {
        guard let last = words.last else { return "" }
        return words.count == 1 ? last : words.dropLast().joined(separator: ", ") + " \(conjunction) " + last
    }

    /// `was` or `were`.
    public static func were(_ count: Int) -> String { count == 1 ? "was" : "were" }
}
