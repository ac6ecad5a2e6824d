// The terminal: results to stdout, everything else to stderr, colour only where it is seen and wanted.

import ArgumentParser
import Core
import Engine
import FoundationEssentials
import Glibc
import Reporting
import RunStore
import Scenarios
import Synchronization

enum Console {
    static let environment = ProcessInfo.processInfo.environment

    /// How results are laid out.
    static let style = TextStyle(
        isColoured: isColoured(STDOUT_FILENO), width: width(STDOUT_FILENO), seal: seal)

    /// What only this process knows: a service that writes escape sequences cannot have it.
    private static let seal = String(UInt64.random(in: .min ... .max), radix: 16) + ";"

    static let isErrorTerminal = isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"

    /// Path of the running executable, also when it was found through PATH.
    static let program: String = {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return link ?? CommandLine.arguments.first ?? "contend"
    }()

    static func isColoured(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// 80 columns off a terminal; long lines are hard to read, so that 100 are the most.
    static func width(_ descriptor: Int32) -> Int {
        var size = winsize()
        guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 80
        }
        return min(Int(size.ws_col), 100)
    }

    /// A path as a user would type it: from the working directory where it lies below that.
    static func shown(_ path: String) -> String {
        let home = FileManager.default.currentDirectoryPath + "/"
        return path.hasPrefix(home) ? String(path.dropFirst(home.count)) : path
    }

    /// A result: text in `style`, or JSON.
    ///
    /// One that cannot be written makes the command fail; where nobody reads any more, nothing is missed.
    static func show(_ text: String) { showOwn(Plain.shown(text, seal: seal)) }

    /// A result in which nothing stands that a service or a file may have written.
    static func showOwn(_ text: String) {
        let code = put(text, to: STDOUT_FILENO)
        if code != 0, code != EPIPE { lostOutput.store(code, ordering: .relaxed) }
    }

    /// The error number of a result that could not be written; 0 where all were.
    private static let lostOutput = Atomic<Int32>(0)

    /// Anything else, a line.
    static func tell(_ text: String) { put(Plain.shown(text) + "\n", to: STDERR_FILENO) }

    /// A command to a pipeline's runner, whose text is escaped already.
    static func command(_ line: String) { put(line + "\n", to: STDERR_FILENO) }

    /// Writes all of it as it is, or drops the rest and gives the error number.
    @discardableResult
    static func put(_ text: String, to descriptor: Int32) -> Int32 { writeWhole(text.utf8, to: descriptor) }

    /// Runs a verb and turns what it says or throws into the exit code.
    static func finish(_ body: () async throws -> ExitStatus) async throws {
        let status: ExitStatus
        do { status = try await body() } catch { status = try explain(error) }
        throw ExitCode(afterOutput(status).rawValue)
    }

    /// The same for verbs that wait for nothing.
    static func finishNow(_ body: () throws -> ExitStatus) throws {
        let status: ExitStatus
        do { status = try body() } catch { status = try explain(error) }
        throw ExitCode(afterOutput(status).rawValue)
    }

    /// A result that nobody could read is no success; what was found stays.
    private static func afterOutput(_ status: ExitStatus) -> ExitStatus {
        let code = lostOutput.load(ordering: .relaxed)
        guard code != 0 else { return status }
        tell("contend: the result could not be written: \(systemMessage(code))")
        return ExitStatus.worst([status, .notRun])
    }

    private static func explain(_ error: any Error) throws -> ExitStatus {
        switch error {
        case let error as ScenarioErrors:
            tell(error.description)
            let count = error.diagnostics.filter { $0.severity == .error }.count
            tell("\n\(Figures.grouped(count, "error")); nothing was started")
            return .invalid
        case let error as RunError:
            tell("contend: \(error.message)")
            return error.status
        case is ValidationError:
            throw error
        default:
            tell("contend: \(error). This is a bug of contend; please report it with the command line.")
            return .fault
        }
    }

    /// Signals trapped; the second one ends the process at once, and the supervisor cleans up behind it.
    static func withSignals<Result: Sendable>(
        _ body: @Sendable (Interruption) async -> Result
    ) async -> Result {
        await withSignalsTrapped { signal in
            Console.tell("\nsecond signal: leaving now, the supervisor cleans up")
            exit(ExitStatus.held.after(signal).rawValue)
        } _: {
            await body($0)
        }
    }
}
