// Replicas that already run, by base URL.

import Core
import Foundation
import Glibc
import Scenarios
import Transport

enum ReplicaURL {
    /// Their endpoints, in order; only loopback unless the user allowed more.
    static func endpoints(
        of urls: [Template], from first: Int, _ security: TransportSecurity?, context: RunContext
    ) async throws(ClusterError) -> [ReplicaEndpoint] {
        var endpoints: [ReplicaEndpoint] = []
        for (index, template) in urls.enumerated() {
            let text = try context.text(template, in: context.bindings)
            let (isSecure, host, port) = try parse(text, redacted: context.redactor.redact(text))
            guard context.options.allowRemote || Loopback.contains(host) else {
                throw ClusterError(
                    .address,
                    "\(host) is not on this machine: contend sends load only to loopback unless "
                        + "--allow-remote is given"
                )
            }
            let address = try await onOwnThread { () throws(ClusterError) in try resolve(host) }
            endpoints.append(
                ReplicaEndpoint(
                    index: first + index,
                    address: Address(
                        host: address, port: port, name: host, security: isSecure ? security : nil)))
        }
        return endpoints
    }

    static func parse(
        _ text: String, redacted: String
    ) throws(ClusterError) -> (isSecure: Bool, host: String, port: Int) {
        guard let url = URLComponents(string: text), let scheme = url.scheme,
            ["http", "https"].contains(scheme), let host = url.host, !host.isEmpty
        else {
            throw ClusterError(.address, "“\(redacted)” is no replica's URL: expected http://127.0.0.1:8080")
        }
        guard url.path.isEmpty || url.path == "/", url.query == nil, url.user == nil else {
            throw ClusterError(
                .address, "“\(redacted)”: only host and port belong in a replica's URL; paths go into `http:`"
            )
        }
        let isSecure = scheme == "https"
        return (
            isSecure, host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")),
            url.port ?? (isSecure ? 443 : 80)
        )
    }

    /// A name becomes the first address that it has; `localhost` and addresses stay.
    private static func resolve(_ host: String) throws(ClusterError) -> String {
        if Loopback.contains(host) { return host }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0, let first = list?.pointee else {
            throw ClusterError(.address, "\(host) cannot be resolved: \(String(cString: gai_strerror(code)))")
        }
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let size = socklen_t(name.count)
        guard getnameinfo(first.ai_addr, first.ai_addrlen, &name, size, nil, 0, NI_NUMERICHOST) == 0 else {
            throw ClusterError(.address, "\(host) has no address that can be used")
        }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
