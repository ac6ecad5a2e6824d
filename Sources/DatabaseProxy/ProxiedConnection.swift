// One connection of a replica, and the one to the server that was opened for it.

import Core
import Histories
import NIOCore
import NIOPosix
import PostgresWire

/// Performs what the session says, on the event loop of both connections only.
final class ProxiedConnection {
    /// A statement that has not ended.
    private struct Open {
        var statement: Statement
        var sent: Int64
        /// Whoever observed when it began hears of its end.
        var observer: StatementObserver
    }

    private let replica: Int
    private let shared: ProxyState
    private let client: any Channel
    private let server: any Channel
    private let number: Int
    private var session: WireSession
    private var process: Int32?
    /// What waits for a decision.
    private var held: HeldStatement?
    /// When the commit that waited last went on, until it is answered.
    private var implicitCommit: (sent: Int64, observer: StatementObserver)?
    private var open: [Int: Open] = [:]
    private var isOver = false

    private init(client: any Channel, server: any Channel, replica: Int, shared: ProxyState) {
        number = shared.takeNumber()
        session = WireSession(isControlled: shared.isControlled)
        self.client = client
        self.server = server
        self.replica = replica
        self.shared = shared
    }

    /// Connects to the server, then lets the replica speak; a replica whose server cannot be reached is hung
    /// up on.
    static func accept(
        _ client: any Channel, ofReplica replica: Int, _ shared: ProxyState
    ) -> EventLoopFuture<Void> {
        connect(to: shared.server, on: client.eventLoop)
            .flatMapThrowing { server in
                let connection = ProxiedConnection(
                    client: client, server: server, replica: replica, shared: shared)
                try client.pipeline.syncOperations.addHandler(RelayHandler(connection, .client))
                try server.pipeline.syncOperations.addHandler(RelayHandler(connection, .server))
                connection.begin()
                server.read()
                // The client's channel is active only once this has succeeded, and reads from then on.
            }
    }

    private static func connect(
        to server: ProxiedServer, on eventLoop: any EventLoop
    ) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: eventLoop).channelOption(.autoRead, value: false)
        return switch server {
        case .port(let host, let port):
            bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1).connect(host: host, port: port)
        case .socket(let path): bootstrap.connect(unixDomainSocketPath: path)
        }
    }

    // MARK: Events of the two channels

    func read(_ bytes: ByteBuffer, from side: RelayHandler.Side) {
        guard !isOver else { return }
        // Before it is written: the server cannot have it earlier.
        let observer = shared.observer.withLock { $0 }
        let now = observer?.now() ?? 0
        perform(side == .client ? session.sent(bytes) : session.received(bytes), observer, now)
    }

    private func perform(_ reaction: WireSession.Reaction, _ observer: StatementObserver?, _ now: Int64) {
        if reaction.problem == nil {
            for bytes in reaction.toServer { server.write(bytes, promise: nil) }
            for bytes in reaction.toClient { client.write(bytes, promise: nil) }
            if !reaction.toServer.isEmpty { server.flush() }
            if !reaction.toClient.isEmpty { client.flush() }
        }
        for event in reaction.events { note(event, observer, now) }
        if let held = reaction.held { wait(held) }
        if let problem = reaction.problem {
            shared.onProblem(replica, problem.message)
            end()
        }
    }

    /// What was read from one side waits until the other can take it.
    func mayRead(_ side: RelayHandler.Side) -> Bool { (side == .client ? server : client).isWritable }

    func becameWritable(_ side: RelayHandler.Side) { (side == .client ? server : client).read() }

    /// One side has closed its connection; the other is closed once all is written that it is owed.
    func end() {
        guard !isOver else { return }
        isOver = true
        shared.connections.value[number] = nil
        if held != nil { shared.control?.tell(.lost(connection: number, replica: replica)) }
        if let process { shared.backends.withLock { if $0[process] == replica { $0[process] = nil } } }
        for event in session.ended() {
            if case .ended(let number, let end) = event { close(number, end, at: nil) }
        }
        for channel in [client, server] {
            channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
        }
    }

    // MARK: Control

    private func begin() {
        shared.connections.value[number] = self
        if let control = shared.control, control.replicas.contains(replica) { _ = session.hold(true) }
    }

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
        shared.control?.tell(
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

    private var observer: StatementObserver? { shared.observer.withLock { $0 } }
    private var now: Int64 { observer?.now() ?? 0 }

    // MARK: What was learned

    private func note(_ event: WireEvent, _ observer: StatementObserver?, _ now: Int64) {
        switch event {
        case .connected(let process):
            self.process = process
            shared.backends.withLock { $0[process] = replica }
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
