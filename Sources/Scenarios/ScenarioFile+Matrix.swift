// The cells of a matrix and what is expected of each.

public import Core

extension ScenarioFile {
    /// The product of all axes, the first one slowest; one empty cell where there is no matrix.
    public func cells() -> [[Parameter]] {
        matrix.reduce([[]]) { cells, axis in
            cells.flatMap { cell in axis.values.map { cell + [Parameter(name: axis.name, value: $0)] } }
        }
    }

    /// The first expectation whose `when` holds in this cell.
    public func expectation(for cell: [Parameter]) -> Expectation? {
        expectations.first { expectation in
            expectation.when.allSatisfy { name, value in
                cell.contains { $0.name == name && $0.value.isEquivalent(to: value) }
            }
        }
    }

    /// A `--set` value: what it would mean as an unquoted YAML scalar.
    public static func settingValue(_ text: String) -> Value { Value(plainScalar: text) }
}
