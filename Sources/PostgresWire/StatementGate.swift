// Holds back what a client sends, statement by statement, until somebody decides that it may go on.

import NIOCore

/// A statement, or the end of a transaction, that waits for a decision.
public struct HeldStatement: Sendable, Hashable {
    /// What the client sent.
    public var statement: Statement
    public var shape: StatementShape
    public var part = Part.whole
    /// It may write and commits by itself, in one turn that cannot be cut: several statements in one query,
    /// or a call that may end a transaction.
    public var isUncut = false
    /// Its transaction sees the database as it was at its first statement.
    public var hasSingleView = false

    /// What of the statement waits.
    public enum Part: Sendable, Hashable {
        case whole
        /// Its preparation alone, which fixes what a REPEATABLE READ transaction sees.
        case parse
        /// Its values alone: a query sees the database as it is now, whenever it is executed.
        case bind
        /// The transaction that the server made around the statement or its batch is to be committed.
        case implicitCommit
    }
}

/// One session whose statements go to the server one at a time.
///
/// What the client sends is cut into pieces: up to an Execute, which gets a Flush of ours behind it so that
/// the server answers, up to a Sync or Flush of its own, or a whole simple query. A piece goes out once the
/// one before it is answered, and waits first if it is worth a decision. The Sync behind a statement outside
/// of BEGIN and COMMIT commits it, so it is a decision of its own; a simple query that writes is put between
/// a BEGIN and a COMMIT of ours, whose answers the client does not see.
///
/// Source: PostgreSQL's documentation, "Message Flow" and "Implicit transaction blocks".
struct StatementGate: Sendable {
    /// What is to be written, and what came to be held.
    struct Output {
        var toServer: [ByteBuffer] = []
        /// Messages for the client, in order.
        var toClient: [Frame] = []
        var held: HeldStatement?
    }

    fileprivate struct Piece {
        var bytes: [ByteBuffer] = []
        /// Answers that the server owes for it; what ends with a ReadyForQuery is not counted.
        var answers = 0
        var endsWithReady = false
        var isSync = false
        var isQuery = false
        /// As far as the piece goes with it: it may be prepared or bound without being executed.
        var part = HeldStatement.Part.whole
        var statement: Statement?
        var shape: StatementShape?
    }

    /// Where a simple query is between a BEGIN and a COMMIT of ours.
    ///
    /// `beginning` becomes `body`, that `deciding` or `ending`, and that none.
    private enum Wrap { case beginning, body, deciding, ending }

    /// Whether what is worth a decision waits for one.
    private(set) var isHolding = false
    private var hasBegun = false
    private var building = Piece()
    private var queue = CircularBuffer<Piece>()
    /// What the server has not answered yet.
    private var current: Piece?
    private var wrap: Wrap?
    /// The end of a wrapped query, until its COMMIT has succeeded.
    private var completion: Frame?
    /// The first piece of the queue, or the COMMIT of a wrapped query, waits for a decision.
    private var isWaiting = false
    private var status = TransactionStatus.idle
    /// A BEGIN inside of the batch that is being answered.
    private var hasBegunInBatch = false
    private var hasLeftTraces = false
    /// The last statement that may have left something to commit.
    private var lastTrace: (Statement, StatementShape)?
    /// The statements of the transaction, or of every one of the session, see the database as it was at the
    /// first.
    private var hasSingleView = false
    private var sessionHasSingleView = false
    /// That first one has run.
    private var hasView = false
    /// A statement whose preparation was decided on: its execution belongs to the same turn, so that it makes
    /// no difference whether a connection has prepared it before.
    private var prepaid: String?
    private var isSkipping = false
    private var isCopying = false

    private static let flush = ByteBuffer(bytes: [UInt8(ascii: "H"), 0, 0, 0, 4])

