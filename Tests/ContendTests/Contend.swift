// Starts the real contend, as a user would, and gives what it printed and its exit code.

import Foundation

/// A finished process.
struct Finished {
    var status: Int32
    var output: String
    var error: String
}

/// The contend that was built beside the tests, with a folder of its own to work in.
final class Contend {
    let folder: String

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.appending(path: "contend-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    static let program: String = {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var folder = URL(filePath: link ?? CommandLine.arguments[0]).deletingLastPathComponent()
        if CommandLine.arguments[0].contains(".xctest") {
            folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        }
        return folder.appending(path: "contend").path
    }()

    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    func write(_ text: String, to name: String) throws -> String {
        let path = "\(folder)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }

    /// Starts it; standard output and error go to files, so that no pipe can fill up.
    func start(
        program: String = Contend.program, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Started {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["COLUMNS": "80", "TERM": "dumb"].merging(environment) { $1 }
        ) { $1 }
        let name = UUID().uuidString
        let files = ["\(folder)/\(name).out", "\(folder)/\(name).err"]
        for file in files { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: files[0])
        process.standardError = FileHandle(forWritingAtPath: files[1])
        let (ended, continuation) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { ended in
            continuation.yield(ended.terminationStatus)
            continuation.finish()
        }
        try process.run()
        return Started(process: process, ended: ended, output: files[0], error: files[1])
    }

    func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Finished {
        try await start(arguments, environment: environment).finish()
    }
}

struct Started {
    let process: Process
    let ended: AsyncStream<Int32>
    let output: String
    let error: String

    func finish() async -> Finished {
        var status: Int32 = -1
        for await code in ended { status = code }
        return Finished(status: status, output: text(output), error: text(error))
    }

    var told: String { text(error) }

    private func text(_ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }
}

/// Waits until `condition` holds, and says whether it did before the limit.
func eventually(within limit: Duration = .seconds(60), _ condition: () throws -> Bool) async rethrows -> Bool
{
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try condition() { return true }
        try? await Task.sleep(for: .milliseconds(20))
    }
    return try condition()
}
