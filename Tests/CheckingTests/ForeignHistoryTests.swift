// The search against verdicts that others publish: etcd's histories from porcupine, and knossos' cas
// registers. Read in place.

import Foundation
import History
import Testing

@testable import Checking

@Suite struct ForeignHistoryTests {
    private struct Known {
        var file: String
        var isValid: Bool
        var isEtcd: Bool
    }

    /// `CONTEND_HISTORIES`, or a folder beside the package.
    private static var folder: String {
        ProcessInfo.processInfo.environment["CONTEND_HISTORIES"]
            ?? #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }
            + "/shared/data/histories"
    }

    private static func known() -> [Known] {
        guard let table = try? String(contentsOfFile: folder + "/expected.tsv", encoding: .utf8) else {
            return []
        }
        return table.split(whereSeparator: \.isNewline).dropFirst().compactMap { line in
            let columns = line.split(separator: "\t").map(String.init)
            guard columns.count > 2, ["true", "false"].contains(columns[2]) else { return nil }
            let isEtcd = columns[0].hasPrefix("etcd_")
            guard isEtcd || columns[0].hasPrefix("knossos_cas-register_") else { return nil }
            return Known(file: columns[0], isValid: columns[2] == "true", isEtcd: isEtcd)
        }
    }

    /// Where a refused compare-and-set asserts that the value differed (etcd), it is kept as a mismatch;
    /// else it is dropped.
    private func calls(_ events: [ForeignEvent], isEtcd: Bool) throws -> [Call<RegisterAction>] {
        var open: [Int: (event: ForeignEvent, number: Int)] = [:]
        var calls: [Call<RegisterAction>] = []
        func action(_ event: ForeignEvent, _ answer: ForeignEvent?) -> RegisterAction? {
            switch event.f {
            case "read":
                guard let answer, answer.type == .ok else { return nil }
                return !isEtcd && answer.value == .null ? nil : .read(answer.value)
            case "write": return answer?.type == .fail ? nil : .write(event.value)
            case "cas":
                guard let pair = event.value.elements, pair.count == 2 else { return nil }
                if answer?.type == .fail { return isEtcd ? .mismatch(pair[0]) : nil }
                return .compareAndSet(expected: pair[0], new: pair[1])
            default: return nil
            }
        }
        for (number, event) in events.enumerated() {
            switch event.type {
            case .invoke: open[event.process] = (event, number)
            case .ok, .fail:
                let started = open.removeValue(forKey: event.process)
                let invocation = try #require(started)
                guard let action = action(invocation.event, event) else { continue }
                calls.append(
                    Call(
                        operation: invocation.number, action: action, invoked: Int64(invocation.number),
                        returned: Int64(number)))
            case .info: continue
            }
        }
        for invocation in open.values {
            guard let action = action(invocation.event, nil) else { continue }
            calls.append(
                Call(
                    operation: invocation.number, action: action, invoked: Int64(invocation.number),
                    returned: nil))
        }
        return calls
    }

    @Test func publishedVerdictsOnCasRegistersAreFound() throws {
        let all = Self.known()
        if all.isEmpty {
            let isGate = ProcessInfo.processInfo.environment["CI"] == "true"
            try #require(!isGate, "no histories in \(Self.folder): set CONTEND_HISTORIES")
            print(
                "SKIPPED: no histories in \(Self.folder); set CONTEND_HISTORIES to check published verdicts")
            return
        }
        var decided = 0
        for known in all {
            let events = try ForeignHistory.read(Self.folder + "/jsonl/" + known.file)
            let calls = try calls(events, isEtcd: known.isEtcd)
            let decision = checkLinearizability(
                calls, RegisterModel(initial: .null), budget: known.isEtcd ? 1_000_000 : 30_000)
            // Knossos' largest may exceed the budget; none may be decided wrongly.
            if decision.verdict == .exhausted, !known.isEtcd { continue }
            decided += 1
            #expect(
                decision.verdict == (known.isValid ? .linearizable : .violated),
                "\(known.file) after \(decision.explored) configurations")
        }
        #expect(all.count { $0.isEtcd } >= 60 && decided >= 60)
    }
}
