// A run as a comparison takes it, and what must be equal for figures of two runs to mean the same.

import Checking
public import Core
public import RunStore
public import Scenarios

/// One stored run.
public struct ComparedRun: Sendable {
    public var report: RunReport
    /// `nil` where the run did not record it.
    public var machine: Machine?
    /// What was tested and how; `nil` where its scenario cannot be read any more.
    public var scenario: Scenario?

    public init(report: RunReport, machine: Machine? = nil, scenario: Scenario? = nil) {
        self.report = report
        self.machine = machine
        self.scenario = scenario
    }

    /// What differs from `other` beside the machine, as ends of a sentence.
    public func differences(from other: ComparedRun) -> [String] {
        let (mine, theirs) = (report.identity, other.report.identity)
        func differing(_ what: String, _ left: String, _ right: String) -> String? {
            left == right ? nil : "\(what) \(left) against \(right)"
        }
        var differences = [
            differing("scenario", theirs.scenario, mine.scenario),
            differing("database", theirs.database, mine.database),
            differing("replicas", "\(theirs.replicas)", "\(mine.replicas)"),
            differing("clients", "\(theirs.clients)", "\(mine.clients)"),
            differing("one at a time", theirs.sequential ? "yes" : "no", mine.sequential ? "yes" : "no"),
        ].compactMap { $0 }
        let names = Set((mine.parameters + theirs.parameters).map(\.name)).sorted()
        for name in names {
            let (left, right) = (theirs.value(of: name), mine.value(of: name))
            if left != right { differences.append("\(name) \(left) against \(right)") }
        }
        if let scenario, let before = other.scenario {
            differences += scenario.differences(from: before)
        }
        return differences
    }

    /// How its machine differs from that of `other`; `nil` where it does not.
    func machineDifference(from other: ComparedRun) -> String? {
        switch (other.machine, machine) {
        case (nil, nil): nil
        case (let left?, let right?) where left.cores == right.cores && left.system == right.system: nil
        case (let left, let right):
            "machine \(left?.text ?? "not recorded") against \(right?.text ?? "not recorded")"
        }
    }
}

extension Scenario {
    /// What is tested and judged otherwise; the service is what a comparison is about, and thresholds fail by
    /// name.
    fileprivate func differences(from other: Scenario) -> [String] {
        let (mine, theirs) = (comparable, other.comparable)
        let parts: [(isLike: Bool, difference: String)] = [
            (mine.load == theirs.load, "another load (its shape, mix, keys or spread)"),
            (mine.faults == theirs.faults, "other faults"), (mine.models == theirs.models, "other models"),
            (mine.invariants == theirs.invariants, "other invariants"),
            (mine.operations == theirs.operations, "other operations"),
            (mine.defaults == theirs.defaults, "other defaults of requests"),
            (mine.setup == theirs.setup, "another setup"),
            (mine.target.database.likeness == theirs.target.database.likeness, "other database settings"),
        ]
        return parts.filter { !$0.isLike }.map(\.difference)
    }
}

extension DatabaseDeclaration {
    /// Without the address of an existing server, whose port may be another for each run.
    fileprivate var likeness: DatabaseDeclaration {
        switch self {
        case .postgresql(let settings, .some): .postgresql(settings: settings, url: Template(parts: []))
        case .mariadb(let settings, .some): .mariadb(settings: settings, url: Template(parts: []))
        case .none, .sqlite, .postgresql(_, nil), .mariadb(_, nil), .galera: self
        }
    }
}

extension RunIdentity {
    fileprivate func value(of parameter: String) -> String {
        parameters.first { $0.name == parameter }?.value.plain ?? "unset"
    }
}

/// Why two sides cannot be compared; never a pass.
public struct ComparisonError: CodedError {
    public enum Code: String, Sendable {
        /// A side has no runs.
        case missing
        /// The sides, or the runs of one, are not of one experiment.
        case unlike
        /// A run measured nothing.
        case notRun
    }

    public var code: Code
    /// One sentence.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
