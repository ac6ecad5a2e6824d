// What every part of a cluster's start needs: the scenario, the options, the supervisor, names bound so far,
// redaction.

import Core
import Foundation
import Glibc
import Scenarios
import Transport

/// The surroundings of one run's processes.
struct RunContext: Sendable {
    let scenario: Scenario
    let options: ClusterOptions
    let supervisor: SupervisorClient
    let onEvent: @Sendable (ClusterEvent) -> Void
    private(set) var bindings = Bindings()
    private(set) var database: any DatabaseEngine = NoDatabase()
    private(set) var redactor: Redactor
    private var sensitive: [String]
    /// What of the run directory is written raw; `nil` where nothing is secret.
    let raw: RawFiles?
    /// Those of its servers, as long as the run lasts.
    let ports = LoopbackPorts()

    /// Binds what is known before anything runs; a secret that is not set is an error.
    init(
        scenario: Scenario, options: ClusterOptions, supervisor: SupervisorClient,
        onEvent: @escaping @Sendable (ClusterEvent) -> Void
    ) throws(ClusterError) {
        self.scenario = scenario
        self.options = options
        self.supervisor = supervisor
        self.onEvent = onEvent
        sensitive = scenario.sensitiveValues
        for name in scenario.secrets {
            guard let value = options.environment[name] else {
                throw ClusterError(
                    .binding, "the scenario needs the secret \(name): set it in the environment")
            }
            if let problem = SecretValue.problem(of: name, value) { throw ClusterError(.binding, problem) }
            if let remark = SecretValue.remark(on: name, value) { onEvent(.warning(remark)) }
            bindings["secret.\(name)"] = .string(value)
            sensitive.append(value)
        }
        bindings["run.directory"] = .string(options.runDirectory)
        bindings["scenario.directory"] = .string(Self.folder(of: scenario))
        bindings["scenario.name"] = .string(scenario.name)
        redactor = Redactor(sensitive)
        raw = redactor.hasValues ? RawFiles(in: options.runDirectory, redactor) : nil
    }

    /// Binds what is known of the database that runs now, and hides what is secret of it from now on.
    mutating func use(_ database: any DatabaseEngine) {
        self.database = database
        bindings.merge(database.bindings(ofReplica: nil))
        sensitive += database.sensitive
        redactor = Redactor(sensitive)
    }

    /// Binds what is known of the companions, which listen now.
    mutating func use(_ companions: Roster) {
        for (name, value) in companions.values(of: .companion) { bindings[name] = value }
    }

    /// From now on each replica reaches the database through a port of its own.
    mutating func putProxyBeforeDatabase() async throws(ClusterError) {
        database = try await database.behindProxy(self)
    }

    /// How TLS is spoken with replicas; `nil` where none is.
    func security(of service: Service) throws(ClusterError) -> TransportSecurity? {
        guard let declared = service.security else { return nil }
        func path(_ template: Template?) throws(ClusterError) -> String? {
            guard let template else { return nil }
            let text = try text(template, in: bindings)
            return text.hasPrefix("/") ? text : Self.folder(of: scenario) + "/" + text
        }
        let settings = SecuritySettings(
            authorities: try path(declared.authorities), certificate: try path(declared.certificate),
            key: try path(declared.key),
            serverName: try declared.serverName.map { name throws(ClusterError) in
                try text(name, in: bindings)
            },
            checksCertificate: !declared.isInsecure)
        do { return try TransportSecurity(settings) } catch {
            throw ClusterError(.file, redactor.redact(error.message))
        }
    }

    var lookup: CommandLookup { CommandLookup(scenario, options) }

    static func folder(of scenario: Scenario) -> String {
        let file = scenario.home ?? scenario.file
        let path = CommandLookup.absolute(file.isEmpty ? "scenario.yaml" : file)
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        return folder.isEmpty ? "/" : folder
    }

    func text(_ template: Template, in bindings: Bindings) throws(ClusterError) -> String {
        do throws(BindingError) {
            return try template.text(in: bindings)
        } catch {
            throw ClusterError(
                .binding, "\(scenario.file):\(template.position.line):\(template.position.column): \(error)")
        }
    }

