// The proxy alone, before a server that listens on the socket given: prints its own port, and ends with its
// input. `bench/proxy` measures with it.

import DatabaseProxy
import Foundation

@main
struct ProxyBench {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let socket = arguments.first else {
            print("usage: proxy-bench SOCKET [observe]")
            return
        }
        let proxy = try await WireProxy.start(replicas: 1, server: .socket(socket)) { _, sentence in
            print("a connection was ended: \(sentence)")
        }
        if arguments.contains("observe") { proxy.observe(now: { 0 }, record: { _ in }) }
        // Standard output may be a pipe, which is not flushed at the end of a line.
        try FileHandle.standardOutput.write(contentsOf: Data("\(proxy.ports[0])\n".utf8))
        while readLine() != nil {}
        await proxy.stop()
    }
}
