// What a report says of a load that a threshold ended before its time.

import Core
import History
public import Scenario

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

    public init(
        threshold: String, measured: Double, limit: Double, unit: Threshold.Unit, operations: Int
    ) {
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

    var document: Value {
        .object([
            "threshold": .string(threshold), "measured": .double(measured), "limit": .double(limit),
            "unit": .string(unit.rawValue), "operations": .int(operations),
        ])
    }

    static var schema: JSONSchema {
        .object(
            [
                .required("threshold", .string, "the name of its check"), .required("measured", .number),
                .required("limit", .number), .required("unit", .words(of: Threshold.Unit.self)),
                .required("operations", .natural, "measured by then"),
            ], isOpen: true
        ).described("The threshold that ended the load before its time.")
    }

    init(document: Value, path: String) throws(ReportError) {
        let members = try Members(document, path: path)
        self.init(
            threshold: try members.string("threshold"), measured: try members.number("measured"),
            limit: try members.number("limit"), unit: try members.name("unit", of: Threshold.Unit.self),
            operations: try members.int("operations"))
    }
}
