// Durations as the whole numbers that histories and deadlines count in.

extension Duration {
    /// Whole nanoseconds, towards zero; what does not fit, beyond some 292 years, is the largest or smallest
    /// number.
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isTooLongBySome) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard isTooLong || isTooLongBySome else { return sum }
        return seconds < 0 ? .min : .max
    }

    /// Whole milliseconds, never negative.
    public var milliseconds: Int64 { max(0, nanoseconds / 1_000_000) }
}
