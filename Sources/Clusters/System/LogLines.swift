// A log read as a stream for the few lines that say something: in pieces, however long it is.

import CPlatform
import Glibc

/// Lines of a file that hold one of some words.
struct LogLines {
    /// Of a longer line only this much is looked at and given.
    static let lineLimitBytes = 1 << 20
    /// Read at once; the memory that a log takes is a few times this.
    static let pieceBytes = 1 << 20

    let path: String
    /// Where to begin.
    var offset: Int
    /// Nothing behind so many bytes is looked at.
    var limitBytes: Int
    let words: [[UInt8]]

    init(_ path: String, from offset: Int, limitBytes: Int, holding words: [String]) {
        self.path = path
        self.offset = offset
        self.limitBytes = limitBytes
        self.words = words.map { Array($0.utf8) }
    }

    /// Gives each such line, without its end, to `body`; `false` when the limit left some of the log out.
    func forEach(_ body: (ArraySlice<UInt8>) -> Void) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        var pending: [UInt8] = []
        /// The rest of a line that was too long.
        var isSkipping = false
        var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        var position = offset
        while true {
            let most = min(piece.count, limitBytes - (position - offset))
            guard most > 0 else { return isAtEnd(descriptor, position) }
            let count = pread(descriptor, &piece, most, position)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            position += count
            pending += piece[..<count]
            guard let end = pending.lastIndex(of: UInt8(ascii: "\n")) else {
                if pending.count > Self.lineLimitBytes {
                    if !isSkipping { look(in: pending.prefix(Self.lineLimitBytes), body) }
                    isSkipping = true
                    pending.removeAll(keepingCapacity: true)
                }
                continue
            }
            var whole = pending[...end]
            if isSkipping, let first = whole.firstIndex(of: UInt8(ascii: "\n")) {
                whole = whole[(first + 1)...]
                isSkipping = false
            }
            look(in: whole, body)
            pending.removeSubrange(...end)
        }
        if !isSkipping { look(in: pending[...], body) }
        return true
    }

    private func isAtEnd(_ descriptor: Int32, _ position: Int) -> Bool {
        var byte: UInt8 = 0
        return pread(descriptor, &byte, 1, position) <= 0
    }

    /// Searches for the words, and only where one is for the line around it.
    private func look(in bytes: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) -> Void) {
        var found: [Range<Int>] = []
        for word in words {
            var start = bytes.startIndex
            while let place = Self.first(word, in: bytes[start...]) {
                let before = bytes[..<place].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
                let after = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
                found.append((before ?? bytes.startIndex)..<after)
                start = after
            }
        }
        var last = -1
        for line in found.sorted(by: { $0.lowerBound < $1.lowerBound }) where line.lowerBound != last {
            last = line.lowerBound
            body(bytes[line].prefix(Self.lineLimitBytes))
        }
    }

    private static func first(_ word: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBytes { memory -> Int? in
            word.withUnsafeBytes { word -> Int? in
                guard let base = memory.baseAddress, let wanted = word.baseAddress,
                    let place = contend_find(base, memory.count, wanted, word.count)
                else { return nil }
                return bytes.startIndex + (place - base)
            }
        }
    }
}
