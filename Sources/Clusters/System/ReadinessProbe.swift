// One blocking HTTP/1.1 request that asks a replica whether it is ready; without one, whether it accepts
// connections.

import Glibc
import Scenarios

/// Asks once.
///
/// Blocking, at most about two seconds: call it on a thread of its own.
struct ReadinessProbe: Sendable {
    var host: String
    var port: Int
    /// `nil`: an accepted connection is enough.
    var request: (method: String, path: String, status: StatusSet)?

    /// `nil` when ready, otherwise what was seen instead.
    func ask() -> String? {
        guard let descriptor = connected() else { return "no connection to \(host):\(port)" }
        defer { close(descriptor) }
        guard let request else { return nil }
        let text =
            "\(request.method) \(request.path) HTTP/1.1\r\nHost: \(host):\(port)\r\nAccept: */*\r\n"
            + "Connection: close\r\n\r\n"
        let bytes = Array(text.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            return "the connection broke before the request was sent"
        }
        guard let status = readStatus(descriptor) else { return "no HTTP answer to \(request.path)" }
        return request.status.contains(status) ? nil : "\(request.path) answered \(status)"
    }

    private func connected() -> Int32? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return nil }
        defer { freeaddrinfo(list) }
        var next = list
        while let address = next?.pointee {
            let type = address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue)
            let descriptor = socket(address.ai_family, type, address.ai_protocol)
            if descriptor >= 0 {
                var limit = timeval(tv_sec: 1, tv_usec: 0)
                let size = socklen_t(MemoryLayout<timeval>.size)
                setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
                setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
                if connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return descriptor }
                close(descriptor)
            }
            next = address.ai_next
        }
        return nil
    }

    /// The status of the first line, from at most 4096 bytes.
    private func readStatus(_ descriptor: Int32) -> Int? {
        var received: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 1024)
        while received.count < 4096, !received.contains(UInt8(ascii: "\n")) {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { break }
            received += bytes[..<count]
        }
        let line = String(decoding: received.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        let words = line.split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1.") else { return nil }
        return Int(words[1])
    }
}
