// HTTP/1.1 answers from bytes (RFC 9112), one at a time: the fast half of the client, pure and without a copy
// where it can.

import NIOCore

/// Parses the answer to one request, however the network cuts it.
struct HTTPAnswerParser {
    /// A head, a chunk's size line or a trailer longer than this is malformed.
    static let headLimitBytes = 64 << 10

    enum Event {
        case needsMore
        /// The answer is whole; `keepAlive` says whether the connection may carry another request.
        case complete(ReceivedAnswer, keepAlive: Bool)
        case malformed
    }

    private enum State {
        /// Becomes a body's state, or again `head` after an interim answer.
        case head
        /// So many bytes are missing.
        case fixed(Int)
        /// Ends with the connection.
        case untilEnd
        /// Becomes `chunk` or `trailer`.
        case chunkSize
        /// So many bytes are missing, the line end after them included; becomes `chunkSize`.
        case chunk(Int)
        case trailer
    }

    private let bodyLimitBytes: Int
    private var state = State.head
    private var isHeadRequest = false
    private var keepAlive = true
    private var answer = ReceivedAnswer()
    /// Bytes of an unfinished line.
    private var pending = ByteBuffer()
    /// How far the pending bytes were searched for the end of the head, so that none is looked at twice.
    private var search = HeadSearch()

    init(bodyLimitBytes: Int) { self.bodyLimitBytes = bodyLimitBytes }

    /// Bytes kept of the answer so far.
    var heldBytes: Int {
        pending.readableBytes + (answer.head?.readableBytes ?? 0) + (answer.body?.readableBytes ?? 0)
    }

    /// The next answer is that to a request with this method.
    mutating func begin(isHeadRequest: Bool) {
        state = .head
        self.isHeadRequest = isHeadRequest
        answer = ReceivedAnswer()
        pending.clear()
        search = HeadSearch()
    }

    mutating func parse(_ bytes: inout ByteBuffer) -> Event {
        if pending.readableBytes > 0 {
            pending.writeBuffer(&bytes)
            swap(&pending, &bytes)
            pending = ByteBuffer()
        }
        while true {
            switch state {
            case .head:
                guard let length = search.length(of: bytes) else { return wait(for: bytes) }
                search = HeadSearch()
                guard length <= Self.headLimitBytes, let head = bytes.readSlice(length: length), begin(head)
                else { return .malformed }
                if let event = bodyless(bytes) { return event }
            case .fixed(let missing):
                guard takeBody(from: &bytes, atMost: missing) else { return .malformed }
                let left = missing - taken
                state = .fixed(left)
                return left == 0 ? complete(bytes) : .needsMore
            case .untilEnd:
                return takeBody(from: &bytes, atMost: bytes.readableBytes) ? .needsMore : .malformed
            case .chunkSize:
                guard let line = takeLine(&bytes) else { return wait(for: bytes) }
                guard let size = chunkSize(line) else { return .malformed }
                state = size == 0 ? .trailer : .chunk(size + 2)
            case .chunk(let missing):
                guard takeChunk(from: &bytes, missing: missing) else { return .malformed }
                let left = missing - taken
                state = left == 0 ? .chunkSize : .chunk(left)
                if left > 0 { return .needsMore }
            case .trailer:
                guard let line = takeLine(&bytes) else { return wait(for: bytes) }
                if line.readableBytes == 0 { return complete(bytes) }
            }
        }
    }

    /// The connection has ended; a body that only its end delimits is whole now.
    mutating func end() -> Event {
        guard case .untilEnd = state else { return .malformed }
        return .complete(answer, keepAlive: false)
    }

    // MARK: Head

