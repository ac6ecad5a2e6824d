// TLS between clients and servers: what is trusted, what is refused and in which words.

#if TLS
    import Core
    import Histories
    import NIOCore
    import NIOHTTP1
    import NIOSSL
    @testable import Scenarios
    import TestSupport
    import Testing

    @testable import Traffic
    @testable import Transport

    @Suite struct TransportTests {
        /// A server whose certificate is for these names, and where it listens.
        private static func served(
            names: String = "IP:127.0.0.1", asksForCertificate trusted: TestCertificate? = nil,
            _ body: (TestServer, TestCertificate) async throws -> Void
        ) async throws {
            let own = try TestCertificate(for: names)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(own.certificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: own.key, format: .pem)))
            if let trusted {
                configuration.certificateVerification = .noHostnameVerification
                configuration.trustRoots = .file(trusted.certificate)
            }
            let context = try NIOSSLContext(configuration: configuration)
            let server = try await TestServer.start {
                try $0.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
            } _: {
                .json(#"{"host":"\#($0.headers.first(name: "host") ?? "")"}"#)
            }
            try await body(server, own)
            await server.stop()
        }

        private static func address(
            of server: TestServer, name: String? = nil, _ settings: SecuritySettings
        ) throws -> Address {
            Address(
                host: "127.0.0.1", port: server.address.port, name: name,
                security: try TransportSecurity(settings))
        }

        private static func status(_ address: Address) async throws(TransportError) -> Int? {
            try await SingleRequest.status(of: ("GET", "/x"), at: address, withinMilliseconds: 5_000)
        }

        private static func refusal(_ address: Address) async -> TransportError? {
            do throws(TransportError) {
                _ = try await status(address)
                return nil
            } catch { return error }
        }

        @Test func aServerOfAPrivateAuthorityIsTrustedByItsFile() async throws {
            try await Self.served { server, certificate in
                let address = try Self.address(
                    of: server, SecuritySettings(authorities: certificate.certificate))
                #expect(try await Self.status(address) == 200)
                #expect(server.requests.map { $0.headers["host"] } == [["127.0.0.1:\(address.port)"]])
            }
        }

        @Test func aServerOfAnUnknownAuthorityIsRefused() async throws {
            try await Self.served { server, _ in
                let error = try await Self.refusal(Self.address(of: server, SecuritySettings()))
                #expect(error?.code == .untrusted && error?.isLasting == true)
                #expect(error?.message.contains("no trusted authority signed it") == true)
                #expect(server.requests.isEmpty)
            }
        }

        @Test func aCertificateForAnotherNameIsRefusedAndTheNameCanBeGiven() async throws {
            try await Self.served(names: "DNS:api.test") { server, own in
                var settings = SecuritySettings(authorities: own.certificate)
                let error = try await Self.refusal(Self.address(of: server, settings))
                #expect(error?.code == .untrusted && error?.message.contains("for another name") == true)
                #expect(try await Self.status(Self.address(of: server, name: "api.test", settings)) == 200)
                settings.serverName = "api.test"
                #expect(try await Self.status(Self.address(of: server, settings)) == 200)
                settings.serverName = "other.test"
                #expect(try await Self.refusal(Self.address(of: server, settings))?.code == .untrusted)
            }
        }

        @Test func nothingIsCheckedOnRequest() async throws {
            try await Self.served(names: "DNS:api.test") { server, _ in
                let address = try Self.address(of: server, SecuritySettings(checksCertificate: false))
                #expect(try await Self.status(address) == 200)
            }
        }

        @Test func aServerThatAsksForACertificateGetsOne() async throws {
            let client = try TestCertificate(for: "DNS:client.test")
            try await Self.served(asksForCertificate: client) { server, own in
                var settings = SecuritySettings(authorities: own.certificate)
                let error = try await Self.refusal(Self.address(of: server, settings))
                #expect(error?.code == .noAgreement && error?.isLasting == true)
                #expect(error?.message.contains("it wants a certificate of the client") == true)
                let unseen = try await run(
                    Self.burst, against: [], at: [Self.address(of: server, settings)])
                #expect(unseen.operations("read").allSatisfy { $0.outcome != .ok })
                #expect(unseen.summary.notices.contains { $0.contains("it wants a certificate") })
                settings.certificate = client.certificate
                settings.key = client.key
                #expect(try await Self.status(Self.address(of: server, settings)) == 200)
            }
        }

        @Test func aServerWithoutTLSIsToldAsSuch() async throws {
            let server = try await TestServer.start {
                try $0.pipeline.syncOperations.addHandler(Refuser())
            } _: { _ in
                .status(200)
            }
            let error = try await Self.refusal(Self.address(of: server, SecuritySettings()))
            #expect(error?.code == .noAgreement && error?.message.contains("it speaks no TLS") == true)
            await server.stop()
        }

        /// Answers whatever comes as a web server answers what is no HTTP.
        private final class Refuser: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            typealias OutboundOut = ByteBuffer

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                let answer = ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
                context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
            }
        }

        @Test func aServerThatClosesInTheHandshakeMayBeReadyLater() async throws {
            let server = try await TestServer.start {
                $0.close(promise: nil)
            } _: { _ in
                .status(200)
            }
            let error = try await Self.refusal(Self.address(of: server, SecuritySettings()))
            #expect(error != nil && error?.isLasting == false)
            await server.stop()
        }

        @Test(arguments: ["a b", "", "127.0.0.1", "[::1]", "https://a.test", "a.test:80", "bücher.test"])
        func whatIsNoNameOfAHostIsRefused(name: String) {
            #expect(throws: TransportError.self) { try TransportSecurity(SecuritySettings(serverName: name)) }
        }

        @Test func aRecordingSaysWhyTLSFailed() async throws {
            try await Self.served { server, _ in
                let told = Locked<[String]>([])
                let proxy = try RecordingProxy(
                    port: 0, service: Self.address(of: server, SecuritySettings())
                ) { line in told.withLock { $0.append(line) } }
                let answer = try await exchange(
                    "GET /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
                    with: Address(host: "127.0.0.1", port: proxy.port))
                #expect(answer.hasPrefix("HTTP/1.1 502") && answer.contains("is not trusted"))
                #expect(told.withLock { $0 }.contains { $0.contains("is not trusted") })
                _ = await RecordingProxyTests.stopped(proxy)
            }
        }

        @Test func filesThatCannotBeUsedAreNamed() throws {
            let certificate = try TestCertificate(for: "DNS:a.test")
            let other = try TestCertificate(for: "DNS:b.test")
            func refusal(_ settings: SecuritySettings) -> TransportError? {
                do throws(TransportError) {
                    _ = try TransportSecurity(settings)
                    return nil
                } catch { return error }
            }
            let missing = refusal(SecuritySettings(authorities: "/nowhere/ca.pem"))
            #expect(missing?.message == "/nowhere/ca.pem cannot be read: No such file or directory")
            let wrong = refusal(SecuritySettings(authorities: certificate.key))
            #expect(wrong?.message == "\(certificate.key) holds no certificate in PEM")
            let swapped = refusal(SecuritySettings(certificate: certificate.certificate, key: other.key))
            #expect(swapped?.code == .file && swapped?.message.contains(other.key) == true)
        }

        @Test func nobodyThereIsUnreachableAndSilenceIsSilent() async throws {
            let deaf = try DeafPort()
            #expect(await Self.refusal(deaf.address)?.code == .unreachable)
            let server = try await TestServer.start { _ in .reset }
            let error = await Self.refusal(server.address)
            #expect(error?.code == .silent && error?.message == "no HTTP answer to /x")
            #expect(
                try await SingleRequest.status(of: nil, at: server.address, withinMilliseconds: 5_000) == nil)
            await server.stop()
        }

        @Test func authoritiesLeaveOutThePortOfTheirScheme() throws {
            let security = try TransportSecurity(SecuritySettings(checksCertificate: false))
            #expect(Address(host: "10.0.0.1", port: 80, name: "api.test").origin == "http://api.test")
            #expect(Address(host: "::1", port: 81).origin == "http://[::1]:81")
            #expect(Address(host: "::1", port: 443, security: security).origin == "https://[::1]")
            #expect(Address(host: "a.test", port: 80, security: security).origin == "https://a.test:80")
        }

        private static let burst = scenario(
            [operation("read", request("GET", "/x"), isRead: true)],
            load: Load(shape: .burst(rounds: 10, clients: 4), mix: [MixEntry(operation: "read", weight: 1)]))

        @Test func aLoadOverTLSIsRecordedAsAnyOther() async throws {
            try await Self.served { server, certificate in
                let address = try Self.address(
                    of: server, SecuritySettings(authorities: certificate.certificate))
                let result = try await run(Self.burst, against: [server], at: [address])
                let reads = result.operations("read")
                #expect(reads.count == 40 && reads.allSatisfy { $0.outcome == .ok })
                #expect(server.connectionCount == 4)
            }
        }

        @Test func aServerThatIsNotTrustedHasNoEffectOnAnything() async throws {
            try await Self.served { server, _ in
                let address = try Self.address(of: server, SecuritySettings())
                let result = try await run(Self.burst, against: [server], at: [address])
                let reads = result.operations("read")
                #expect(!reads.isEmpty && reads.allSatisfy { $0.outcome == .fail })
                #expect(result.summary.notices.contains { $0.contains("is not trusted") })
                #expect(server.requests.isEmpty)
            }
        }
    }
#endif
