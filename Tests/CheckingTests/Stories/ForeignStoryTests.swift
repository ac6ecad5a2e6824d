// The stories of foreign histories are true: the example alone contradicts, and what its title says is so.

import Core
import Histories
import Testing

@testable import Checking

/// A title of a foreign violation, held against the history.
private struct ForeignTitle {
    let operations: [ForeignOperation]
    let violation: ForeignViolation
    let initial: Value

    private var example: [Int] { violation.operations }

    private var ofKey: [ForeignOperation] {
        let key = operations[example[0]].key
        return operations.filter { $0.key == key }
    }

    private func all(_ process: Substring, _ holds: (ForeignOperation) -> Bool) -> [Int] {
        example.filter { "\(operations[$0].process)" == process && holds(operations[$0]) }
    }

    private func of(_ process: Substring, _ holds: (ForeignOperation) -> Bool) -> Int? {
        all(process, holds).first
    }

    private func written(_ operation: ForeignOperation) -> Value? {
        switch operation.f {
        case "write": operation.argument
        case "cas": operation.argument.elements?.last
        default: nil
        }
    }

    func fault() -> String? {
        let title = violation.title
        func value(_ text: Substring) -> Value { (try? JSON.parse(text.utf8)) ?? .null }
        if let match = title.wholeMatch(of: /process (\d+) read (.+), which nobody wrote\./) {
            guard of(match.1, { $0.f == "read" && $0.result == value(match.2) }) != nil else {
                return "no such read"
            }
            let isWritten = ofKey.contains { written($0) == value(match.2) }
            return isWritten || value(match.2) == initial ? "it was there" : nil
        }
        if let match = title.wholeMatch(of: /process (\d+) read (.+), whose write had been refused\./) {
            let writers = ofKey.filter { written($0) == value(match.2) }
            return writers.isEmpty || writers.contains { $0.outcome != .fail } ? "it was not refused" : nil
        }
        if let match = title.wholeMatch(
            of: /process (\d+) read (.+) after process (\d+) had put (.+) there, and nothing put (.+) back\./)
        {
            let reads = all(match.1) { $0.f == "read" && $0.result == value(match.2) }
            let puts = all(match.3) { written($0) == value(match.4) }
            let isSo = reads.contains { read in
                puts.contains { operations[$0].returned ?? .max < operations[read].invoked }
            }
            return isSo ? nil : "it had not been put there"
        }
        if let match = title.wholeMatch(
            of: /(process .+) (both|all) replaced (.+): one of the updates was lost\./)
        {
            let processes = match.1.matches(of: /process (\d+)/).map(\.1)
            let isSo = processes.allSatisfy { process in
                of(process) {
                    $0.f == "cas" && $0.outcome == .ok && $0.argument.elements?.first == value(match.3)
                } != nil
            }
            return isSo && (match.2 == "both") == (processes.count == 2) ? nil : "they did not"
        }
        if title.wholeMatch(
            of: /process \d+ was refused a change from .+, although the register held it all the while: .*/)
            != nil
            || title.wholeMatch(of: /No order of these \d+ operations explains them: .*/) != nil
            || title.wholeMatch(of: /No state allows it: .*/) != nil
            || title.wholeMatch(
                of: /process \d+ read .+, which the additions before and during it do not allow\./) != nil
            || title.wholeMatch(of: /The additions alone cannot all have happened: .*/) != nil
        {
            return nil
        }
        return "unknown title"
    }
}

@Suite struct ForeignStoryTests {
    private func foreign(_ operation: OperationRecord) -> ForeignOperation? {
        guard operation.name != "touch" else { return nil }
        var made = ForeignOperation(
            process: operation.client, f: "", key: operation.values["key"] ?? .null,
            outcome: operation.outcome,
            invoked: operation.invoked, returned: operation.outcome == .unknown ? nil : operation.returned)
        let unique = operation.values["unique"] ?? .null
        switch operation.name {
        case "rename", "put": (made.f, made.argument) = ("write", unique)
        case "edit":
            guard let seen = operation.captures["seen"] else { return nil }
            (made.f, made.argument) = ("cas", .array([seen, unique]))
        case "show": (made.f, made.result) = ("read", operation.captures["name"] ?? .null)
        case "reserve": (made.f, made.argument) = ("add", operation.values["units"] ?? .null)
        case "release":
            guard case .int(let units)? = operation.values["reserve.units"] else { return nil }
            (made.f, made.argument) = ("add", .int(-units))
        case "usage": (made.f, made.result) = ("read", operation.captures["used"] ?? .null)
        default: return nil
        }
        return made
    }

    private func call(_ operation: ForeignOperation, _ position: Int, offset: Int) -> PlainCall? {
        guard operation.outcome != .fail else { return nil }
        let action: PlainAction
        switch (operation.f, operation.argument, operation.result) {
        case ("write", let value, _): action = .write(value)
        case ("cas", .array(let pair), _): action = .compareAndSet(pair[0], pair[1])
        case ("add", .int(let amount), _): action = .change(amount)
        case ("read", _, .int(let count)) where offset > 0: action = .count(offset + count)
        case ("read", _, let value): action = .read(value)
        default: return nil
        }
        return PlainCall(
            operation: position, action: action, invoked: operation.invoked, returned: operation.returned)
    }

    @Test(arguments: [SimulatedModel.register, .casRegister, .counter])
    func everyStoryOfAForeignHistoryIsTrue(_ model: SimulatedModel) async throws {
        var told = 0
        for seed in UInt64(1)...UInt64(Sample.histories(100)) {
            let (simulation, _) = RacySimulation.random(model, seed: seed)
            let operations = simulation.operations.sorted { ($0.invoked, $0.id) < ($1.invoked, $1.id) }
                .compactMap(foreign)
            var options = ForeignOptions(model == .counter ? .counter : .casRegister)
            options.failedCompareAndSet = .ignored
            options.initial = "first"
            let judgement = try ForeignCheck(options).judge(operations)
            told += judgement.violations.count
            for violation in judgement.violations {
                let offset = model == .counter ? 1_000_000 : 0
                let start: PlainState = model == .counter ? .count(offset) : .value("first")
                let calls = violation.operations.compactMap { call(operations[$0], $0, offset: offset) }
                let object = PlainObject(limit: 2 * offset)
                var fault = ForeignTitle(operations: operations, violation: violation, initial: "first")
                    .fault()
                if violation.reasons.isEmpty, PlainOrders(object, calls, from: [start]).isExplained != false {
                    fault = fault ?? "the example alone contradicts nothing"
                }
                if let fault {
                    Issue.record("\(model), seed \(seed): \(fault): \(violation.title)")
                    return
                }
            }
        }
        #expect(told > Sample.histories(100) / 5, "\(told) stories")
    }
}
