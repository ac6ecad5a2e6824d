// Text files that a user names, read whole; what keeps one from being read is told in words.

import Core
import Glibc

/// Why a text file could not be read, as the end of a sentence.
public struct TextFileError: Error, Sendable, Hashable, CustomStringConvertible {
    public var reason: String

    public var description: String { reason }
}

public enum TextFile {
    /// Larger than anything that is written by hand.
    static let limitBytes = 16 << 20

    /// The text of a file; one that is missing, cannot be read, is a folder, is too large or is not UTF-8 is
    /// an error that says so.
    public static func read(_ path: String) throws(TextFileError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TextFileError(reason: errno == ENOENT ? "there is no such file" : words(of: errno))
        }
        defer { close(descriptor) }
        var details = stat()
        if fstat(descriptor, &details) == 0, details.st_mode & S_IFMT == S_IFDIR {
            throw TextFileError(reason: "it is a folder")
        }
        guard let text = String(validating: try bytes(of: descriptor), as: UTF8.self) else {
            throw TextFileError(reason: "it is not text in UTF-8")
        }
        return text
    }

    private static func bytes(of descriptor: Int32) throws(TextFileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw TextFileError(reason: words(of: errno)) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limitBytes else {
                throw TextFileError(reason: "it is larger than \(limitBytes >> 20) MiB")
            }
        }
    }

    /// As in `permission denied`.
    private static func words(of code: Int32) -> String {
        let text = systemMessage(code)
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
