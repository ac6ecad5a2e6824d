// Tells a violation as two to six plain lines: who sent what when, through which replica, and what was
// answered.

import Core
import Histories

struct Story {
    /// Operations told one by one; of more, those that the title speaks of, the first ones and the last.
    static let operationLimit = 4

    let facts: RunFacts
    let violation: Violation

    var lines: [String] {
        if let told = violation.told { return told }
        let operations = violation.example
        let origin = operations.first.map { facts.operations[$0].invoked } ?? 0
        var lines: [String] = []
        if let opening = violation.opening { lines.append(opening) }
        let shown = self.shown
        let left = operations.filter { !shown.contains($0) }
        for index in operations {
            if shown.contains(index) { lines.append(line(index, origin)) }
            if index == left.first { lines.append(omission(left)) }
        }
        lines += violation.account
        if let closing = violation.closing { lines.append(closing) }
        if lines.count < 2 {
            lines.append(
                violation.key.isEmpty
                    ? "That alone contradicts \(violation.check)."
                    : "That alone contradicts \(violation.check) of \(violation.key).")
        }
        return lines
    }

    /// The operations that are told one by one: all that the title speaks of, then the first ones, and the
    /// last.
    private var shown: Set<Int> {
        let operations = violation.example
        if operations.count <= Self.operationLimit { return Set(operations) }
        var shown = Set(violation.named).intersection(operations)
        for index in [operations.last].compactMap(\.self) + operations
        where shown.count < Self.operationLimit - 1 {
            shown.insert(index)
        }
        return shown
    }

    /// One operation as `+0.000 ms client 4 → replica 2  POST /v2/images/17/deactivate  204 (3.125 ms)`.
    func line(_ index: Int, _ origin: Int64) -> String {
        let operation = facts.operations[index]
        var line = "+\(Figures.milliseconds(operation.invoked - origin)) client \(operation.client)"
        if let request = operation.decisiveRequest {
            line += " → replica \(request.replica)  \(request.method) \(Self.shortened(request.target))"
            line += "  \(Self.answer(request))"
        } else {
            line += "  \(operation.name)  \(operation.outcome.rawValue)"
        }
        if let returned = operation.returned {
            line += " (\(Figures.milliseconds(returned - operation.invoked)))"
        }
        if let remark = violation.remarks[index] { line += ", \(remark)" }
        return line
    }

    private func omission(_ left: some Collection<Int>) -> String {
        let names = Dictionary(grouping: left) { facts.operations[$0].name }
        let counted = names.sorted { $0.key < $1.key }.map { "\($0.value.count) \($0.key)" }
        return "… \(Figures.list(counted)) more"
    }

    private static func answer(_ request: RequestRecord) -> String {
        if request.status != nil { return request.answer }
        return switch request.failure {
        case .refused: "refused"
        case .timeout: "no answer in time"
        case .disconnected: "connection broken"
        case .malformed: "no valid answer"
        case nil: "no answer"
        }
    }

    /// Made-up identifiers lose their tail and long targets their middle: what is done matters more.
    private static func shortened(_ target: String) -> String {
        let parts = target.split(separator: "/", omittingEmptySubsequences: false)
        let short = parts.map { isUUID($0) ? $0.prefix(8) + "…" : $0 }.joined(separator: "/")
        return short.count <= 60 ? short : short.prefix(24) + "…" + short.suffix(35)
    }

    private static func isUUID(_ text: Substring) -> Bool {
        text.count == 36 && text.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12]
            && text.allSatisfy { $0.isHexDigit || $0 == "-" }
    }
}
