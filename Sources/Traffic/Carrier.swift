// What takes a request to its answer: an HTTP connection, or a process.

import Core
import NIOCore
import Scenarios

/// Whatever carries the requests of one event loop.
final class Carriers {
    let connections: Connections
    private let commands: Commands

    init(_ plan: TrafficPlan, on eventLoop: any EventLoop) {
        connections = Connections(plan, on: eventLoop)
        commands = Commands(plan, on: eventLoop)
    }

    /// The client's connection to a replica, or a new command; `nil` where the connection was refused.
    func carrier(
        of request: OutgoingRequest, by client: Int, to replica: Int, on loop: isolated ClientLoop
    ) async throws(TrafficError) -> Carrier? {
        guard request.command.isEmpty else { return .command(commands.exchange(beside: replica)) }
        return try await connections.connection(of: client, to: replica, on: loop).map(Carrier.http)
    }

    /// Ends every request in flight as timed out.
    func interrupt() {
        connections.interrupt()
        commands.interrupt()
    }
}

/// What carries a request to its answer; used on one event loop only.
enum Carrier {
    case http(HTTPConnection)
    case command(CommandExchange)

    func send(_ request: OutgoingRequest) {
        switch self {
        case .http(let connection): connection.send(request)
        case .command(let exchange): exchange.send(request)
        }
    }

    func receive(isolation: isolated (any Actor)? = #isolation) async -> ReceivedAnswer {
        switch self {
        case .http(let connection): await connection.receive()
        case .command(let exchange): await exchange.receive()
        }
    }

    func countTime(_ counts: Bool) {
        switch self {
        case .http(let connection): connection.countTime(counts)
        case .command(let exchange): exchange.countTime(counts)
        }
    }
}

/// The commands under way on one event loop.
final class Commands {
    private let plan: TrafficPlan
    private let eventLoop: any EventLoop
    private var open: [ObjectIdentifier: CommandExchange] = [:]

    init(_ plan: TrafficPlan, on eventLoop: any EventLoop) {
        self.plan = plan
        self.eventLoop = eventLoop
    }

    func exchange(beside replica: Int) -> CommandExchange {
        CommandExchange(plan, replica: replica, on: eventLoop) { exchange, isOpen in
            self.open[ObjectIdentifier(exchange)] = isOpen ? exchange : nil
        }
    }

    /// Ends each of them as timed out.
    func interrupt() { for exchange in open.values { exchange.interrupt() } }
}
