// posix_spawn with everything the supervisor needs: own group or session, files for output, nothing
// inherited.

import CPlatform
import Glibc

/// One process to start.
struct ProcessSpawn: Sendable, Hashable {
    enum Leadership: Sendable, Hashable { case ownGroup, ownSession }
    enum Stream: Sendable, Hashable {
        /// /dev/null.
        case none
        /// Appended to, created where missing.
        case file(String)
        case descriptor(Int32)
    }

    /// Program, by path, and arguments.
    var arguments: [String]
    var environment: [String: String]
    /// Absolute; `nil` keeps the caller's.
    var directory: String?
    var input: Stream = .none
    var output: Stream
    var error: Stream?
    var leadership: Leadership = .ownGroup

    /// The new process, or an errno.
    ///
    /// Signals are unblocked and at their defaults in it.
    func start() -> Result<Int32, SpawnError> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }

        add(input, as: 0, to: &actions)
        add(output, as: 1, to: &actions)
        if let error {
            add(error, as: 2, to: &actions)
        } else {
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        if let directory { _ = contend_spawn_in_directory(&actions, directory) }
        setAttributes(&attributes)

        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        argv.append(nil)
        var envp: [UnsafeMutablePointer<CChar>?] = environment.sorted { $0.key < $1.key }
            .map { strdup("\($0.key)=\($0.value)") }
        envp.append(nil)
        defer { for text in argv + envp { free(text) } }

        var pid: pid_t = 0
        guard let program = arguments.first else { return .failure(SpawnError(code: EINVAL)) }
        let code = posix_spawn(&pid, program, &actions, &attributes, argv, envp)
        return code == 0 ? .success(pid) : .failure(SpawnError(code: code))
    }

    private func add(_ stream: Stream, as number: Int32, to actions: inout posix_spawn_file_actions_t) {
        switch stream {
        case .none:
            posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
        case .file(let path):
            posix_spawn_file_actions_addopen(&actions, number, path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        case .descriptor(let descriptor):
            posix_spawn_file_actions_adddup2(&actions, descriptor, number)
        }
    }

    private func setAttributes(_ attributes: inout posix_spawnattr_t) {
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        var flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
        switch leadership {
        case .ownSession:
            flags |= contend_spawn_new_session()
        case .ownGroup:
            flags |= Int16(POSIX_SPAWN_SETPGROUP)
            posix_spawnattr_setpgroup(&attributes, 0)
        }
        posix_spawnattr_setflags(&attributes, flags)
    }
}

struct SpawnError: Error, Sendable {
    var code: Int32
}
