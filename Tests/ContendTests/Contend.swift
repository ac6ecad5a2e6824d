// Starts the real contend, as a user would, and gives what it printed and its exit code.

import Foundation
import Glibc
import TestSupport

@testable import Clusters

/// A finished process.
struct Finished {
    var status: Int32
    var output: String
    var error: String

    /// What was printed, wherever the lines broke.
    var words: String { output.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
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
    ///
    /// Not with Foundation's Process: it reads the list of open descriptors past the end of its buffer, which
    /// ends the tests where other suites hold thousands of them.
    func start(
        program: String = Contend.program, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Started {
        let all = ProcessInfo.processInfo.environment
            .merging(["COLUMNS": "80", "TERM": "dumb"]) { $1 }.merging(environment) { $1 }
        let name = UUID().uuidString
        let files = ["\(folder)/\(name).out", "\(folder)/\(name).err"]
        let spawn = ProcessSpawn(
            arguments: [program] + arguments, environment: all, directory: folder, output: .file(files[0]),
            error: .file(files[1]))
        let pid = try spawn.start().get()
        return Started(pid: pid, output: files[0], error: files[1])
    }

    func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Finished {
        try await start(arguments, environment: environment).finish()
    }
}

struct Started {
    let pid: pid_t
    let output: String
    let error: String

    /// Waits for the end without holding a thread; the exit code, or that of the signal as shells give it.
    func finish() async -> Finished {
        var status: Int32 = 0
        while waitpid(pid, &status, WNOHANG) == 0 { try? await Task.sleep(for: .milliseconds(10)) }
        let signal = status & 0x7f
        return Finished(
            status: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: text(output),
            error: text(error))
    }

    var told: String { text(error) }

    private func text(_ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }
}

/// Waits until `condition` holds, and says whether it did before the limit.
func eventually(within limit: Duration = Patience.limit, _ condition: () throws -> Bool) async rethrows
    -> Bool
{
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try condition() { return true }
        try? await Task.sleep(for: .milliseconds(20))
    }
    return try condition()
}
