// Every call into the operating system that this target makes, so that a test can let any one of them fail.

import Core
import Glibc

/// A kind of call that can fail.
enum SystemCall: String, Sendable, CaseIterable {
    case makeDirectory, list, open, allocate, map, truncate, read, write, synchronize, rename, remove

    fileprivate var verb: String {
        switch self {
        case .makeDirectory: "create the directory"
        case .list: "list the directory"
        case .open: "open"
        case .allocate: "reserve space"
        case .map: "map into memory"
        case .truncate: "shorten"
        case .read: "read"
        case .write: "write"
        case .synchronize: "bring to disk"
        case .rename: "rename"
        case .remove: "remove"
        }
    }
}

/// The operating system, with failures as `HistoryError`.
struct SystemCalls: Sendable {
    /// Asked before every call: an error number makes the call fail with it, 0 lets it succeed without being
    /// made.
    var intercept: @Sendable (SystemCall) -> CInt? = { _ in nil }

    private func perform(
        _ call: SystemCall, _ file: String, _ body: () -> Int
    ) throws(HistoryError) -> Int {
        if let code = intercept(call) {
            if code == 0 { return 0 }
            throw SystemCalls.error(call, file, code)
        }
        while true {
            let result = body()
            if result >= 0 { return result }
            if errno != EINTR { throw SystemCalls.error(call, file, errno) }
        }
    }

    private static func error(_ call: SystemCall, _ file: String, _ code: CInt) -> HistoryError {
        let cause = systemMessage(code)
        let advice =
            switch code {
            case ENOSPC, EDQUOT: "; free some space on that disk or choose another with --out"
            case EFBIG: "; raise the limit on the size of files (ulimit -f)"
            case EACCES, EPERM, EROFS: "; choose a directory that this user may write, with --out"
            case ENOENT: "; check the path"
            case EEXIST: "; another recording lies there: choose an empty directory"
            case EMFILE, ENFILE: "; raise the limit on open files (ulimit -n)"
            default: ""
            }
        return HistoryError(.inputOutput, file: file, message: "cannot \(call.verb): \(cause)\(advice)")
    }

    // MARK: - Directories

    /// Creates the directory and those above it.
    func makeDirectory(_ path: String) throws(HistoryError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += prefix.isEmpty || prefix == "/" ? String(part) : "/\(part)"
            _ = try perform(.makeDirectory, prefix) {
                // Where a file bears that name, opening something in it will say so.
                access(prefix, F_OK) == 0 || mkdir(prefix, 0o777) == 0 || errno == EEXIST ? 0 : -1
            }
        }
    }

    /// The names in a directory, sorted.
    func list(_ directory: String) throws(HistoryError) -> [String] {
        var names: [String] = []
        _ = try perform(.list, directory) {
            guard let stream = opendir(directory) else { return -1 }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                    String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
                }
                names.append(name)
            }
            return 0
        }
        return names.sorted()
    }

    func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    // MARK: - Files

    func open(_ file: String, _ flags: CInt) throws(HistoryError) -> CInt {
        CInt(try perform(.open, file) { Int(platformOpen(file, flags | O_CLOEXEC, 0o666)) })
    }

    /// In bytes; 0 where it is not known.
    func size(_ descriptor: CInt) -> Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    func close(_ descriptor: CInt) {
        _ = platformClose(descriptor)
    }

    func read(_ descriptor: CInt, _ file: String, into memory: UnsafeMutableRawBufferPointer)
        throws(HistoryError) -> Int
    {
        try perform(.read, file) { platformRead(descriptor, memory.baseAddress, memory.count) }
    }

    func seek(_ descriptor: CInt, _ file: String, to offset: Int) throws(HistoryError) {
        _ = try perform(.read, file) { lseek(descriptor, off_t(offset), SEEK_SET) }
    }

    /// Writes all of `bytes`.
    func write(_ descriptor: CInt, _ file: String, _ bytes: UnsafeRawBufferPointer) throws(HistoryError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            done += try perform(.write, file) { platformWrite(descriptor, rest.baseAddress, rest.count) }
        }
    }

    func truncate(_ descriptor: CInt, _ file: String, to length: Int) throws(HistoryError) {
        _ = try perform(.truncate, file) { Int(ftruncate(descriptor, off_t(length))) }
    }

    func synchronize(_ descriptor: CInt, _ file: String) throws(HistoryError) {
        _ = try perform(.synchronize, file) { Int(fsync(descriptor)) }
    }

    func rename(_ file: String, to name: String) throws(HistoryError) {
        _ = try perform(.rename, file) { Int(platformRename(file, name)) }
    }

    func remove(_ file: String) throws(HistoryError) {
        _ = try perform(.remove, file) { Int(unlink(file)) }
    }

    /// The file holds what `content` writes, or what it held before: written beside it, brought to disk,
    /// renamed.
    func replace(
        _ file: String, with content: (CInt, String) throws(HistoryError) -> Void
    ) throws(HistoryError) {
        let partial = "\(file).partial"
        let descriptor = try open(partial, O_WRONLY | O_CREAT | O_TRUNC)
        do throws(HistoryError) {
            defer { close(descriptor) }
            try content(descriptor, partial)
            try synchronize(descriptor, partial)
            try rename(partial, to: file)
        } catch {
            try? remove(partial)
            throw error
        }
        let directory = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "."
        let parent = try open(directory, O_RDONLY)
        defer { close(parent) }
        try synchronize(parent, directory)
    }

    // MARK: - Mappings

    /// Grows the file to `length` with blocks of its own, so that a full disk is an error now and no SIGBUS
    /// later.
    func allocate(_ descriptor: CInt, _ file: String, to length: Int, from start: Int) throws(HistoryError) {
        _ = try perform(.allocate, file) {
            let code = posix_fallocate(descriptor, off_t(start), off_t(length - start))
            errno = code
            return code == 0 ? 0 : -1
        }
    }

    func map(_ descriptor: CInt, _ file: String, at start: Int, length: Int)
        throws(HistoryError) -> UnsafeMutableRawPointer
    {
        var memory: UnsafeMutableRawPointer?
        _ = try perform(.map, file) {
            memory = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, off_t(start))
            return memory == MAP_FAILED ? -1 : 0
        }
        guard let memory else { throw SystemCalls.error(.map, file, EINVAL) }
        return memory
    }

    func unmap(_ memory: UnsafeMutableRawPointer, length: Int) {
        munmap(memory, length)
    }

    static let pageSize = Int(sysconf(CInt(_SC_PAGESIZE)))
}

// The names above hide the platform's own inside the type.

private func platformOpen(_ file: String, _ flags: CInt, _ mode: mode_t) -> CInt { open(file, flags, mode) }
private func platformClose(_ descriptor: CInt) -> CInt { close(descriptor) }
private func platformRead(_ descriptor: CInt, _ memory: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, memory, count)
}
private func platformWrite(_ descriptor: CInt, _ memory: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, memory, count)
}
private func platformRename(_ file: String, _ name: String) -> CInt { rename(file, name) }
