// How numbers become places in a drawing, and which of them are written beside it.

import Core
import Glibc

/// The range of numbers along one side of a chart.
public struct Axis: Sendable {
    public enum Scale: Sendable { case linear, logarithmic }

    /// What is measured and in which unit, such as `seconds of the load`.
    public var label: String
    public var range: ClosedRange<Double>
    public var scale: Scale
    /// How a tick is written.
    public var format: @Sendable (Double) -> String

    /// A range without extent is widened; a logarithmic one begins above zero.
    public init(
        _ label: String, _ range: ClosedRange<Double>, scale: Scale = .linear,
        format: @escaping @Sendable (Double) -> String = Axis.plain
    ) {
        let low = range.lowerBound.isFinite ? range.lowerBound : 0
        let high = range.upperBound.isFinite ? range.upperBound : 1
        let least = scale == .logarithmic ? max(low, 1e-9) : low
        self.label = label
        self.range = least...(high > least ? high : scale == .logarithmic ? least * 10 : least + 1)
        self.scale = scale
        self.format = format
    }

    /// Whole numbers with grouped digits, small ones with two places.
    public static let plain: @Sendable (Double) -> String = { value in
        value == value.rounded() && value.magnitude < 1e15 ? Figures.grouped(Int(value)) : HTML.number2(value)
    }

    /// Nanoseconds with a fitting unit.
    public static let duration: @Sendable (Double) -> String = {
        Figures.duration(nanoseconds: Int64(max(-9e18, min(9e18, $0.rounded()))))
    }

    /// From 0 to 1: the place of a number, outside numbers at the ends.
    func place(_ value: Double) -> Double {
        let (low, high) = (range.lowerBound, range.upperBound)
        let place =
            switch scale {
            case .linear: (value - low) / (high - low)
            case .logarithmic: (log10(max(value, low)) - log10(low)) / (log10(high) - log10(low))
            }
        return place.isFinite ? min(1, max(0, place)) : 0
    }

    /// Round numbers within the range, about `count` of them.
    func ticks(_ count: Int = 5) -> [Double] {
        switch scale {
        case .linear:
            let step = Self.roundStep((range.upperBound - range.lowerBound) / Double(max(1, count)))
            let first = (range.lowerBound / step).rounded(.up) * step
            return (0...(4 * count)).map { first + Double($0) * step }.filter {
                $0 <= range.upperBound + step / 1e6
            }
        case .logarithmic:
            let first = Int(log10(range.lowerBound).rounded(.down))
            let last = min(first + 24, Int(log10(range.upperBound).rounded(.up)))
            let decades = (first...max(first, last)).map(Self.power10)
            let factors = decades.count > 4 ? [1.0] : decades.count > 3 ? [1, 3] : [1, 2, 5]
            let all = decades.flatMap { decade in factors.map { $0 * decade } }
                .filter { $0 >= range.lowerBound * 0.999_999 && $0 <= range.upperBound * 1.000_001 }
            let every = max(1, (all.count + count) / (count + 1))
            return stride(from: 0, to: all.count, by: every).map { all[$0] }
        }
    }

    /// 1, 2 or 5 times a power of ten, at least `step`.
    static func roundStep(_ step: Double) -> Double {
        guard step > 0, step.isFinite else { return 1 }
        let power = power10(Int(log10(step).rounded(.down)))
        for factor in [1.0, 2, 5] where factor * power >= step { return factor * power }
        return 10 * power
    }

    static func power10(_ exponent: Int) -> Double {
        var value = 1.0
        for _ in 0..<exponent.magnitude { value = exponent < 0 ? value / 10 : value * 10 }
        return value
    }

}

extension HTML {
    /// At most two places after the point.
    static func number2(_ value: Double) -> String {
        var text = Figures.decimal(value, places: 2)
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