    private static func query(_ text: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt8(ascii: "Q"))
        buffer.writeInteger(UInt32(5 + text.utf8.count))
        buffer.writeString(text)
        buffer.writeInteger(UInt8(0))
        return buffer
    }

    /// Its transactions may all see the database as it was at their first statement.
    mutating func assumeSingleView() { sessionHasSingleView = true }

    // MARK: Decisions

    /// From now on statements wait, or go on by themselves, what waits at first.
    mutating func hold(_ holds: Bool) -> Output {
        var output = Output()
        isHolding = holds
        if !holds, isWaiting { release(&output) }
        return output
    }

    /// What waits goes on.
    mutating func release() -> Output {
        var output = Output()
        if isWaiting { release(&output) }
        return output
    }

    private mutating func release(_ output: inout Output) {
        isWaiting = false
        if wrap == .deciding {
            finishWrapped("COMMIT", &output)
        } else {
            startFirst(&output, isWaited: true)
            advance(&output)
        }
    }

    // MARK: The client

    /// `began` is the statement that the message executes or binds.
    mutating func sent(_ frame: Frame, _ message: FrontendMessage, began: Statement?) -> Output {
        var output = Output()
        guard hasBegun, !isCopying else {
            output.toServer.append(frame.bytes)
            if isHolding, case .copyEnd = message, current?.isQuery == false {
                // The Sync behind the rows may commit them, so it waits for its turn, and the server has to
                // answer before it.
                output.toServer.append(Self.flush)
                isCopying = false
            }
            return output
        }
        switch message {
        case .query, .functionCall:
            enqueueBuilding()
            building = Piece(bytes: [frame.bytes], endsWithReady: true, isQuery: true)
            building.use(began)
            enqueueBuilding()
        case .parse, .bind, .describe, .close:
            building.bytes.append(frame.bytes)
            building.answers += 1
            if case .bind = message {
                building.use(began, .bind)
            } else if case .parse(_, let text, let types) = message, building.statement == nil {
                building.use(Statement(number: -1, text: text, parameters: [], types: types), .parse)
            }
        case .execute:
            building.bytes.append(frame.bytes)
            building.answers += 1
            building.use(began)
            // Where nothing is held, batches stay whole: each cut costs a turn to the server and back.
            if isHolding {
                building.bytes.append(Self.flush)
                enqueueBuilding()
            }
        case .flush:
            building.bytes.append(frame.bytes)
            enqueueBuilding()
        case .sync:
            building.bytes.append(frame.bytes)
            building.endsWithReady = true
            building.isSync = true
            enqueueBuilding()
        case .terminate:
            // Whoever leaves does not wait for answers.
            enqueueBuilding()
            output.toServer += queue.flatMap(\.bytes) + [frame.bytes]
            queue.removeAll()
            isWaiting = false
        case .copyEnd, .other: sentEarly(frame.bytes, &output)
        }
        advance(&output)
        return output
    }

    /// asyncpg does not wait until the server asks for the rows of its query: they go with it.
    private mutating func sentEarly(_ bytes: ByteBuffer, _ output: inout Output) {
        if wrap == .beginning {
            current?.bytes.append(bytes)
        } else if building.bytes.isEmpty, let last = queue.indices.last, queue[last].isQuery {
            queue[last].bytes.append(bytes)
        } else if queue.isEmpty, building.bytes.isEmpty {
            output.toServer.append(bytes)
        } else {
            building.bytes.append(bytes)
        }
    }

    private mutating func enqueueBuilding() {
        guard !building.bytes.isEmpty else { return }
        queue.append(building)
        building = Piece()
    }

    /// Sends what may go, up to what has to be answered or decided first.
    private mutating func advance(_ output: inout Output) {
        while current == nil, !isWaiting, let piece = queue.first {
            if isSkipping, !piece.isSync {
                // The server would pass over it.
                queue.removeFirst()
            } else if isHolding, let held = decision(on: piece) {
                isWaiting = true
                output.held = held
            } else {
                startFirst(&output)
            }
        }
    }

    private func decision(on piece: Piece) -> HeldStatement? {
        if piece.isSync, piece.statement == nil || piece.part != .whole, isImplicit, hasLeftTraces,
            !isSkipping, let (statement, shape) = lastTrace
        {
            return HeldStatement(statement: statement, shape: shape, part: .implicitCommit)
        }
        guard let statement = piece.statement, let shape = piece.shape else { return nil }
        if prepaid == shape.text { return nil }
        let isDecision =
            switch shape.kind {
            case .begin: false
            case .harmless: shape.isQuery && isFirstView
            case .commit, .rollback: piece.part == .whole && hasLeftTraces
            case .read, .lock, .write, .unknown: piece.part != .parse || isFirstView
            }
        guard isDecision else { return nil }
        return HeldStatement(
            statement: statement, shape: shape, part: piece.part,
            isUncut: piece.isQuery && shape.leavesTraces && !shape.allowsTransaction
                && (isImplicit || shape.holdsSeveral),
            hasSingleView: sessionHasSingleView || hasSingleView)
    }

    /// Whether the next statement fixes what all others of its transaction see.
    private var isFirstView: Bool { (sessionHasSingleView || hasSingleView) && !hasView }

    /// Whether the server commits by itself at the end of the batch.
    private var isImplicit: Bool { status == .idle && !hasBegunInBatch }

    /// - Parameter isWaited: it was held until now.
    private mutating func startFirst(_ output: inout Output, isWaited: Bool = false) {
        guard let piece = queue.popFirst() else { return }
        if let statement = piece.statement, let shape = piece.shape {
            if shape.kind != .begin, shape.isQuery || shape.leavesTraces { hasView = true }
            if piece.part == .parse, isWaited { prepaid = shape.text } else { prepaid = nil }
            guard piece.part == .whole else { return send(piece, &output) }
            if shape.setsSingleView {
                if shape.setsSession { sessionHasSingleView = true } else { hasSingleView = true }
            }
            switch shape.kind {
            case .begin: hasBegunInBatch = true
            case .commit, .rollback:
                hasBegunInBatch = false
                hasLeftTraces = false
            case .lock, .write, .unknown:
                hasLeftTraces = true
                lastTrace = (statement, shape)
            case .harmless, .read: break
            }
            if piece.isQuery, isImplicit, isHolding, shape.leavesTraces, shape.allowsTransaction {
                wrap = .beginning
                current = piece
                output.toServer.append(Self.query("BEGIN"))
                return
            }
        }
        send(piece, &output)
    }

    private mutating func send(_ piece: Piece, _ output: inout Output) {
        output.toServer += piece.bytes
        current = piece.answers > 0 || piece.endsWithReady ? piece : nil
    }

    // MARK: The server

    mutating func received(_ frame: Frame, _ message: BackendMessage) -> Output {
        var output = Output()
        guard hasBegun else {
            output.toClient.append(frame)
            if case .ready = message { hasBegun = true }
            return output
        }
        if let wrap {
            receivedWrapped(frame, message, wrap, &output)
        } else {
            output.toClient.append(frame)
            switch message {
            case .parseComplete, .bindComplete, .closeComplete, .describedRows, .commandComplete, .emptyQuery,
                .portalSuspended:
                isCopying = false
                current?.answers -= 1
                if let piece = current, !piece.endsWithReady, piece.answers <= 0 { current = nil }
            case .error:
                isCopying = false
                if let piece = current, !piece.endsWithReady {
                    isSkipping = true
                    current = nil
                }
            case .copyIn:
                isCopying = true
                passOverSync()
            case .ready(let status): becomeReady(status)
            case .keyData, .parameterTypes, .functionResult, .copyBoth, .aside, .other: break
            }
        }
        advance(&output)
        return output
    }

    /// The server does not answer the Sync that came before the rows of a copy, nor a Flush before it.
    private mutating func passOverSync() {
        guard let current, !current.isQuery else { return }
        if current.isSync {
            self.current?.isSync = false
            self.current?.endsWithReady = false
            return
        }
        while let piece = queue.first, piece.answers == 0, !piece.isQuery {
            queue.removeFirst()
            if piece.isSync { return }
        }
    }

    private mutating func becomeReady(_ status: TransactionStatus) {
        self.status = status
        current = nil
        wrap = nil
        isSkipping = false
        isCopying = false
        hasBegunInBatch = false
        if status == .idle {
            hasLeftTraces = false
            hasView = false
            hasSingleView = false
        }
    }

    private mutating func receivedWrapped(
        _ frame: Frame, _ message: BackendMessage, _ wrap: Wrap, _ output: inout Output
    ) {
        switch (wrap, message) {
        case (.beginning, .commandComplete): break
        case (.beginning, .ready):
            self.wrap = .body
            output.toServer += current?.bytes ?? []
        case (.body, .commandComplete): completion = frame
        case (.body, .ready(.inTransaction)):
            guard isHolding, let statement = current?.statement, let shape = current?.shape else {
                return finishWrapped("COMMIT", &output)
            }
            self.wrap = .deciding
            isWaiting = true
            output.held = HeldStatement(statement: statement, shape: shape, part: .implicitCommit)
        case (.body, .ready): finishWrapped("ROLLBACK", &output)
        case (.ending, .commandComplete):
            if let completion { output.toClient.append(completion) }
            completion = nil
        case (.ending, .error):
            completion = nil
            output.toClient.append(frame)
        case (.ending, .ready(let status)):
            output.toClient.append(frame)
            becomeReady(status)
        default: output.toClient.append(frame)
        }
    }

    private mutating func finishWrapped(_ text: String, _ output: inout Output) {
        wrap = .ending
        output.toServer.append(Self.query(text))
    }
}

extension StatementGate.Piece {
    fileprivate mutating func use(_ began: Statement?, _ part: HeldStatement.Part = .whole) {
        self.part = part
        statement = began
        shape = began.map { StatementShape($0.text) }
    }
}
