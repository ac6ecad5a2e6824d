// One HTTP/1.1 connection as a pure state machine: requests, answer parts, time-outs and closes go in, actions come out.

import History
import NIOCore
import NIOHTTP1

/// What came back for one request, before any rule has looked at it.
struct ReceivedAnswer: Sendable {
    var status: Int?
    var headers = HTTPHeaders()
    var body: ByteBuffer?
    var failure: TransportFailure?
    /// Nanoseconds since the run's origin, after the last byte; stamped by the connection.
    var received: Int64 = 0

    static func failed(_ failure: TransportFailure) -> ReceivedAnswer {
        var answer = ReceivedAnswer()
        answer.failure = failure
        return answer
    }
}

/// The state of a connection that carries one request at a time.
///
/// No sockets, clocks or tasks: the channel handler feeds events and performs the one action that each returns.
struct HTTPExchange {
    private enum State {
        /// Waiting for a request; becomes `waiting` or `closed`.
        case idle
        /// The request was written, no answer yet; becomes `receiving`, `idle` (an answer without body) or `closed`.
        case waiting
        /// The head has come, the body is coming; becomes `idle` or `closed`.
        case receiving(ReceivedAnswer, keepAlive: Bool)
        /// Takes no further request.
        case closed
    }

    enum Action {
        case none
        /// Give this to whoever waits for the answer.
        case deliver(ReceivedAnswer)
        /// Give the answer, then close the connection.
        case deliverAndClose(ReceivedAnswer)
        case close
    }

    private var state = State.idle
    let bodyLimitBytes: Int

    init(bodyLimitBytes: Int) { self.bodyLimitBytes = bodyLimitBytes }

    var isUsable: Bool { if case .idle = state { true } else { false } }

    var isWaiting: Bool {
        switch state {
        case .waiting, .receiving: true
        case .idle, .closed: false
        }
    }

    /// The request's bytes are about to be written; `false` if the connection cannot carry it.
    mutating func begin() -> Bool {
        guard case .idle = state else { return false }
        state = .waiting
        return true
    }

    mutating func received(head: HTTPResponseHead) -> Action {
        switch state {
        case .waiting:
            // 1xx is an announcement; the answer follows.
            if (100..<200).contains(head.status.code), head.status != .switchingProtocols { return .none }
            if head.headers[canonicalForm: "content-length"].contains(where: { Int($0) ?? 0 > bodyLimitBytes }
            ) {
                return fail(.malformed)
            }
            var answer = ReceivedAnswer()
            answer.status = Int(head.status.code)
            answer.headers = head.headers
            state = .receiving(answer, keepAlive: head.isKeepAlive)
            return .none
        case .idle, .receiving:
            return fail(.malformed)
        case .closed:
            return .none
        }
    }

    mutating func received(body: inout ByteBuffer) -> Action {
        guard case .receiving(var answer, let keepAlive) = state else { return .none }
        state = .waiting  // Gives up the copy, so that the buffer grows in place.
        let length = (answer.body?.readableBytes ?? 0) + body.readableBytes
        guard length <= bodyLimitBytes else { return fail(.malformed) }
        if answer.body == nil {
            answer.body = body
        } else {
            answer.body?.writeBuffer(&body)
        }
        state = .receiving(answer, keepAlive: keepAlive)
        return .none
    }

    mutating func receivedEnd() -> Action {
        guard case .receiving(let answer, let keepAlive) = state else { return .none }
        state = keepAlive ? .idle : .closed
        return keepAlive ? .deliver(answer) : .deliverAndClose(answer)
    }

    /// The deadline of the request in flight has passed.
    mutating func timedOut() -> Action { isWaiting ? fail(.timeout) : .none }

    /// The bytes are not HTTP.
    mutating func parsingFailed() -> Action { fail(.malformed) }

    /// The peer or the network closed the connection; an answer that its end completes has been delivered by now.
    mutating func becameInactive() -> Action { fail(.disconnected) }

    private mutating func fail(_ failure: TransportFailure) -> Action {
        switch state {
        case .waiting, .receiving:
            state = .closed
            return .deliverAndClose(.failed(failure))
        case .idle:
            state = .closed
            return .close
        case .closed:
            return .none
        }
    }
}
