// The axes of a benchmark as its report may show them.

import Core
import Reporting
import Scenarios

/// Axes without secrets; values that look alike without them stay apart, so that cells stay apart.
struct ShownAxes {
    let axes: [MatrixAxis]
    private let originals: [MatrixAxis]

    init(_ axes: [MatrixAxis], _ redactor: Redactor) {
        originals = axes
        self.axes = axes.map { axis in
            var shown: [Value] = []
            for value in axis.values {
                let redacted = redactor.redact(value)
                var candidate = redacted
                var number = 1
                while shown.contains(candidate) {
                    number += 1
                    candidate = .string("\(redacted.plain) (\(number))")
                }
                shown.append(candidate)
            }
            return MatrixAxis(name: axis.name, values: shown)
        }
    }

    /// What stands for `value` of the axis.
    func value(_ value: Value, of axis: String) -> Value {
        guard let place = originals.firstIndex(where: { $0.name == axis }),
            let index = originals[place].values.firstIndex(of: value)
        else { return value }
        return axes[place].values[index]
    }

    func parameter(_ parameter: Parameter) -> Parameter {
        Parameter(name: parameter.name, value: value(parameter.value, of: parameter.name))
    }
}
