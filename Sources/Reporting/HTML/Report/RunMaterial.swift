// Everything that the report of a run is made from: what the run directory holds, as values.

import Checking
public import Histories
public import RunStore
public import Scenarios

/// A finished run as far as it could be read back; only the report itself must be there.
public struct RunMaterial: Sendable {
    public var report: RunReport
    /// The resolved scenario and its text.
    public var scenario: Scenario?
    public var scenarioText: String?
    public var history: History?
    public var observations = Observations()
    public var logs: [LogFile] = []
    /// Versions and machine, in order.
    public var environment: [(name: String, value: String)] = []
    /// The moment of time 0 on the wall clock, to place what replicas logged.
    public var origin: WallClockOrigin?
    /// What of the run directory is missing or damaged, a sentence each.
    public var notices: [String] = []
}

extension RunMaterial {
    /// Only what cannot be left out.
    public init(report: RunReport, history: History?) {
        self.report = report
        self.history = history
    }
}

/// The output of a replica or companion, or the log of the database.
public struct LogFile: Sendable {
    public enum Source: Sendable, Hashable {
        case replica(Int)
        case companion(String)
        case database
    }

    public var source: Source
    /// Bytes that are not UTF-8 replaced.
    public var text: String
    /// Whether the end was left out.
    public var isCut: Bool

    public init(source: Source, text: String, isCut: Bool = false) {
        self.source = source
        self.text = text
        self.isCut = isCut
    }
}

extension LogFile.Source: CustomStringConvertible {
    public var description: String {
        switch self {
        case .replica(let index): "replica \(index)"
        case .companion(let name): "companion \(name)"
        case .database: "database"
        }
    }
}
