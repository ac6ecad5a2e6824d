// The end of a log file, for messages.

import Glibc

enum LogTail {
    static let lineLimit = 20
    static let byteLimit = 16_384

    /// The last lines of a file; empty when there is none.
    ///
    /// A line cut at its front by the byte limit is left out.
    static func lines(of path: String) -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        let offset = max(0, size - byteLimit)
        var bytes = [UInt8](repeating: 0, count: byteLimit)
        let count = pread(descriptor, &bytes, bytes.count, offset)
        guard count > 0 else { return [] }
        // By bytes: a carriage return and the line feed after it are one character, which is neither.
        var lines = bytes[..<count].split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            .map { String(decoding: $0, as: UTF8.self) }
        if offset > 0, lines.count > 1 { lines.removeFirst() }
        return Array(lines.suffix(lineLimit))
    }
}
