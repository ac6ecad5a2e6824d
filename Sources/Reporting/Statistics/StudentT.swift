// Student's t distribution, as far as intervals need it.

import Glibc

/// Student's t distribution ("Student" 1908) with any number of degrees of freedom above zero.
enum StudentT {
    /// The value below which `probability` (above one half, below one) of the distribution lies, by
    /// bisection.
    static func quantile(_ probability: Double, degreesOfFreedom: Double) -> Double {
        var low = 0.0
        var high = 1.0
        while cumulative(high, degreesOfFreedom) < probability, high < 1e9 { high *= 2 }
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if cumulative(middle, degreesOfFreedom) < probability { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// P(T ≤ t) for t of at least zero.
    static func cumulative(_ t: Double, _ degreesOfFreedom: Double) -> Double {
        let x = degreesOfFreedom / (degreesOfFreedom + t * t)
        return 1 - incompleteBeta(x, degreesOfFreedom / 2, 0.5) / 2
    }

    /// The regularised incomplete beta function (DLMF 8.17), from its continued fraction (8.17.22).
    static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        // The fraction converges fast below the mean; above it the complement does.
        if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
        let logarithm = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)
        return exp(logarithm) / a / fraction(x, a, b)
    }

    /// Evaluated from behind: two hundred terms are far more than a double can tell apart.
    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        var value = 1.0
        for index in stride(from: 200, through: 1, by: -1) {
            let m = Double(index / 2)
            let even = index.isMultiple(of: 2)
            let term =
                even
                ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            value = 1 + term / value
        }
        return value
    }
}
