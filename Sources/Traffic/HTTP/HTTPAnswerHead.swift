// The head of an answer: the status line and those fields that say where the body ends; the others are read
// on demand.

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
        let value = trimmed(UnsafeRawBufferPointer(rebasing: line[(colon + 1)...]))
        switch colon {
        case 10 where equals(line, "connection", length: 10):
            if hasElement(value, "close") {
                keepAlive = false
            } else if hasElement(value, "keep-alive") {
                keepAlive = true
            }
        case 14 where equals(line, "content-length", length: 14):
            guard let length = number(value), contentLength ?? length == length else { return false }
            contentLength = length
        case 17 where equals(line, "transfer-encoding", length: 17):
            let name: StaticString = "chunked"
            let last = UnsafeRawBufferPointer(rebasing: value.suffix(name.utf8CodeUnitCount))
            isChunked = equals(last, name, length: last.count)
            hasOtherCoding = !isChunked
        default: break
        }
        return true
    }

    /// Whether the first `length` bytes are this name in lower or upper case.
    private func equals(_ bytes: UnsafeRawBufferPointer, _ name: StaticString, length: Int) -> Bool {
        guard length == name.utf8CodeUnitCount, length <= bytes.count else { return false }
        for index in 0..<length where bytes[index] | 0x20 != name.utf8Start[index] | 0x20 { return false }
        return true
    }

    /// Whether a comma-separated list has this element.
    private func hasElement(_ list: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        if equals(list, name, length: list.count) { return true }
        return list.split(separator: UInt8(ascii: ",")).contains { element in
            let element = trimmed(UnsafeRawBufferPointer(rebasing: element))
            return equals(element, name, length: element.count)
        }
    }

    private func trimmed(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var (start, end) = (0, value.count)
        while start < end, value[start] == 32 || value[start] == 9 { start += 1 }
        while end > start, value[end - 1] == 32 || value[end - 1] == 9 || value[end - 1] == 13 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: value[start..<end])
    }

    /// Digits only, at most 16.
    private func number(_ digits: UnsafeRawBufferPointer) -> Int? {
        guard (1...16).contains(digits.count) else { return nil }
        var number = 0
        for digit in digits {
            guard (48...57).contains(digit) else { return nil }
            number = number * 10 + Int(digit - 48)
        }
        return number
    }
}
