// One HTTP/1.1 connection as a pure state machine: requests, bytes, time-outs and closes go in, actions come
// out.

import Histories
import NIOCore

/// The state of a connection that carries one request at a time.
///
/// No sockets, clocks or tasks: the channel handler feeds events and performs the one action that each
/// returns.
struct HTTPExchange {
    private enum State {
        /// Waiting for a request; becomes `waiting` or `closed`.
        case idle
        /// The request was written, the answer is not whole yet; becomes `idle` or `closed`.
        case waiting
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
    private var parser: HTTPAnswerParser

    init(bodyLimitBytes: Int) { parser = HTTPAnswerParser(bodyLimitBytes: bodyLimitBytes) }

    var isUsable: Bool { state == .idle }

    var isWaiting: Bool { state == .waiting }

    /// Bytes kept of an answer that is not whole yet.
    var heldBytes: Int { isWaiting ? parser.heldBytes : 0 }

    /// The request's bytes are about to be written; `false` if the connection cannot carry it.
    mutating func begin(isHeadRequest: Bool) -> Bool {
        guard state == .idle else { return false }
        state = .waiting
        parser.begin(isHeadRequest: isHeadRequest)
        return true
    }

    mutating func received(_ bytes: inout ByteBuffer) -> Action {
        switch state {
        case .waiting: act(on: parser.parse(&bytes))
        case .idle: fail(.malformed)
        case .closed: .none
        }
    }

    /// The deadline of the request in flight has passed.
    mutating func timedOut() -> Action { isWaiting ? fail(.timeout) : .none }

    /// The peer or the network closed the connection, which may be what an answer's end was waiting for.
    mutating func becameInactive() -> Action {
        if isWaiting, case .complete(let answer, _) = parser.end() {
            state = .closed
            return .deliverAndClose(answer)
        }
        return fail(.disconnected)
    }

    /// The answer is given up for the memory that it takes.
    mutating func gaveUp() -> Action { isWaiting ? fail(.malformed) : .none }

    /// The connection broke: unlike an orderly end, this completes nothing.
    mutating func broke() -> Action { fail(.disconnected) }

    private mutating func act(on event: HTTPAnswerParser.Event) -> Action {
        switch event {
        case .needsMore: return .none
        case .malformed: return fail(.malformed)
        case .complete(let answer, let keepAlive):
            state = keepAlive ? .idle : .closed
            return keepAlive ? .deliver(answer) : .deliverAndClose(answer)
        }
    }

    private mutating func fail(_ failure: TransportFailure) -> Action {
        switch state {
        case .waiting:
            state = .closed
            return .deliverAndClose(ReceivedAnswer(failure: failure))
        case .idle:
            state = .closed
            return .close
        case .closed:
            return .none
        }
    }
}
