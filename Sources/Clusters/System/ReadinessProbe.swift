// One HTTP request that asks a replica whether it is ready; without one, whether it accepts connections.

import Scenarios
import Transport

/// Asks once.
struct ReadinessProbe: Sendable {
    var address: Address
    /// `nil`: an accepted connection is enough.
    var request: (method: String, path: String, status: StatusSet)?

    /// The longest that the connection, TLS and the answer may take each.
    private var limitMilliseconds: Int64 { address.security == nil ? 1_000 : 5_000 }

    /// `nil` when ready, otherwise what was seen instead; throws what does not change by waiting.
    func ask() async throws(ClusterError) -> String? {
        do throws(TransportError) {
            let status = try await SingleRequest.status(
                of: request.map { ($0.method, $0.path) }, at: address,
                withinMilliseconds: limitMilliseconds)
            guard let request, let status, !request.status.contains(status) else { return nil }
            return "\(request.path) answered \(status)"
        } catch {
            guard error.isLasting else { return error.message }
            throw ClusterError(.address, error.message + Self.advice(on: error))
        }
    }

    private static func advice(on error: TransportError) -> String {
        switch error.code {
        case .untrusted: " (`tls` of the service has `ca` for an authority of your own, and `server-name`)"
        case .noAgreement: " (`tls` of the service has `certificate` and `key` for clients)"
        case .unreachable, .silent, .file: ""
        }
    }
}