    /// Program and arguments with every placeholder filled and the program found.
    func command(
        _ templates: [Template], in bindings: Bindings, code: ClusterError.Code
    ) throws(ClusterError) -> [String] {
        var words: [String] = []
        for template in templates { words.append(try text(template, in: bindings)) }
        return try found(words, code: code)
    }

    /// The words of a command, its program found.
    func found(_ words: [String], code: ClusterError.Code) throws(ClusterError) -> [String] {
        var words = words
        guard let name = words.first else { throw ClusterError(code, "a command is empty") }
        switch lookup.find(name) {
        case .success(let program): words[0] = program
        case .failure(let error): throw ClusterError(code, redactor.redact(error.message))
        }
        return words
    }

    /// The user's minimal environment and what the service declares.
    ///
    /// Commands that run for no replica in particular go without the variables that mention one.
    func environment(
        of service: Service, in bindings: Bindings, isForReplica: Bool
    ) throws(ClusterError) -> [String: String] {
        var environment = CommandLookup.baseEnvironment(options.environment)
        for variable in service.environment {
            if variable.value.isPerReplica && !isForReplica { continue }
            environment[variable.name] = try text(variable.value, in: bindings)
        }
        return environment
    }

    func lastLines(of log: String) -> [String] { LogTail.lines(of: log).map(redactor.redact) }

    /// A message with the end of a log below it, redacted.
    func error(_ code: ClusterError.Code, _ message: String, log: String) -> ClusterError {
        let lines = lastLines(of: log)
        let tail =
            lines.isEmpty ? " (\(log) is empty)" : ":\n" + lines.map { "    " + $0 }.joined(separator: "\n")
        return ClusterError(code, redactor.redact(message) + tail)
    }

    /// Runs a command under the supervisor until it ends by itself, the limit passes or the task is
    /// cancelled.
    func runToEnd(
        _ arguments: [String], name: String, environment: [String: String], directory: String, log: String,
        within limit: Duration, code: ClusterError.Code, isTold: Bool = false
    ) async throws(ClusterError) {
        let handle = try await supervisor.start(
            SupervisedProcess(
                key: supervisor.reserveKey(), name: name, arguments: arguments, environment: environment,
                directory: directory, output: log, tier: StartTier.service.rawValue,
                stop: [StopStep(signal: Signal.terminate, graceMilliseconds: 1_000)]))
        let began = monotonicMilliseconds()
        var toldSeconds: Int64 = 0
        let end = try await end(of: handle) {
            let passed = monotonicMilliseconds() - began
            if isTold, passed / 1_000 > toldSeconds {
                toldSeconds = passed / 1_000
                onEvent(.running(name, for: .seconds(toldSeconds), atMost: limit))
            }
            return passed > limit.milliseconds
        }
        guard let end else {
            let why =
                Task.isCancelled
                ? "was interrupted"
                : "did not end within \(limit.inUnits)" + (isTold ? Self.longerAdvice : "")
            throw error(code, "\(name) \(why)", log: log)
        }
        if end != .exited(0) { throw error(code, "\(name) \(end)", log: log) }
    }

    /// How a process ended by itself; `nil` where it was stopped, because its time is over or the task is
    /// cancelled.
    func end(
        of handle: SupervisorClient.Handle, isOver: () -> Bool
    ) async throws(ClusterError) -> ProcessEnd? {
        while true {
            if let end = supervisor.end(of: handle) { return end }
            if supervisor.isGone { throw SupervisorClient.lost }
            if Task.isCancelled || isOver() {
                try await supervisor.stop(handle)
                return nil
            }
            await rest(milliseconds: 2)
        }
    }

    private static let longerAdvice = " (`prepare-within` and `reset-within` of the target allow more)"

    static func makeDirectory(_ path: String) throws(ClusterError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw ClusterError(.file, "\(path) could not be made: \(systemReason(of: error))")
        }
    }

    static func write(_ text: String, to path: String) throws(ClusterError) {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw ClusterError(.file, "\(path) could not be written: \(systemReason(of: error))")
        }
    }
}
