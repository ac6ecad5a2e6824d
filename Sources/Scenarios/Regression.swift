// An order of statements that broke something once, kept in a file so that every run plays it again.

public import Core

/// What `contend keep` writes and `contend run` plays.
public struct Regression: Sendable, Hashable {
    /// One statement, or the end of a transaction, that went on.
    public struct Step: Sendable, Hashable {
        /// Position in `requests`, from 0.
        public var request: Int
        /// Without values.
        public var statement: String
        /// Requests that waited for a lock by then.
        public var waiting: [Int]

        public init(request: Int, statement: String, waiting: [Int] = []) {
            self.request = request
            self.statement = statement
            self.waiting = waiting
        }
    }

    /// The finding that the order showed.
    public struct Expected: Sendable, Hashable {
        /// The model or invariant that was violated.
        public var check: String
        public var kind: FindingKind
        public var classID: String

        public init(check: String, kind: FindingKind, classID: String) {
            self.check = check
            self.kind = kind
            self.classID = classID
        }
    }

    public static let usualTime = Duration.seconds(60)

    /// The scenario in which it was found; findings have the classes that they have there.
    public var scenario: String
    /// The operation of each request.
    public var requests: [String]
    public var schedule: [Step]
    public var expected: Expected
    /// How long other orders are tried where this one no longer fits.
    public var exploreFor: Duration

    public init(
        scenario: String, requests: [String], schedule: [Step], expected: Expected,
        exploreFor: Duration = usualTime
    ) {
        self.scenario = scenario
        self.requests = requests
        self.schedule = schedule
        self.expected = expected
        self.exploreFor = exploreFor
    }

    /// Its file: the scenario in `base` with these parameters, and without what measures or faults a load.
    ///
    /// - Parameter base: the path of the scenario's file, seen from the folder of this one.
    public func text(
        named name: String, extending base: String, of file: ScenarioFile, parameters: [Parameter]
    ) -> String {
        let unused = ["matrix", "expect", "thresholds", "faults"].filter { file.has($0) }
        let document: YAMLText = [
            "version": ScenarioFile.currentVersion, "name": name, "extends": base,
            "description":
                "\(expected.kind.rawValue) of \(expected.check): \(requests.joined(separator: ", "))",
            "parameters": YAMLText.map(parameters.map { ($0.name, $0.value) }).unlessEmpty,
        ]
        let whole =
            document + YAMLText.map(unused.map { ($0, YAMLText.plain("null")) })
            + ["regression": self] as YAMLText
        return
            "# An order of SQL statements that broke something, written by `contend keep`. `contend run` plays it"
            + " again.\n" + whole.document { $0 }
    }
}

extension Scenario {
    /// The name in the classes of its findings.
    public var classScope: String { regression?.scenario ?? name }
}

extension ScenarioDecoder {
    func regression(_ node: SourceNode) -> Regression? {
        guard let map = MapReader(node, .regression, context) else { return nil }
        let scenario = map.text("scenario", expected: "the name of a scenario")
        let requests =
            map.required("requests").map { node in
                context.list(node, expected: "a list of operations") { operationName($0) }
            } ?? []
        if let node = map["requests"], node.elements != nil,
            !(ExploreSettings.requestsRange ~= requests.count)
        {
            context.error(
                "between 2 and \(ExploreSettings.requestsRange.upperBound) requests can race at once",
                at: node.place)
        }
        let schedule =
            map.required("schedule").map { node in
                context.list(node, expected: "a list of { request, statement }") {
                    step($0, of: max(1, requests.count))
                }
            } ?? []
        if let node = map["schedule"], node.elements?.isEmpty == true {
            context.error("the schedule is empty", at: node.place)
        }
        let expected = map.value("expect", expectedFinding)
        let time = map.duration("explore-for") ?? Regression.usualTime
        guard let scenario, !requests.isEmpty, !schedule.isEmpty, let expected else { return nil }
        return Regression(
            scenario: scenario, requests: requests, schedule: schedule, expected: expected, exploreFor: time)
    }

    private func step(_ node: SourceNode, of requests: Int) -> Regression.Step? {
        guard let map = MapReader(node, .regressionStep, context) else { return nil }
        let request = map.integer("request", in: 1...requests)
        let statement = map.text("statement", expected: "a statement")
        let waiting =
            map["waiting"].map { node in
                context.list(node, expected: "a list of requests") { context.integer($0, in: 1...requests) }
            } ?? []
        guard let request, let statement else { return nil }
        return Regression.Step(request: request - 1, statement: statement, waiting: waiting.map { $0 - 1 })
    }

    private func expectedFinding(_ node: SourceNode) -> Regression.Expected? {
        guard let map = MapReader(node, .expectedFinding, context) else { return nil }
        let check = map.text("check", expected: "a model or an invariant")
        let kind = map.value("kind") {
            context.choice(
                $0, of: "kind of finding", among: FindingKind.allCases, expected: "a kind of finding")
        }
        let classID = map.value("class", self.classID)
        guard let check, let kind, let classID else { return nil }
        return Regression.Expected(check: check, kind: kind, classID: classID)
    }
}

extension Regression: YAMLWritable {
    var yaml: YAMLText {
        [
            "scenario": scenario, "requests": requests, "expect": expected, "explore-for": exploreFor,
            "schedule": schedule,
        ]
    }
}

extension Regression.Step: YAMLWritable {
    var yaml: YAMLText {
        ["request": request + 1, "statement": statement, "waiting": waiting.map { $0 + 1 }.unlessEmpty]
    }
}

extension Regression.Expected: YAMLWritable {
    var yaml: YAMLText { ["check": check, "kind": kind.rawValue, "class": classID] }
}
