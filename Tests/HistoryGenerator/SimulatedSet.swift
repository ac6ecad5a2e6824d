// Large histories of a set that is only added to and read as a whole, correct by construction.

import Core
public import Histories

/// Adds one element after another, a few at a time, with whole reads at even distances.
public struct SimulatedSet: Sendable {
    public var adds = 100_000
    public var reads = 10
    public var processes = 10

    public init() {}

    /// In order of invocation.
    public func history() -> [ForeignOperation] {
        var result: [ForeignOperation] = []
        var moment: Int64 = 0
        var elements: [Value] = []
        for number in 0..<adds {
            // As many are open at once as there are processes; each takes effect when it is invoked.
            result.append(
                ForeignOperation(
                    process: number % processes, f: "add", argument: .int(number), outcome: .ok,
                    invoked: moment,
                    returned: moment + Int64(processes) - 1, line: result.count + 1))
            elements.append(.int(number))
            moment += 1
            if (number + 1) % (adds / reads) == 0 {
                result.append(
                    ForeignOperation(
                        process: processes, f: "read", result: .array(elements), outcome: .ok,
                        invoked: moment,
                        returned: moment, line: result.count + 1))
                moment += 1
            }
        }
        return result
    }
}
