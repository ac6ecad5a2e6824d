// Runs a scenario in a folder of its own and collects what it told.

import Core
import Foundation
import Scenarios
import Synchronization
import TestSupport

@testable import Engine

final class TestRun: Sendable {
    let folder: String
    private let collected = Mutex<[RunEvent]>([])

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.appending(path: "contend-engine-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var events: [RunEvent] { collected.withLock { $0 } }

    var options: RunOptions {
        var options = RunOptions()
        options.out = "\(folder)/runs"
        options.environment = ProcessInfo.processInfo.environment
        options.program = Self.program
        options.seed = 20_150_528
        options.arguments = ["contend", "run"]
        return options
    }

    /// The contend that was built beside the tests: it becomes the supervisor.
    static let program: String = {
        let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let candidates =
            [folder, folder.deletingLastPathComponent()]
            + Bundle.allBundles.map {
                $0.bundleURL.deletingLastPathComponent()
            }
        let found = candidates.map { $0.appending(path: "contend").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        return found ?? "contend, which is not built beside the tests"
    }()

    func file(_ scenario: TestScenario) throws -> ScenarioFile { try file(text: scenario.text) }

    func file(text: String) throws -> ScenarioFile {
        let path = "\(folder)/test.yaml"
        try Data(text.utf8).write(to: URL(filePath: path))
        return try ScenarioFile.load(path)
    }

    /// The results of one run in `mode`, under options that `change` may alter.
    func run(
        _ scenario: TestScenario = TestScenario(), mode: String, goal: Goal? = nil,
        interruption: Interruption = Interruption(), change: (inout RunOptions) -> Void = { _ in },
        onEvent: @escaping @Sendable (RunEvent) -> Void = { _ in }, recorder: Run.RecorderMaker? = nil
    ) async throws -> [RunResult] {
        var options = options
        options.settings["mode"] = .string(mode)
        change(&options)
        let resolved = try file(scenario).scenario(options)
        var run = Run(resolved, options: options, goal: goal, interruption: interruption) { event in
            self.collected.withLock { $0.append(event) }
            onEvent(event)
        }
        if let recorder { run.makeRecorder = recorder }
        return await run.execute()
    }

    var phases: [String] {
        events.compactMap { if case .phase(let phase) = $0 { phase.rawValue } else { nil } }
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}
