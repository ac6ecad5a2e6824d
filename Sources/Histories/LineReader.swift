// Reads a file line by line through one buffer, so that memory is bounded by the longest line and not by the
// file.

import Glibc

/// A file as lines.
final class LineReader {
    private static let chunkBytes = 256 << 10

    let file: String
    /// Number of the line last returned, from 1.
    private(set) var lineNumber = 0
    /// Whether the line last returned ended with a newline; only a file's last can lack it.
    private(set) var isTerminated = true

    private let calls: SystemCalls
    private let descriptor: CInt
    /// The lines of a segment end where one would begin with a zero byte.
    private let stopsAtZero: Bool
    private var buffer: UnsafeMutableRawBufferPointer
    /// The part of the buffer that was read from the file and not yet returned.
    private var start = 0
    private var end = 0
    private var isAtEndOfFile = false
    private let size: Int
    private var readBytes = 0

    init(_ file: String, calls: SystemCalls, stopsAtZero: Bool = false) throws(HistoryError) {
        self.file = file
        self.calls = calls
        self.stopsAtZero = stopsAtZero
        descriptor = try calls.open(file, O_RDONLY)
        size = calls.size(descriptor)
        buffer = .allocate(byteCount: Self.chunkBytes, alignment: 16)
    }

    deinit {
        buffer.deallocate()
        calls.close(descriptor)
    }

    /// The next line without its newline, valid until the next call and while the reader lives; `nil` at the
    /// end.
    func next() throws(HistoryError) -> UnsafeBufferPointer<UInt8>? {
        if start == end, !(try fill()) { return nil }
        if stopsAtZero, buffer[start] == 0 { return nil }
        var searched = start
        while true {
            if let newline = position(of: 0x0A, from: searched) {
                return take(upTo: newline, terminated: true)
            }
            let behind = end - start
            if !(try fill()) { return take(upTo: end, terminated: false) }
            searched = start + behind
        }
    }

    /// How much of the file was returned, from 0 to 1; 0 where its size is not known.
    var share: Double { size > 0 ? Double(offset) / Double(size) : 0 }

    /// Where the first byte lies that no call has returned yet.
    var offset: Int { readBytes - (end - start) }

    /// Reads on from there, in a file that may have grown.
    func resume(at offset: Int) throws(HistoryError) {
        try calls.seek(descriptor, file, to: offset)
        readBytes = offset
        (start, end, isAtEndOfFile) = (0, 0, false)
    }

    /// Up to `count` of the bytes that no call has returned yet, valid until the next call.
    func peek(_ count: Int) throws(HistoryError) -> UnsafeRawBufferPointer {
        while end - start < count, try fill() {}
        return UnsafeRawBufferPointer(rebasing: buffer[start..<min(end, start + count)])
    }

    /// Whether anything but zero bytes is left; reads to the end.
    func hasContentLeft() throws(HistoryError) -> Bool {
        repeat {
            if buffer[start..<end].contains(where: { $0 != 0 }) { return true }
            start = end
        } while try fill()
        return false
    }

    // MARK: - The buffer

    private func take(upTo position: Int, terminated: Bool) -> UnsafeBufferPointer<UInt8> {
        let line = UnsafeRawBufferPointer(rebasing: buffer[start..<position])
        start = terminated ? position + 1 : position
        isTerminated = terminated
        lineNumber += 1
        return line.assumingMemoryBound(to: UInt8.self)
    }

    private func position(of byte: CInt, from: Int) -> Int? {
        guard let base = buffer.baseAddress, from < end else { return nil }
        return memchr(base + from, byte, end - from).map { UnsafeRawPointer($0) - UnsafeRawPointer(base) }
    }

    /// Reads more behind what is there; false at the end of the file.
    private func fill() throws(HistoryError) -> Bool {
        if isAtEndOfFile { return false }
        if start > 0 {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
            end -= start
            start = 0
        }
        if end == buffer.count { try grow() }
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[end...])
        let count = try calls.read(descriptor, file, into: room)
        end += count
        readBytes += count
        isAtEndOfFile = count == 0
        return count > 0
    }

    private func grow() throws(HistoryError) {
        guard buffer.count <= HistoryFormat.lineLimitBytes else {
            throw HistoryError(
                .malformed, file: file, line: lineNumber + 1,
                message: "this line is longer than the limit of \(HistoryFormat.lineLimitBytes) bytes; "
                    + "is this a history?")
        }
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<end]))
        buffer.deallocate()
        buffer = larger
    }
}
