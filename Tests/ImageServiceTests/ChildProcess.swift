// A child of the tests by posix_spawn and waitpid. Not Foundation's Process: it learns of the end from a
// socket that the child inherits, so that it waits for daemons and for children started at the same instant
// as well.

import Glibc
import Testing

/// One child process with its output in a file.
struct ChildProcess: Sendable {
    let pid: pid_t

    init(_ arguments: [String], environment: [String], output: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in [1, 2] {
            posix_spawn_file_actions_addopen(
                &actions, descriptor, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        }
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = environment.map { strdup($0) } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid = pid_t()
        let result = posix_spawn(&pid, arguments[0], &actions, nil, &argv, &envp)
        try #require(result == 0, "cannot start \(arguments[0]): \(String(cString: strerror(result)))")
        self.pid = pid
    }

    /// The wait status, once it has ended; nothing while it runs.
    func endedStatus() -> Int32? {
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) == pid ? status : nil
    }

    /// Waits for the end without holding a thread.
    func wait() async throws -> Int32 {
        while true {
            if let status = endedStatus() { return status }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
