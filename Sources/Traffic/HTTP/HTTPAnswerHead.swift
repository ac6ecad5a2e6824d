// The head of an answer: the status line and those fields that say where the body ends; the others are read on demand.

import NIOCore

/// What the framing of an answer depends on.
struct HTTPAnswerHead {
    private(set) var status = 0
    private(set) var keepAlive = true
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    /// A transfer coding of which `chunked` is not the last.
    private(set) var hasOtherCoding = false

    /// `nil` if it is not HTTP/1.x.
    init?(_ head: ByteBuffer) {
        let isValid = head.withUnsafeReadableBytes { bytes in
            guard let lineEnd = bytes.firstIndex(of: 10),
                readStatusLine(UnsafeRawBufferPointer(rebasing: bytes[..<lineEnd]))
            else { return false }
            var start = lineEnd + 1
            while start < bytes.count, let end = bytes[start...].firstIndex(of: 10) {
                let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                guard readField(line) else { return false }
                start = end + 1
            }
            return true
        }
        guard isValid else { return nil }
    }

    /// `HTTP/1.1 200 …`
    private mutating func readStatusLine(_ line: UnsafeRawBufferPointer) -> Bool {
        guard line.count >= 12, line.prefix(7).elementsEqual("HTTP/1.".utf8), line[8] == 32 else {
            return false
        }
        guard line[7] == UInt8(ascii: "0") || line[7] == UInt8(ascii: "1") else { return false }
        keepAlive = line[7] == UInt8(ascii: "1")
        for digit in line[9..<12] {
            guard (48...57).contains(digit) else { return false }
            status = status * 10 + Int(digit - 48)
        }
        guard line.count == 12 || line[12] == 32 || line[12] == 13 else { return false }
        return status >= 100
    }

    /// A field is looked at only if its name has the length of one that matters.
    private mutating func readField(_ line: UnsafeRawBufferPointer) -> Bool {
        if line.isEmpty || line[0] == 13 { return true }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return false }
        switch colon {
        case 10 where isName(line, "connection"):
            let value = lowercased(line[(colon + 1)...])
            if value.contains("close") {
                keepAlive = false
            } else if value.contains("keep-alive") {
                keepAlive = true
            }
        case 14 where isName(line, "content-length"):
            guard let length = number(lowercased(line[(colon + 1)...])), contentLength ?? length == length
            else {
                return false
            }
            contentLength = length
        case 17 where isName(line, "transfer-encoding"):
            isChunked = lowercased(line[(colon + 1)...]).hasSuffix("chunked")
            hasOtherCoding = !isChunked
        default: break
        }
        return true
    }

    private func isName(_ line: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        for index in 0..<name.utf8CodeUnitCount where line[index] | 0x20 != name.utf8Start[index] | 0x20 {
            return false
        }
        return true
    }

    private func lowercased(_ value: Slice<UnsafeRawBufferPointer>) -> String {
        let isSpace = { (byte: UInt8) in byte == 32 || byte == 9 || byte == 13 }
        let trimmed = value.drop(while: isSpace)
        let length = trimmed.lastIndex { !isSpace($0) }.map { $0 + 1 - trimmed.startIndex } ?? 0
        return String(decoding: trimmed.prefix(length), as: UTF8.self).lowercased()
    }

    /// Digits only; no answer is longer than 2^53 bytes.
    private func number(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 16, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
