// Numbers as people read them: durations with a fitting unit, grouped counts, shares and rates.

/// Formats figures for the terminal; every function is pure and locale-free.
public enum Figures {
    /// `41 µs`, `1.2 ms`, `14.2 s`, `2 m 05 s`.
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

    /// `12,345`.
    public static func count(_ value: Int) -> String {
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
    public static func count(_ value: Int, _ noun: String) -> String {
        "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    /// `97.3 %`; nothing judged is a dash.
    public static func share(_ part: Int, of whole: Int) -> String {
        whole == 0 ? "–" : decimal(100 * Double(part) / Double(whole), places: 1) + " %"
    }

    /// `691/s`.
    public static func rate(_ perSecond: Double) -> String {
        perSecond < 10 ? decimal(perSecond, places: 1) + "/s" : count(Int(perSecond.rounded())) + "/s"
    }

    /// Fixed places after the point, rounded half away from zero.
    public static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "–" }
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value.magnitude * Double(scale)).rounded())
        let whole = String(scaled / scale)
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + whole }
        let fraction = String(scaled % scale)
        return sign + whole + "." + String(repeating: "0", count: places - fraction.count) + fraction
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
}
