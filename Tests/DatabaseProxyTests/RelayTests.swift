// The proxy's sockets, before a server that is none: bytes both ways, slow readers, ends of connections.

import Core
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import DatabaseProxy

@Suite struct RelayTests {
    /// What a session of version 3 begins with.
    private static let startup: [UInt8] = [0, 0, 0, 9, 0, 3, 0, 0, 0]

    /// A simple query of that text.
    private static func query(_ text: String) -> [UInt8] {
        let length = UInt32(text.utf8.count + 5)
        return [UInt8(ascii: "Q")] + withUnsafeBytes(of: length.bigEndian) { Array($0) } + Array(text.utf8)
            + [0]
    }

    /// A row of so many bytes.
    private static func row(_ count: Int) -> [UInt8] {
        [UInt8(ascii: "D")] + withUnsafeBytes(of: UInt32(count + 4).bigEndian) { Array($0) }
            + [UInt8](repeating: 7, count: count)
    }

    @Test(arguments: [true, false]) func bytesArePassedOnBothWays(bySocket: Bool) async throws {
        try await withFakeServer(bySocket: bySocket) { server, proxy, _ in
            let client = try await Peer.connect(to: proxy.ports[0])
            try await client.send(Self.startup)
            let accepted = try await server.next()
            #expect(try await accepted.receive(Self.startup.count) == Self.startup)
            try await client.send(Self.query("SELECT 1"))
            #expect(try await accepted.receive(Self.query("SELECT 1").count) == Self.query("SELECT 1"))
            try await accepted.send(Self.row(3))
            #expect(try await client.receive(Self.row(3).count) == Self.row(3))
            try await client.close()
            #expect(try await accepted.isClosed())
        }
    }

    /// More than all buffers between server and client hold; the client reads none of it before all is sent.
    @Test func aSlowReaderGetsAllOfIt() async throws {
        try await withFakeServer { server, proxy, _ in
            let client = try await Peer.connect(to: proxy.ports[0], readsAtOnce: false)
            try await client.send(Self.startup)
            let accepted = try await server.next()
            let rows = [[UInt8]](repeating: Self.row(1_000_000), count: 40)
            let sending = Task { for row in rows { try await accepted.send(row) } }
            // The server is not read for ever: what it sends stays with it while the client does not read.
            try await accepted.becomesUnwritable()
            // Another connection is served meanwhile.
            let other = try await Peer.connect(to: proxy.ports[0])
            try await other.send(Self.startup)
            #expect(try await server.next().receive(Self.startup.count) == Self.startup)
            client.startReading()
            let expected = rows.reduce(0) { $0 + $1.count }
            #expect(try await client.receive(expected) == Array(rows.joined()))
            try await sending.value
        }
    }

    @Test func aClientGetsWhatItIsOwedOfAServerThatCloses() async throws {
        try await withFakeServer { server, proxy, _ in
            let client = try await Peer.connect(to: proxy.ports[0], readsAtOnce: false)
            try await client.send(Self.startup)
            let accepted = try await server.next()
            // One that closes with bytes unread resets the connection, and what it sent may be lost.
            #expect(try await accepted.receive(Self.startup.count) == Self.startup)
            let row = Self.row(500_000)
            try await accepted.send(row)
            try await accepted.close()
            client.startReading()
            #expect(try await client.receive(row.count) == row)
            #expect(try await client.isClosed())
        }
    }

    @Test func aReplicaIsHungUpOnWhereNoServerIs() async throws {
        let proxy = try await WireProxy.start(replicas: 1, server: .socket("/nowhere/at-all")) { _, _ in }
        let client = try await Peer.connect(to: proxy.ports[0])
        #expect(try await client.isClosed())
        await proxy.stop()
    }

