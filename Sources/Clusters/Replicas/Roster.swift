// Who listens where: the replicas of services and companions, numbered through as the target counts them.

import Core
import Scenarios
import Transport

/// The endpoints of a target's members that are known so far.
struct Roster: Sendable {
    let target: Target
    private(set) var endpoints: [Int: ReplicaEndpoint] = [:]

    init(_ target: Target) { self.target = target }

    mutating func add(_ endpoints: [ReplicaEndpoint]) {
        for endpoint in endpoints { self.endpoints[endpoint.index] = endpoint }
    }

    /// The numbers of the replicas that belong to members of a tier.
    func numbers(of tier: StartTier) -> Range<Int> {
        let services = target.replicaCount
        return switch tier {
        case .database: 0..<0
        case .service: 0..<services
        case .companion: services..<services + target.companions.reduce(0) { $0 + $1.count }
        }
    }

    func endpoints(of tier: StartTier) -> [ReplicaEndpoint] {
        numbers(of: tier).compactMap { endpoints[$0] }
    }

    /// The member that a replica is of, and its number there.
    func place(_ number: Int) -> (member: Service, number: Int) { target.place(ofReplica: number) }

    /// `services.NAME.port` and its like, of all whose endpoints are known.
    func values(of tier: StartTier) -> [(String, Value)] {
        let kind = tier == .companion ? "companions" : "services"
        return endpoints(of: tier).flatMap { endpoint -> [(String, Value)] in
            let (member, number) = place(endpoint.index)
            let scheme = endpoint.address.security == nil ? "http" : "https"
            let values =
                [
                    ("port", Value.int(endpoint.address.port)),
                    ("url", .string("\(scheme)://\(endpoint.address.authority)")),
                ] + endpoint.ports.map { ("ports.\($0.key)", .int($0.value)) }
            let word = "\(kind).\(member.name)"
            let names = (number == 0 ? [word] : []) + (tier == .service ? ["\(word)[\(number)]"] : [])
            return names.flatMap { name in values.map { ("\(name).\($0.0)", $0.1) } }
        }
    }
}
