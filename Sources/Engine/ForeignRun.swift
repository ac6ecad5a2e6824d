// `contend check FILE --model M`: judges a history that another project recorded.

public import Checking
import Core
import FoundationEssentials
import Histories
public import Reporting
public import RunStore

/// A foreign history to be judged.
public struct ForeignRun: Sendable {
    /// Operations that an order is written down for; more would be a file that nobody reads.
    static let certificateLimit = 1_000_000

    var file: String
    var options: ForeignOptions
    var isIndependent: Bool

    /// With `isIndependent`, values are `[key value]`.
    public init(_ file: String, _ options: ForeignOptions, isIndependent: Bool) {
        self.file = file
        self.options = options
        self.isIndependent = isIndependent
    }

    /// Judges it; with `certificate`, also writes the evidence there, as JSON.
    public func execute(
        certificate: String? = nil
    ) throws(RunError) -> (report: ForeignReport, status: ExitStatus) {
        var options = options
        options.recordsOrder = certificate != nil
        do {
            let operations = try ForeignHistory.operations(
                file, independent: isIndependent, onlyWord: options.model.onlyWord)
            if certificate != nil, operations.count > Self.certificateLimit {
                throw RunError(
                    .usage,
                    "\(file) has \(operations.count) operations; a certificate is for at most \(Self.certificateLimit)"
                )
            }
            let judgement = try ForeignCheck(options).judge(operations)
            let report = ForeignReport(file: file, operations: operations, judgement: judgement)
            if let certificate { try write(report, to: certificate) }
            return (report, ExitStatus(judgement.verdict))
        } catch let error as ForeignError {
            throw RunError(.invalid, "\(file):\(error.line): \(error.message)")
        } catch {
            throw RunError(reading: error)
        }
    }

    private func write(_ report: ForeignReport, to path: String) throws(RunError) {
        do {
            try Data((JSON.text(report.certificate) + "\n").utf8).write(
                to: URL(filePath: path), options: .atomic)
        } catch {
            throw RunError(.usage, "\(path) cannot be written: \(systemReason(of: error))")
        }
    }
}
