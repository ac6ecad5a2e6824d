// Lines over a socket or pipe: whole however the system cuts reads and writes, and limited in what is kept.

import Glibc

/// The two calls of a channel, so that a test can let any one of them be cut short or fail.
struct DescriptorCalls: Sendable {
    /// As read(2): a count, 0 at the end, or -1 with `errno`.
    var read: @Sendable (Int32, UnsafeMutableRawBufferPointer) -> Int = { descriptor, memory in
        Glibc.read(descriptor, memory.baseAddress, memory.count)
    }
    /// As write(2); a peer that is gone raises no signal.
    var write: @Sendable (Int32, UnsafeRawBufferPointer) -> Int = { descriptor, memory in
        let count = send(descriptor, memory.baseAddress, memory.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        guard count < 0, errno == ENOTSOCK else { return count }
        return Glibc.write(descriptor, memory.baseAddress, memory.count)
    }
}

/// One end of a channel of lines.
struct LineChannel {
    /// A longer line, or more that waits to be written, is no message of ours: the channel counts as broken.
    static let limitBytes = 8 << 20

    enum Condition: Sendable, Hashable {
        /// More may come, or may be taken, later.
        case waiting
        /// The peer is gone, or the channel broken.
        case ended
    }

    let reading: Int32
    let writing: Int32
    var calls = DescriptorCalls()
    private var received: [UInt8] = []
    private var outgoing: [UInt8] = []

    init(reading: Int32 = -1, writing: Int32 = -1, calls: DescriptorCalls = DescriptorCalls()) {
        self.reading = reading
        self.writing = writing
        self.calls = calls
    }

    /// Whether something waits to be written.
    var hasOutgoing: Bool { !outgoing.isEmpty }

    /// The whole lines that have come, without their ends; of a blocking descriptor at most one read's.
    mutating func readLines(untilEmpty: Bool) -> (lines: [[UInt8]], condition: Condition) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        var condition = Condition.waiting
        repeat {
            let count = bytes.withUnsafeMutableBytes { calls.read(reading, $0) }
            if count > 0 {
                received += bytes[..<count]
                if received.count > Self.limitBytes, !received.contains(UInt8(ascii: "\n")) {
                    condition = .ended
                }
            } else if count == 0 {
                condition = .ended
            } else if errno == EAGAIN {
                break
            } else if errno != EINTR {
                condition = .ended
            }
        } while untilEmpty && condition == .waiting
        var lines = received.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map(Array.init)
        received = lines.popLast() ?? []
        return (lines, condition)
    }

    /// Writes the line, or keeps what cannot be written now.
    mutating func write(line: [UInt8]) -> Condition {
        outgoing += line
        outgoing.append(UInt8(ascii: "\n"))
        return flush()
    }

    /// Writes what was kept, as far as it goes without waiting.
    mutating func flush() -> Condition {
        var sent = 0
        defer { outgoing.removeFirst(sent) }
        while sent < outgoing.count {
            let count = outgoing[sent...].withUnsafeBytes { calls.write(writing, $0) }
            if count > 0 {
                sent += count
            } else if count == 0 || errno == EAGAIN {
                return outgoing.count - sent > Self.limitBytes ? .ended : .waiting
            } else if errno != EINTR {
                sent = outgoing.count
                return .ended
            }
        }
        return .waiting
    }

    /// Writes all that was kept; `ended` if it takes longer.
    mutating func flush(withinMilliseconds limit: Int64) -> Condition {
        let deadline = monotonicMilliseconds() + limit
        while flush() == .waiting {
            guard hasOutgoing else { return .waiting }
            let left = deadline - monotonicMilliseconds()
            guard left > 0 else { return .ended }
            var descriptors = [pollfd(fd: writing, events: Int16(POLLOUT), revents: 0)]
            _ = poll(&descriptors, 1, Int32(min(left, 1_000)))
        }
        return .ended
    }
}
