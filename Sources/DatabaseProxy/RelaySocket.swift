// One end of a proxied connection: reads what comes, keeps what could not be written at once.

import Glibc
import NIOCore

/// A connected socket that does not block, on the thread of its `WatchedSockets`.
final class RelaySocket: SocketOwner {
    /// While so much is unwritten, the other end is not read.
    static let unwrittenLimitBytes = 64 << 10

    private let descriptor: CInt
    private let sockets: WatchedSockets
    /// `nil` while nothing is waited for.
    private var token: WatchedSockets.Token?
    private var interest: SocketEvents = []
    private var unwritten = ByteBuffer()
    /// As told last.
    private var wasFull = false
    private var isClosing = false
    /// It could not be written to.
    private var hasFailed = false
    private var isClosed = false

    /// Told of bytes that came.
    var hasRead: (ByteBuffer) -> Void = { _ in }
    /// Told when the other side has closed, or the connection failed.
    var hasEnded: () -> Void = {}
    /// Told when `isFull` has changed.
    var changedFullness: () -> Void = {}

    init(_ descriptor: CInt, _ sockets: WatchedSockets) {
        self.descriptor = descriptor
        self.sockets = sockets
    }

    var isFull: Bool { unwritten.readableBytes >= Self.unwrittenLimitBytes }

    /// Whether what comes is read now, or left to the kernel.
    var reads: Bool {
        get { interest.contains(.reading) }
        set {
            guard !isClosing, newValue != reads else { return }
            wait(for: newValue ? interest.union(.reading) : interest.subtracting(.reading))
        }
    }

    /// Where nothing is waited for, nothing is told either: a closed peer would be told again and again.
    private func wait(for events: SocketEvents) {
        guard events != interest, !isClosed else { return }
        interest = events
        switch token {
        case let token? where events.isEmpty:
            sockets.forget(token, descriptor)
            self.token = nil
        case let token?: sockets.change(token, descriptor, to: events)
        case nil: token = sockets.watch(descriptor, for: events, self)
        }
    }

    func isReady(_ events: SocketEvents) {
        if events.contains(.writing), !hasFailed { flush() }
        guard !isClosed else { return }
        if isClosing {
            if !events.isDisjoint(with: .ended) { close() }
        } else if hasFailed || !reads && !events.isDisjoint(with: .ended) {
            hasEnded()
        } else if reads, !events.isDisjoint(with: [.reading, .ended]) {
            read()
        }
    }

    private func read() {
        let memory = sockets.memory
        let count = recv(descriptor, memory.baseAddress, memory.count, 0)
        if count > 0 {
            hasRead(ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: memory[..<count])))
        } else if count == 0 || !Self.isPassing(errno) {
            hasEnded()
        }
    }

    /// Writes all of it in order, at once or as the other side takes it.
    func write(_ pieces: [ByteBuffer]) {
        guard !isClosing, !hasFailed else { return }
        if pieces.count == 1, unwritten.readableBytes == 0 {
            unwritten = pieces[0]
        } else {
            for var piece in pieces { unwritten.writeBuffer(&piece) }
        }
        if !interest.contains(.writing) { flush() }
    }

    private func flush() {
        while unwritten.readableBytes > 0 {
            let count = unwritten.withUnsafeReadableBytes {
                send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count >= 0 {
                unwritten.moveReaderIndex(forwardBy: count)
            } else {
                guard Self.isPassing(errno) else { return fail() }
                if errno != EINTR { break }
            }
        }
        if unwritten.readableBytes == 0 {
            // The memory of a long answer is not kept.
            unwritten = ByteBuffer()
            if isClosing { return close() }
            wait(for: interest.subtracting(.writing))
        } else {
            unwritten.discardReadBytes()
            wait(for: interest.union(.writing))
        }
        guard isFull != wasFull else { return }
        wasFull = isFull
        changedFullness()
    }

    /// Closes once all is written that the other side is owed.
    func closeWhenWritten() {
        guard !isClosing else { return }
        isClosing = true
        hasRead = { _ in }
        hasEnded = {}
        changedFullness = {}
        if unwritten.readableBytes == 0 { close() } else { wait(for: .writing) }
    }

    /// What is unwritten is lost.
    func close() {
        guard !isClosed else { return }
        if let token { sockets.forget(token, descriptor) }
        isClosing = true
        isClosed = true
        Glibc.close(descriptor)
    }

    /// Whoever writes is in the middle of something, so it hears of it later: epoll tells it of a socket that
    /// failed.
    private func fail() {
        unwritten = ByteBuffer()
        hasFailed = true
        if isClosing { close() } else { wait(for: .reading) }
    }

    /// It would block, or was interrupted.
    private static func isPassing(_ code: CInt) -> Bool {
        code == EAGAIN || code == EWOULDBLOCK || code == EINTR
    }
}
