// What repeated runs say of a figure: its size, and between which bounds it lies.

import Core
import Glibc

/// A figure with its 95 % confidence interval, where there are enough runs for one.
public struct Estimate: Sendable, Hashable {
    public var value: Double
    public var low: Double?
    public var high: Double?

    /// How sure the interval is.
    public static let confidence = 0.95

    public init(_ value: Double, low: Double? = nil, high: Double? = nil) {
        self.value = value
        self.low = low
        self.high = high
    }

    public var hasInterval: Bool { low != nil && high != nil }

    /// The mean of independent runs with Student's interval; `nil` of no runs, without interval of one.
    public static func mean(_ values: [Double]) -> Estimate? {
        guard let sample = Sample(values) else { return nil }
        guard let error = sample.squaredError else { return Estimate(sample.mean) }
        let degrees = Double(sample.count - 1)
        let reach = quantile(degrees) * error.squareRoot()
        return Estimate(sample.mean, low: sample.mean - reach, high: sample.mean + reach)
    }

    /// The ratio of the geometric means of `values` and `base`, with Welch's interval on the logarithms.
    ///
    /// Run times and rates are skewed and compared by their ratio, hence logarithms (Fleming & Wallace
    /// 1986); the two sides may scatter differently, hence Welch (1947) with Satterthwaite's degrees of
    /// freedom (1946). Each run is one observation, since what happens inside one is not independent
    /// (Georges, Buytaert & Eeckhout 2007; Kalibera & Jones 2013). Nothing is drawn at random: with three
    /// to ten runs a side, resampling them gives intervals that are too narrow. `nil` where a value is not
    /// above zero.
    public static func ratio(of values: [Double], to base: [Double]) -> Estimate? {
        guard (values + base).allSatisfy({ $0 > 0 && $0.isFinite }),
            let upper = Sample(values.map { log($0) }), let lower = Sample(base.map { log($0) })
        else { return nil }
        let difference = upper.mean - lower.mean
        guard let first = upper.squaredError, let second = lower.squaredError else {
            return Estimate(exp(difference))
        }
        let error = first + second
        guard error > 0 else {
            return Estimate(exp(difference), low: exp(difference), high: exp(difference))
        }
        let degrees =
            error * error
            / (first * first / Double(upper.count - 1) + second * second / Double(lower.count - 1))
        let reach = quantile(degrees) * error.squareRoot()
        return Estimate(exp(difference), low: exp(difference - reach), high: exp(difference + reach))
    }

    /// The geometric means that `ratio(of:to:)` is the ratio of; `nil` where it is.
    static func geometricMeans(_ first: [Double], _ second: [Double]) -> (Double, Double)? {
        guard (first + second).allSatisfy({ $0 > 0 && $0.isFinite }),
            let one = Sample(first.map { log($0) }), let other = Sample(second.map { log($0) })
        else { return nil }
        return (exp(one.mean), exp(other.mean))
    }

    private static func quantile(_ degrees: Double) -> Double {
        StudentT.quantile((1 + confidence) / 2, degreesOfFreedom: max(1, degrees))
    }

    /// `{value, low, high}`; the bounds only where there are any.
    var document: Value {
        var members: [String: Value] = ["value": .double(value)]
        members["low"] = low.map(Value.double)
        members["high"] = high.map(Value.double)
        return .object(members)
    }
}

/// Independent observations of one quantity.
struct Sample {
    let count: Int
    let mean: Double
    /// Of the mean, squared; `nil` of a single observation.
    let squaredError: Double?

    init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        count = values.count
        let mean = values.reduce(0, +) / Double(count)
        self.mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        squaredError = count > 1 ? squares / Double(count - 1) / Double(count) : nil
    }
}
