// What a report says of a load that a threshold ended before its time.

import Core
public import Histories
public import Scenarios

/// A threshold with `abort-early` that was exceeded while the load went on.
///
/// It explains why the load is short; whether the threshold held is said by its check on the whole history.
public struct AbortedEarly: Sendable, Hashable {
    /// Key and limit, as the threshold's check is named.
    public var threshold: String
    /// What the measure had come to by then, and the limit, both in `unit`.
    public var measured: Double
    public var limit: Double
    public var unit: Threshold.Unit
    /// How many operations were measured by then.
    public var operations: Int

    public init(threshold: String, measured: Double, limit: Double, unit: Threshold.Unit, operations: Int) {
        self.threshold = threshold
        self.measured = measured
        self.limit = limit
        self.unit = unit
        self.operations = operations
    }

    /// One line for people.
    public var sentence: String {
        "the load was ended early, after \(Figures.grouped(operations, "measured operation")), by the threshold "
            + "\(threshold): it had come to \(Threshold.text(measured, unit)); "
            + "judged is what was recorded until then"
    }
}

extension AbortedEarly: Document {
    public static var about: String { "The threshold that ended the load before its time." }

    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        AbortedEarly(
            threshold: try member.required("threshold", \.threshold, .string, "the name of its check"),
            measured: try member.required("measured", \.measured, .number),
            limit: try member.required("limit", \.limit, .number),
            unit: try member.required("unit", \.unit, .word),
            operations: try member.required("operations", \.operations, .natural, "measured by then"))
    }
}
