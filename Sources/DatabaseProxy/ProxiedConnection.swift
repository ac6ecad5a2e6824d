// One connection of a replica, and the one to the server that was opened for it.

import Core
import Histories
import NIOCore
import PostgresWire

/// Performs what the session says, on the thread of both sockets only.
final class ProxiedConnection {
    /// A statement that has not ended.
    private struct Open {
        var statement: Statement
        var sent: Int64
        /// Whoever observed when it began hears of its end.
        var observer: StatementObserver
    }

    private enum Side: Hashable { case client, server }

    private let replica: Int
    private unowned let relay: Relay
    private let client: RelaySocket
    private let server: RelaySocket
    private let number: Int
    private var session: WireSession
    private var process: Int32?
    /// What waits for a decision.
    private var held: HeldStatement?
    /// When the commit that waited last went on, until it is answered.
    private var implicitCommit: (sent: Int64, observer: StatementObserver)?
    private var open: [Int: Open] = [:]
    private var isOver = false

    init(_ client: RelaySocket, _ server: RelaySocket, replica: Int, number: Int, relay: Relay) {
        self.number = number
        session = WireSession(isControlled: relay.shared.isControlled)
        self.client = client
        self.server = server
        self.replica = replica
        self.relay = relay
    }

    /// From now on bytes are passed on.
    func begin() {
        connect(client, .client, to: server)
        connect(server, .server, to: client)
        if let control = relay.control, control.replicas.contains(replica) { _ = session.hold(true) }
    }

    /// What was read from one side waits until the other can take it.
    private func connect(_ socket: RelaySocket, _ side: Side, to other: RelaySocket) {
        socket.hasRead = { [unowned self] in read($0, from: side) }
        socket.hasEnded = { [unowned self] in end() }
        socket.changedFullness = { [unowned socket, unowned other] in other.reads = !socket.isFull }
        socket.reads = true
    }

    // MARK: Events of the two sockets

    private func read(_ bytes: ByteBuffer, from side: Side) {
        guard !isOver else { return }
        // Before it is written: the server cannot have it earlier.
        let observer = observer
        let now = observer?.now() ?? 0
        perform(side == .client ? session.sent(bytes) : session.received(bytes), observer, now)
    }

    private func perform(_ reaction: WireSession.Reaction, _ observer: StatementObserver?, _ now: Int64) {
        if reaction.problem == nil {
            if !reaction.toServer.isEmpty { server.write(reaction.toServer) }
            if !reaction.toClient.isEmpty { client.write(reaction.toClient) }
        }
        for event in reaction.events { note(event, observer, now) }
        if let held = reaction.held { wait(held) }
        if let problem = reaction.problem {
            relay.shared.onProblem(replica, problem.message)
            end()
        }
    }

    /// One side has closed its connection; the other is closed once all is written that it is owed.
    func end() {
        guard !isOver else { return }
        isOver = true
        if held != nil { relay.control?.tell(.lost(connection: number, replica: replica)) }
        if let process { relay.shared.backends.withLock { if $0[process] == replica { $0[process] = nil } } }
        for event in session.ended() {
            if case .ended(let number, let end) = event { close(number, end, at: nil) }
        }
        client.closeWhenWritten()
        server.closeWhenWritten()
        relay.forget(number)
    }

    /// What is unwritten is lost.
    func close() {
        client.close()
        server.close()
    }

    // MARK: Control

    /// Statements wait from now on, or do not wait any more.
    func hold(_ replicas: Set<Int>) {
        if !replicas.contains(replica), held != nil { noteGoing() }
        perform(session.hold(replicas.contains(replica)), observer, now)
    }

    /// What waits goes on.
    func release() {
        guard held != nil, !isOver else { return }
        noteGoing()
        perform(session.release(), observer, now)
    }

    private func wait(_ statement: HeldStatement) {
        held = statement
        relay.control?.tell(
            .held(PendingStatement(statement, connection: number, replica: replica)))
    }

    /// It is sent now, not when it came.
    private func noteGoing() {
        if let held, let observer {
            switch held.part {
            case .whole: open[held.statement.number]?.sent = now
            case .parse, .bind: break
            case .implicitCommit: implicitCommit = (now, observer)
            }
        }
        held = nil
    }

    private var observer: StatementObserver? { relay.shared.observer.withLock { $0 } }
    private var now: Int64 { observer?.now() ?? 0 }

    // MARK: What was learned

    private func note(_ event: WireEvent, _ observer: StatementObserver?, _ now: Int64) {
        switch event {
        case .connected(let process):
            self.process = process
            relay.shared.backends.withLock { $0[process] = replica }
        case .began(let statement):
            guard let observer else { return }
            open[statement.number] = Open(statement: statement, sent: now, observer: observer)
        case .ended(let number, let end): close(number, end, at: now)
        case .failed(let error, let text):
            guard let observer, let text else { return }
            observer.record(
                StatementRecord(
                    replica: replica, backend: Int(process ?? 0), statement: text, sent: now, answered: now,
                    code: error.sqlState))
        case .ready:
            guard let commit = implicitCommit else { return }
            implicitCommit = nil
            commit.observer.record(
                StatementRecord(
                    replica: replica, backend: Int(process ?? 0), statement: Self.implicitCommitText,
                    sent: commit.sent, answered: now))
        case .cancel: break
        }
    }

    /// The server commits by itself; told as a statement, because it is a decision of its own.
    private static let implicitCommitText = "COMMIT /* of the statement above */"

    private func close(_ number: Int, _ end: StatementEnd, at now: Int64?) {
        guard let open = open.removeValue(forKey: number) else { return }
        var record = StatementRecord(
            replica: replica, backend: Int(process ?? 0), statement: open.statement.inlined, sent: open.sent)
        switch end {
        case .done(let rows):
            record.answered = now
            record.rows = rows
        case .failed(let error):
            record.answered = now
            record.code = error.sqlState
        case .skipped: return
        case .unanswered: break
        }
        open.observer.record(record)
    }
}
