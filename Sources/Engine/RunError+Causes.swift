// What the errors of the parts mean for a run, and which exit code each one is.

import Clusters
import Core
import Histories
public import RunStore
import Scenarios
import Traffic

extension RunError {
    public var status: ExitStatus {
        switch code {
        case .notRun: .notRun
        case .invalid: .invalid
        case .fault: .fault
        case .usage: .usage
        }
    }
}

extension RunError {
    /// What an error of the parts below means while a run goes on.
    init(during error: any Error) {
        switch error {
        case let error as RunError: self = error
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
        case let error as RunError: self = error
        case let error as HistoryError: self.init(.invalid, error.description)
        case let error as DocumentError: self.init(.invalid, error.message)
        case let error as ScenarioErrors: self.init(.invalid, error.description)
        default: self.init(.invalid, "cannot be read: \(error)")
        }
    }
}
