// Replicas are numbered through: those of the services in their order, then those of the companions.

public import Histories

extension Target {
    /// Whoever has replicas, in the order of their numbers.
    public var members: [Service] { services + companions }

    /// The numbers of the replicas of a service or companion; those of the first service where nobody has the
    /// name.
    public func replicas(of name: String?) -> Range<Int> {
        replicas(at: members.firstIndex { $0.name == name } ?? 0)
    }

    /// Whom a fault may hit.
    public func victims(of fault: FaultDeclaration) -> Range<Int> {
        let replicas = replicas(of: fault.service)
        return switch fault.victim {
        case .replica(let number): replicas.lowerBound + number..<replicas.lowerBound + number + 1
        case .any: replicas
        }
    }

    /// The numbers of the replicas of a member, by its position.
    public func replicas(at position: Int) -> Range<Int> {
        let first = members[..<position].reduce(0) { $0 + $1.count }
        return first..<first + members[position].count
    }

    /// Whose replica has this number: the position among the members.
    public func owner(ofReplica number: Int) -> Int? {
        members.indices.first { replicas(at: $0).contains(number) }
    }

    /// The member that a replica is of, and its number there.
    public func place(ofReplica number: Int) -> (member: Service, number: Int) {
        guard let owner = owner(ofReplica: number) else { return (service, number) }
        return (members[owner], number - replicas(at: owner).lowerBound)
    }

    /// Whether both are replicas of one service.
    public func isOneService(_ replica: Int, _ other: Int) -> Bool {
        services.count == 1 || owner(ofReplica: replica) == owner(ofReplica: other)
    }

    /// Where its files and its log are, below the run's folder.
    public func folderOfReplica(_ number: Int) -> String {
        guard number >= replicaCount, let owner = owner(ofReplica: number) else {
            return "replicas/\(number)"
        }
        return "companions/\(members[owner].name)"
    }

    /// What a fault of it hits, as histories have it: requests go to no companion, and any may feel it.
    public func faultTarget(_ number: Int) -> FaultTarget {
        guard number >= replicaCount, let owner = owner(ofReplica: number) else { return .replica(number) }
        return .service(members[owner].name)
    }

    /// `replica 1`; of several services `replica 4 (index)`; `companion redis`.
    public func nameOfReplica(_ number: Int) -> String {
        guard let owner = owner(ofReplica: number) else { return "replica \(number)" }
        let member = members[owner]
        if owner >= services.count { return "companion \(member.name)" }
        return member.name.isEmpty ? "replica \(number)" : "replica \(number) (\(member.name))"
    }
}