    private mutating func begin(_ head: ByteBuffer) -> Bool {
        guard let fields = HTTPAnswerHead(head) else { return false }
        if (100..<200).contains(fields.status), fields.status != 101 { return true }
        answer.status = fields.status
        answer.head = head
        keepAlive = fields.keepAlive
        if isHeadRequest || fields.status == 204 || fields.status == 304 || fields.status == 101 {
            state = .fixed(0)
            keepAlive = keepAlive && fields.status != 101
        } else if fields.isChunked {
            state = .chunkSize
        } else if fields.hasOtherCoding {
            state = .untilEnd
        } else if let length = fields.contentLength {
            guard length <= bodyLimitBytes else { return false }
            state = .fixed(length)
        } else {
            state = .untilEnd
        }
        return true
    }

    /// The answer, if its head is all of it.
    private mutating func bodyless(_ rest: ByteBuffer) -> Event? {
        if case .fixed(0) = state { return complete(rest) }
        return nil
    }

    /// Bytes beyond an answer belong to none: such a connection is not used again.
    private func complete(_ rest: ByteBuffer) -> Event {
        .complete(answer, keepAlive: keepAlive && rest.readableBytes == 0)
    }

    private mutating func wait(for bytes: ByteBuffer) -> Event {
        guard bytes.readableBytes <= Self.headLimitBytes else { return .malformed }
        pending = bytes
        return .needsMore
    }

    // MARK: Body

    /// How many bytes the last `takeBody` or `takeChunk` took.
    private var taken = 0

    private mutating func takeBody(from bytes: inout ByteBuffer, atMost most: Int) -> Bool {
        taken = min(most, bytes.readableBytes)
        guard taken > 0, var slice = bytes.readSlice(length: taken) else { return true }
        guard (answer.body?.readableBytes ?? 0) + taken <= bodyLimitBytes else { return false }
        if answer.body == nil { answer.body = slice } else { answer.body?.writeBuffer(&slice) }
        return true
    }

    /// The last two of the missing bytes are the line end, which must be one.
    private mutating func takeChunk(from bytes: inout ByteBuffer, missing: Int) -> Bool {
        guard missing > 2 else {
            taken = min(missing, bytes.readableBytes)
            let expected: [UInt8] = [13, 10]
            guard let end = bytes.readBytes(length: taken) else { return false }
            return end.elementsEqual(expected.suffix(missing).prefix(taken))
        }
        guard takeBody(from: &bytes, atMost: missing - 2) else { return false }
        guard taken == missing - 2 else { return true }
        let data = taken
        guard takeChunk(from: &bytes, missing: 2) else { return false }
        taken += data
        return true
    }

    /// A line without its end; both CRLF and LF end one.
    private func takeLine(_ bytes: inout ByteBuffer) -> ByteBuffer? {
        guard let length = bytes.readableBytesView.firstIndex(of: 10).map({ $0 - bytes.readerIndex }),
            var line = bytes.readSlice(length: length + 1)
        else { return nil }
        line.moveWriterIndex(to: line.writerIndex - 1)
        if line.readableBytesView.last == 13 { line.moveWriterIndex(to: line.writerIndex - 1) }
        return line
    }

    private func chunkSize(_ line: ByteBuffer) -> Int? {
        let digits = line.readableBytesView.prefix { $0 != UInt8(ascii: ";") && $0 != 32 && $0 != 9 }
        guard !digits.isEmpty, digits.count <= 15 else { return nil }
        var size = 0
        for digit in digits {
            guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            size = size << 4 | value
        }
        return size <= bodyLimitBytes ? size : nil
    }
}

/// Looks for the empty line that ends a head, in bytes that grow.
private struct HeadSearch {
    private var position = 0
    private var lineIsEmpty = false

    /// The length of the head with its empty line, if all of it is there.
    mutating func length(of bytes: ByteBuffer) -> Int? {
        bytes.withUnsafeReadableBytes { bytes in
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                switch byte {
                case 10:
                    if lineIsEmpty { return position }
                    lineIsEmpty = true
                case 13: break
                default: lineIsEmpty = false
                }
            }
            return nil
        }
    }
}
