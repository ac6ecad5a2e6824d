// Waits for many sockets on one thread, with no more between a socket and its owner than epoll.
//
// A statement and its answer are four reads and writes of the proxy. What a general event loop (swift-nio's
// channels) adds to them costs half as much as the kernel's part; `bench/proxy` compares.

import CPlatform
import Core
import Foundation
import Glibc

/// What is called when its socket can be read or written.
protocol SocketOwner: AnyObject {
    /// On the loop's thread; may be called although nothing can be read or written any more.
    func isReady(_ events: SocketEvents)
}

struct SocketEvents: OptionSet {
    let rawValue: UInt32

    static let reading = SocketEvents(rawValue: EPOLLIN.rawValue)
    static let writing = SocketEvents(rawValue: EPOLLOUT.rawValue)
    /// Both directions are closed, or failed; told whether or not it was asked for.
    static let ended = SocketEvents(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
}

/// The watched sockets of one thread, used on that thread alone.
final class WatchedSockets {
    /// Of a socket, for as long as it is watched; never used again, so that a late event reaches nobody else.
    typealias Token = UInt64

    private static let eventLimit = 64

    private let poll: CInt
    private var owners: [Token: any SocketOwner] = [:]
    private var lastToken: Token = 0
    private var events = [epoll_event](repeating: epoll_event(), count: eventLimit)
    /// What is read is put here first.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    init() throws(ProxyError) {
        poll = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard poll >= 0 else { throw ProxyError(.listening, "epoll failed: \(ProxyError.reason(errno))") }
    }

    deinit {
        close(poll)
        memory.deallocate()
    }

    /// Calls `owner` whenever one of `events` is there.
    func watch(_ descriptor: CInt, for events: SocketEvents, _ owner: any SocketOwner) -> Token {
        lastToken += 1
        owners[lastToken] = owner
        control(EPOLL_CTL_ADD, descriptor, events, lastToken)
        return lastToken
    }

    func change(_ token: Token, _ descriptor: CInt, to events: SocketEvents) {
        control(EPOLL_CTL_MOD, descriptor, events, token)
    }

    func forget(_ token: Token, _ descriptor: CInt) {
        owners[token] = nil
        control(EPOLL_CTL_DEL, descriptor, [], token)
    }

    private func control(_ operation: CInt, _ descriptor: CInt, _ events: SocketEvents, _ token: Token) {
        var event = epoll_event(events: events.rawValue, data: epoll_data_t(u64: token))
        epoll_ctl(poll, operation, descriptor, &event)
    }

    /// Waits for events, and tells their owners.
    func wait() {
        let count = epoll_wait(poll, &events, CInt(Self.eventLimit), -1)
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            owners[events[index].data.u64]?.isReady(SocketEvents(rawValue: events[index].events))
        }
    }
}

/// A thread that waits for sockets and does what it is handed, in that order.
///
/// Its state is made on the thread and never leaves it.
final class SocketLoop<State>: Sendable {
    typealias Task = @Sendable (State) -> Void

    private struct Queue {
        var tasks: [Task] = []
        /// No task is taken any more.
        var isClosed = false
    }

    /// Becomes readable when there are tasks.
    private let bell: CInt
    private let queue = Locked(Queue())

    /// `makeState` is called on the thread, which begins then.
    init(_ makeState: @escaping @Sendable (WatchedSockets) -> State) throws(ProxyError) {
        bell = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard bell >= 0 else { throw ProxyError(.listening, "eventfd failed: \(ProxyError.reason(errno))") }
        let started = Locked<ProxyError?>(nil)
        let isReady = DispatchSemaphore(value: 0)
        Thread.detachNewThread { [self] in
            do throws(ProxyError) {
                let sockets = try WatchedSockets()
                isReady.signal()
                run(sockets, makeState(sockets))
            } catch {
                started.withLock { $0 = error }
                isReady.signal()
            }
        }
        isReady.wait()
        if let error = started.withLock({ $0 }) { throw error }
    }

    deinit { close(bell) }

    private func run(_ sockets: WatchedSockets, _ state: State) {
        let ringing = Bell(bell)
        _ = sockets.watch(bell, for: .reading, ringing)
        while true {
            if ringing.rang {
                ringing.rang = false
                let due = queue.withLock { queue in
                    defer { queue.tasks.removeAll() }
                    return queue
                }
                for task in due.tasks { task(state) }
                if due.isClosed { return }
            }
            sockets.wait()
        }
    }

    private final class Bell: SocketOwner {
        /// Also at first: a task may have come before anybody listened.
        var rang = true
        private let descriptor: CInt

        init(_ descriptor: CInt) { self.descriptor = descriptor }

        func isReady(_: SocketEvents) {
            var count: UInt64 = 0
            rang = read(descriptor, &count, MemoryLayout.size(ofValue: count)) > 0
        }
    }

    /// Does it soon; nothing where the loop has ended.
    func perform(_ task: @escaping Task) { _ = put(task) }

    /// Does it, and returns when it is done; at once where the loop has ended.
    func finish(_ task: @escaping Task) async { await finish(task, isLast: false) }

    /// Does it as the last, then ends the thread.
    func end(_ task: @escaping Task) async { await finish(task, isLast: true) }

    private func finish(_ task: @escaping Task, isLast: Bool) async {
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            let isTaken = put(isLast: isLast) { state in
                task(state)
                done.resume()
            }
            if !isTaken { done.resume() }
        }
    }

    private func put(isLast: Bool = false, _ task: @escaping Task) -> Bool {
        queue.withLock { queue in
            guard !queue.isClosed else { return false }
            queue.tasks.append(task)
            queue.isClosed = isLast
            // More than one ring is heard as one.
            if queue.tasks.count == 1 { ring() }
            return true
        }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(bell, &one, MemoryLayout.size(ofValue: one))
    }
}
