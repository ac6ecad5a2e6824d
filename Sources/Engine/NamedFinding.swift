// `RUN#ID`: a run, or one of its findings, as users name it.

public import Checking
import Reporting
public import RunStore

/// A stored run and, behind `#`, the number or class of a finding.
public struct NamedFinding: Sendable {
    public var run: StoredRun
    public var id: String?

    public init(_ name: String, out: String) throws(RunError) {
        let parts = name.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        run = try StoredRun(named: parts.first.map(String.init) ?? name, out: out)
        id = parts.count > 1 ? String(parts[1]) : nil
    }
}

extension RunReport {
    /// The finding of this number or class.
    public func finding(_ id: String) throws(RunError) -> Finding {
        if let finding = judgement.findings.first(where: { "\($0.number)" == id || $0.classID == id }) {
            return finding
        }
        let known = judgement.findings.map { "#\($0.number)" }.joined(separator: ", ")
        throw RunError(
            .usage,
            "\(identity.run) has no finding #\(id)" + (known.isEmpty ? "; it has none" : "; it has \(known)"))
    }
}
