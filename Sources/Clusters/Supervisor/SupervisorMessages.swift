// What contend and its supervisor say to each other: one JSON object a line, commands one way, replies the
// other.

import Foundation
import Scenarios

/// What goes one way or the other, as one line.
protocol SupervisorMessage: Sendable, Hashable, Codable {}

extension SupervisorMessage {
    /// Without its newline.
    var line: [UInt8] { (try? JSONEncoder().encode(self)).map(Array.init) ?? [] }

    /// `nil` for anything that is no such message.
    init?(line: [UInt8]) {
        guard let message = try? JSONDecoder().decode(Self.self, from: Data(line)) else { return nil }
        self = message
    }
}

/// A signal, then at most this long for the process to end.
struct StopStep: Sendable, Hashable, Codable {
    var signal: Int32
    var graceMilliseconds: Int64
}

/// A process for the supervisor to start; `key` names it in every later message.
struct SupervisedProcess: Sendable, Hashable, Codable {
    var key: Int
    /// For messages.
    var name: String
    /// Program, by absolute path, and arguments.
    var arguments: [String]
    var environment: [String: String]
    /// Absolute.
    var directory: String
    /// Both output streams are appended to this file, unless errors have one of their own.
    var output: String
    var errors: String?
    /// Processes of a higher tier are stopped first: replicas stand on the database.
    var tier: Int
    /// How it is stopped; KILL follows the last step.
    var stop: [StopStep]
}

/// What is left to do when every process has ended; done in the order of registration.
enum CleanUp: Sendable, Hashable, Codable {
    /// Deletes a file or a folder with all in it; one that does not exist is fine.
    case remove(path: String)
    /// Copies the files of a folder into another, which is made.
    case collect(from: String, into: String)
    /// Drops a database of an existing server, whoever is connected to it.
    case dropDatabase(DatabaseKind, server: String, name: String)
}

struct SupervisorCommand: SupervisorMessage {
    enum Order: Sendable, Hashable, Codable {
        case start(SupervisedProcess)
        /// To the process group.
        case signal(key: Int, signal: Int32)
        /// Ends the process and all its descendants; `steps` instead of its own.
        case stop(key: Int, steps: [StopStep]?)
        case register(CleanUp)
        /// Stop everything, clean up, exit.
        case finish
    }

    /// Repeated in the reply.
    var id: Int
    var order: Order
}

/// How a process ended.
enum ProcessEnd: Sendable, Hashable, Codable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)

    /// Reads the status that waitpid(2) gives.
    init(waitStatus status: Int32) {
        let signal = status & 0x7f
        self = signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
    }

    var description: String {
        switch self {
        case .exited(let code): "exited with status \(code)"
        case .signalled(let signal): "was ended by signal \(signal)"
        }
    }
}

enum SupervisorReply: SupervisorMessage {
    /// The supervisor serves.
    case serving(pid: Int32)
    case started(id: Int, key: Int, pid: Int32)
    case done(id: Int)
    case failed(id: Int, message: String)
    /// A process ended, asked to or not.
    case ended(key: Int, ProcessEnd)
    /// It was told to end (TERM), and stops everything; what ends from now on was meant to.
    case closing
    /// Everything has ended and is cleaned up; what could not be, a sentence each. The id is 0 where nobody
    /// had asked.
    case finished(id: Int, problems: [String])
}
