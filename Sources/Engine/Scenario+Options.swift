// From a scenario file and the flags to the one scenario that runs: every flag wins over its key.

public import Core
public import RunStore
public import Scenarios

extension ScenarioFile {
    /// Reads and validates a scenario file; files it extends are read relative to it.
    ///
    /// `knownFindings` is the path of a file that is taken instead of the one that the scenario names.
    public static func load(_ path: String, knownFindings: String? = nil) throws -> ScenarioFile {
        let text: String
        do {
            text = try TextFile.read(path)
        } catch {
            throw RunError(
                .invalid, "\(path) cannot be read: \(error); give the path of a scenario file (YAML)")
        }
        return try ScenarioFile(text: text, path: path, knownFindings: knownFindings) {
            try TextFile.read($0)
        }
    }

    /// The scenario under these flags, in this cell of the matrix.
    public func scenario(
        _ options: RunOptions, cell: [String: Value] = [:]
    ) throws(ScenarioErrors) -> Scenario {
        var options = options
        if options.exploration != nil || isRegression, options.database == nil {
            // Of several databases only one may have statements that can be held.
            options.database = databases.first(where: \.showsStatements)?.rawValue
        }
        let settings = cell.merging(options.settings) { $1 }.merging(options.builtInAxes) { $1 }
        var scenario = try resolve(settings, environment: options.environment)
        if let rounds = options.rounds { try scenario.setRounds(rounds) }
        return scenario
    }
}

extension Scenario {
    /// `--rounds`, which means something for a burst only.
    fileprivate mutating func setRounds(_ rounds: Int) throws(ScenarioErrors) {
        func refusal(_ message: String) -> ScenarioErrors {
            ScenarioErrors([
                Diagnostic(
                    file: file, position: SourcePosition(line: 1, column: 1), message: message, line: "")
            ])
        }
        guard case .burst(_, let clients) = load.shape else {
            throw refusal("--rounds needs a load with `burst`, which this scenario has not")
        }
        guard type(of: load).roundsRange.contains(rounds) else {
            throw refusal(
                "--rounds must be from 1 to \(type(of: load).roundsRange.upperBound), not \(rounds)")
        }
        load.shape = .burst(rounds: rounds, clients: clients)
    }

    /// `env` values and those of the secrets.
    func sensitiveTexts(_ environment: [String: String]) -> [String] {
        sensitiveValues + secrets.compactMap { environment[$0] }
    }

    /// Refuses a run whose secrets are not all set, before anything starts.
    public func requireSecrets(in environment: [String: String]) throws(RunError) {
        _ = try secretValues(environment)
    }

    /// The values of the secrets; one that is not set ends the run before anything starts.
    func secretValues(_ environment: [String: String]) throws(RunError) -> [String: String] {
        var values: [String: String] = [:]
        for name in secrets {
            guard let value = environment[name] else {
                throw RunError(
                    .notRun,
                    "the secret \(name) is not in the environment: export it and run again; "
                        + "nothing was started")
            }
            if let problem = SecretValue.problem(of: name, value) { throw RunError(.notRun, problem) }
            values[name] = value
        }
        return values
    }

    /// Refuses `--sql` where no statement can be seen, before anything starts.
    func requireStatements() throws(RunError) {
        guard target.services.allSatisfy(\.urls.isEmpty) else {
            throw RunError(
                .notRun,
                "statements are seen only of replicas that contend starts: those of `urls` have connected to their database already"
            )
        }
        let known = DatabaseKind.allCases.filter(\.showsStatements).map(\.rawValue)
        guard target.database.kind?.showsStatements == true else {
            throw RunError(
                .notRun,
                "statements are seen only with `database: \(Figures.list(known))`: contend cannot see what replicas "
                    + "send to \(databaseName)")
        }
    }

    var databaseName: String { target.database.kind?.rawValue ?? "none" }

    var replicaCount: Int { target.replicaCount }
}
