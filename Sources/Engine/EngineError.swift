// The one error of this target, with the exit code that it means.

import Cluster
public import Core
import History
import Reporting
import Scenario
import Traffic

/// Why something asked for could not be done.
public struct EngineError: CodedError {
    public enum Code: String, Sendable {
        /// The experiment did not happen.
        case notRun
        /// A scenario, history or verdict that cannot be used.
        case invalid
        /// Our own bug.
        case fault
        /// The user asked for something that is not there.
        case usage
    }

    public var code: Code
    /// What happened, where, and what to do about it.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var status: ExitStatus {
        switch code {
        case .notRun: .notRun
        case .invalid: .invalid
        case .fault: .fault
        case .usage: .usage
        }
    }
}

extension EngineError {
    /// What an error of the parts below means while a run goes on.
    init(during error: any Error) {
        switch error {
        case let error as EngineError: self = error
        case let error as ClusterError: self.init(.notRun, error.message)
        case let error as TrafficError: self.init(.notRun, error.message)
        case let error as ScenarioErrors: self.init(.invalid, error.description)
        case let error as HistoryError:
            // What we wrote ourselves a moment ago and cannot read is our bug; a full disk is not.
            self.init(error.code == .inputOutput ? .notRun : .fault, error.description)
        case is CancellationError: self.init(.notRun, "interrupted before the load began")
        default: self.init(.fault, "unexpected error: \(error)")
        }
    }

    /// What an error means while something stored is read.
    init(reading error: any Error) {
        switch error {
        case let error as EngineError: self = error
        case let error as HistoryError: self.init(.invalid, error.description)
        case let error as DocumentError: self.init(.invalid, error.message)
        case let error as ScenarioErrors: self.init(.invalid, error.description)
        default: self.init(.invalid, "cannot be read: \(error)")
        }
    }
}
