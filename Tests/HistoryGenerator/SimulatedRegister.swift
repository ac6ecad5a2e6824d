// Large histories of registers that are correct by construction: each operation takes effect at one moment
// inside its interval.

public import Core
public import Histories

extension SeededGenerator {
    public mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}

/// Half reads, a quarter writes, a quarter compare-and-sets.
public struct SimulatedRegister: Sendable {
    public var operations = 10_000
    public var processes = 10
    public var keys = 1
    /// Values that writes choose from; with `isUnique` every write has its own.
    public var values = 5
    public var isUnique = false
    /// One in so many operations never returns; 0 for none.
    public var unknownEvery = 0
    public var seed: UInt64 = 42

    public init() {}

    private struct Open {
        var index: Int
        var isApplied = false
        var isApplying = true
    }

    /// In order of invocation; the register of each key holds 0 at first.
    public func history() -> [ForeignOperation] {
        var random = SeededGenerator(state: seed)
        var result: [ForeignOperation] = []
        result.reserveCapacity(operations)
        var open = [Open?](repeating: nil, count: processes)
        // A process that ends without an answer never goes on under its number.
        var names = Array(0..<processes)
        var held = [Int](repeating: 0, count: keys)
        var nextUnique = 1
        var moment: Int64 = 0
        while result.count < operations || open.contains(where: { $0 != nil }) {
            let process = random.below(processes)
            if var call = open[process] {
                if call.isApplied {
                    if call.isApplying { result[call.index].returned = moment }
                    moment += 1
                    if !call.isApplying {
                        result[call.index].outcome = .unknown
                        names[process] += processes
                    }
                    open[process] = nil
                } else {
                    let isLost = unknownEvery > 0 && random.below(unknownEvery) == 0
                    call.isApplied = true
                    call.isApplying = !isLost
                    if !isLost || random.below(2) == 0 { apply(&result[call.index], &held) }
                    open[process] = call
                }
            } else if result.count < operations {
                let key = keys == 1 ? 0 : random.below(keys)
                let kind = random.below(4)
                var operation = ForeignOperation(
                    process: names[process], f: kind < 2 ? "read" : kind == 2 ? "write" : "cas",
                    key: .int(key),
                    outcome: .ok, invoked: moment, returned: nil, line: result.count + 1)
                moment += 1
                let new = isUnique ? nextUnique : random.below(values)
                if kind == 2 { operation.argument = .int(new) }
                if kind == 3 {
                    let expected = isUnique ? held[key] : random.below(values)
                    operation.argument = .array([.int(expected), .int(new)])
                }
                nextUnique += 1
                open[process] = Open(index: result.count)
                result.append(operation)
            }
        }
        return result
    }

    private func apply(_ operation: inout ForeignOperation, _ held: inout [Int]) {
        guard case .int(let key) = operation.key else { return }
        switch operation.argument {
        case .int(let new): held[key] = new
        case .array(let pair):
            if pair[0] == .int(held[key]), case .int(let new) = pair[1] {
                held[key] = new
            } else {
                operation.outcome = .fail
            }
        case .null, .bool, .double, .string, .object: operation.result = .int(held[key])
        }
    }
}
