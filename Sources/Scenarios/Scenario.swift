// The scenario as a value: what to start, what to send, what must hold. Decoding builds it, everything else
// reads it.

public import Core

/// One resolved scenario: parameters, matrix values and the environment are already filled in.
public struct Scenario: Sendable, Hashable {
    public var name: String
    public var description = ""
    public var tags: [String] = []
    /// As the file gives it; the run draws one when `nil`.
    public var seed: UInt64?
    /// The file it came from, as named by the user; relative paths in it are relative to its folder.
    public var file = ""
    /// The parameters' values of this resolution, in the file's order.
    public var parameters: [Parameter] = []
    public var target: Target
    /// Names of environment variables that `${{ secret.NAME }}` reads.
    public var secrets: [String] = []
    public var defaults = RequestDefaults()
    public var setup: [SetupRequest] = []
    /// In the file's order.
    public var operations: [OperationDeclaration]
    public var models: [Model] = []
    public var invariants: [Invariant] = []
    public var load: Load
    public var faults: [FaultDeclaration] = []
    public var thresholds: [Threshold] = []
    /// Of `contend explore` alone.
    public var explore = ExploreSettings()
    /// Of this scenario and of others.
    public var knownFindings: [KnownFinding] = []
    /// An order of statements that a run plays in place of the load.
    public var regression: Regression?
    /// The file whose folder relative paths start at, where it is not `file`.
    public var home: String?
    /// Values of `env.*` that were filled in; redacted wherever text leaves contend.
    public var sensitiveValues: [String] = []

    public func operation(named name: String) -> OperationDeclaration? {
        operations.first { $0.name == name }
    }
}

public struct Parameter: Sendable, Hashable {
    public var name: String
    public var value: Value

    public init(name: String, value: Value) {
        self.name = name
        self.value = value
    }
}

/// One axis of the matrix: a parameter, or one of the built-ins `database`, `replicas`, `clients`.
public struct MatrixAxis: Sendable, Hashable {
    public var name: String
    public var values: [Value]

    public init(name: String, values: [Value]) {
        self.name = name
        self.values = values
    }
}

/// What a matrix cell is expected to give; the first whose `when` holds wins.
public struct Expectation: Sendable, Hashable {
    /// Axis values that must all be equal; empty matches every cell.
    public var when: [String: Value] = [:]
    /// Never `notRun`.
    public var verdict: Verdict
    /// At least this kind must be among the findings.
    public var finding: FindingKind?
}
