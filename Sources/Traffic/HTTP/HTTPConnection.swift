// The channel handler that performs what HTTPExchange decides: one keep-alive connection of one virtual
// client.

import Histories
import NIOCore

/// One connection, used on its event loop only.
///
/// One timer serves all requests of the connection: it is armed anew only when it fires early or a request
/// must end before it, so that a request costs no timer.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var exchange: HTTPExchange
    private let budget: AnswerBudget
    /// What this connection has of the budget.
    private var held = 0
    private let clock: TrafficClock
    /// Hears what broke the connection, and whether a request was in flight.
    private let onBreak: ((any Error, Bool) -> Void)?
    private var context: ChannelHandlerContext?
    private var answer: ReceivedAnswer?
    private var waiter: UnsafeContinuation<ReceivedAnswer, Never>?
    private var deadline = Int64.max
    /// What is left until the deadline of a request whose time does not count now.
    private var left: Int64?
    private var timer: (fires: Int64, scheduled: Scheduled<Void>)?

    init(
        bodyLimitBytes: Int, budget: AnswerBudget, clock: TrafficClock,
        onBreak: ((any Error, Bool) -> Void)? = nil
    ) {
        self.onBreak = onBreak
        self.exchange = HTTPExchange(bodyLimitBytes: bodyLimitBytes)
        self.budget = budget
        self.clock = clock
    }

    var isUsable: Bool { exchange.isUsable && context != nil }

    /// Writes the request.
    ///
    /// The caller has stamped and recorded it; every failure from here on counts as after the first byte.
    func send(_ request: OutgoingRequest) {
        answer = nil
        left = nil
        guard let context, exchange.begin(isHeadRequest: request.method == "HEAD") else {
            answer = ReceivedAnswer(failure: .refused, received: clock.now())
            return
        }
        deadline = clock.now() + request.timeoutNanoseconds
        armTimer(context)
        context.writeAndFlush(wrapOutboundOut(request.bytes), promise: nil)
    }

    /// The answer to the request sent last; at once if it has come already.
    func receive(isolation: isolated (any Actor)? = #isolation) async -> ReceivedAnswer {
        if let answer {
            self.answer = nil
            return answer
        }
        return await withUnsafeContinuation { waiter = $0 }
    }

    /// Whether the time of the request in flight counts against its deadline; it does unless somebody says
    /// otherwise.
    func countTime(_ counts: Bool) {
        guard exchange.isWaiting else { return }
        if !counts, left == nil {
            left = max(0, deadline - clock.now())
            deadline = .max
        } else if counts, let left {
            self.left = nil
            deadline = clock.now() + left
            if let context { armTimer(context) }
        }
    }

    /// Ends the request in flight as timed out.
    func interrupt() { perform(exchange.timedOut()) }

    func close() {
        timer?.scheduled.cancel()
        timer = nil
        perform(exchange.becameInactive())
        context?.close(promise: nil)
    }

    // MARK: Events of the channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        perform(exchange.received(&bytes))
    }

    func channelInactive(context: ChannelHandlerContext) {
        perform(exchange.becameInactive())
        timer?.scheduled.cancel()
        timer = nil
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        onBreak?(error, exchange.isWaiting)
        perform(exchange.broke())
        context.close(promise: nil)
    }

    // MARK: Actions

    /// Tells the budget what an unfinished answer holds.
    private func account() {
        let holds = exchange.heldBytes
        guard holds != held else { return }
        let fits = budget.hold(holds - held)
        held = holds
        if !fits { perform(exchange.gaveUp()) }
    }

    private func perform(_ action: HTTPExchange.Action) {
        switch action {
        case .none: break
        case .deliver(let answer): deliver(answer)
        case .deliverAndClose(let answer):
            deliver(answer)
            context?.close(promise: nil)
        case .close: context?.close(promise: nil)
        }
        account()
    }

    private func deliver(_ answer: ReceivedAnswer) {
        var answer = answer
        answer.received = clock.now()
        deadline = .max
        left = nil
        if let waiter {
            self.waiter = nil
            waiter.resume(returning: answer)
        } else {
            self.answer = answer
        }
    }

    private func armTimer(_ context: ChannelHandlerContext) {
        if let timer {
            if timer.fires <= deadline { return }
            timer.scheduled.cancel()
        }
        let fires = deadline
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let scheduled = clock.schedule(at: fires, on: context.eventLoop) { bound.value.timerFired() }
        timer = (fires, scheduled)
    }

    private func timerFired() {
        timer = nil
        guard exchange.isWaiting, left == nil, let context else { return }
        if clock.now() >= deadline {
            perform(exchange.timedOut())
            account()
        } else {
            armTimer(context)
        }
    }
}