    @Test func aHostThatIsUnknownIsToldAtOnce() async throws {
        let error = await #expect(throws: ProxyError.self) {
            _ = try await WireProxy.start(replicas: 1, server: .port(host: "no.such.host.invalid", 1)) {
                _, _ in
            }
        }
        #expect(error?.code == .server)
        #expect(error?.message.contains("no.such.host.invalid") == true)
    }

    @Test func whatIsNoMessageEndsTheConnectionAndIsTold() async throws {
        try await withFakeServer { server, proxy, problems in
            let client = try await Peer.connect(to: proxy.ports[0])
            try await client.send(Self.startup)
            let accepted = try await server.next()
            #expect(try await accepted.receive(Self.startup.count) == Self.startup)
            try await client.send([UInt8(ascii: "Q"), 0, 0, 0, 0])
            #expect(try await client.isClosed())
            #expect(try await accepted.isClosed())
            #expect(problems.withLock { $0 }.count == 1)
        }
    }

    @Test func manyConnectionsComeAndGo() async throws {
        try await withFakeServer { server, proxy, _ in
            for _ in 0..<200 {
                let client = try await Peer.connect(to: proxy.ports[0])
                try await client.send(Self.startup)
                let accepted = try await server.next()
                #expect(try await accepted.receive(Self.startup.count) == Self.startup)
                try await accepted.close()
                #expect(try await client.isClosed())
            }
        }
    }

    /// Whoever stops a proxy leaves nobody waiting, and may ask it for more.
    @Test func afterTheStopNothingIsDone() async throws {
        try await withFakeServer { server, proxy, _ in
            let client = try await Peer.connect(to: proxy.ports[0])
            try await client.send(Self.startup)
            let accepted = try await server.next()
            #expect(try await accepted.receive(Self.startup.count) == Self.startup)
            await proxy.stop()
            #expect(try await client.isClosed())
            #expect(try await accepted.isClosed())
            proxy.release(connection: 0)
            await proxy.stopObserving()
            await proxy.stopHolding()
            await proxy.stop()
        }
    }

    // MARK: The two ends

    private func withFakeServer(
        bySocket: Bool = false,
        _ body: (FakeServer, WireProxy, Locked<[String]>) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("contend-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try await FakeServer(socket: bySocket ? folder.path + "/s" : nil)
        let problems = Locked<[String]>([])
        let proxy = try await WireProxy.start(replicas: 1, server: server.address) { _, sentence in
            problems.withLock { $0.append(sentence) }
        }
        do {
            try await body(server, proxy, problems)
        } catch {
            await proxy.stop()
            await server.stop()
            throw error
        }
        await proxy.stop()
        await server.stop()
    }
}

/// Accepts connections and hands them out one by one.
private final class FakeServer: Sendable {
    let address: ProxiedServer
    private let channel: any Channel
    private let accepted: AsyncStream<Peer>

    init(socket: String?) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Peer.self)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { continuation.yield(try Peer(channel)) }
            }
        if let socket {
            channel = try await bootstrap.bind(unixDomainSocketPath: socket).get()
            address = .socket(socket)
        } else {
            channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
            address = .port(host: "localhost", channel.localAddress?.port ?? 0)
        }
        accepted = stream
    }

    func next() async throws -> Peer {
        for await peer in accepted { return peer }
        throw CancellationError()
    }

    func stop() async { try? await channel.close() }
}

/// One end of a connection that somebody else drives.
private final class Peer: Sendable {
    private let channel: any Channel
    private let received: AsyncStream<[UInt8]>
    private let writability: AsyncStream<Bool>
    private let rest = Locked<[UInt8]>([])

    init(_ channel: any Channel) throws {
        self.channel = channel
        let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let (writability, changes) = AsyncStream.makeStream(of: Bool.self)
        received = stream
        self.writability = writability
        try channel.pipeline.syncOperations.addHandler(Reader(continuation, changes))
    }

    static func connect(to port: Int, readsAtOnce: Bool = true) async throws -> Peer {
        let peer = Locked<Peer?>(nil)
        _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: readsAtOnce)
            .channelInitializer { channel in
                // Before it is active: it may be closed at once.
                channel.eventLoop.makeCompletedFuture {
                    let made = try Peer(channel)
                    peer.withLock { $0 = made }
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return try #require(peer.withLock { $0 })
    }

    func startReading() {
        _ = channel.setOption(.autoRead, value: true)
    }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    func close() async throws { try await channel.close() }

    /// Waits until so many bytes have come.
    func receive(_ count: Int) async throws -> [UInt8] {
        var bytes = rest.withLock { $0 }
        if bytes.count < count {
            for await more in received {
                bytes += more
                if bytes.count >= count { break }
            }
        }
        rest.withLock { $0 = Array(bytes.dropFirst(count)) }
        return Array(bytes.prefix(count))
    }

    /// Waits until the connection is closed; false where something comes instead.
    func isClosed() async throws -> Bool {
        for await _ in received { return false }
        return true
    }

    func becomesUnwritable() async throws {
        if !channel.isWritable { return }
        for await isWritable in writability where !isWritable { return }
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let received: AsyncStream<[UInt8]>.Continuation
        private let writability: AsyncStream<Bool>.Continuation

        init(
            _ received: AsyncStream<[UInt8]>.Continuation, _ writability: AsyncStream<Bool>.Continuation
        ) {
            self.received = received
            self.writability = writability
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.yield(Array(unwrapInboundIn(data).readableBytesView))
        }

        func channelWritabilityChanged(context: ChannelHandlerContext) {
            writability.yield(context.channel.isWritable)
        }

        func channelInactive(context: ChannelHandlerContext) { received.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
