// What a guard is: the one way in which a replica makes a change to an image, safe or not, on either
// database.

/// The guards by the names that `--guard` takes.
public enum GuardName: String, Sendable, CaseIterable {
    case checkThenAct = "check-then-act"
    case compareAndSwap = "compare-and-swap"
    case versionColumn = "version-column"
    case rowLock = "row-lock"
    case serializable
    case lockOrder = "lock-order"
    case orderedLocks = "ordered-locks"
    case lockUpgrade = "lock-upgrade"
    case twoConnections = "two-connections"
    case retryForever = "retry-forever"
    case narrow
    case writeSkew = "write-skew"
    case threeParty = "three-party"
    case singleStatement = "single-statement"

    func make(_ database: any SQLDatabase, _ limits: Limits) -> any Guard {
        switch self {
        case .checkThenAct: CheckThenAct(database: database, limits: limits)
        case .compareAndSwap: CompareAndSwap(database: database, limits: limits)
        case .versionColumn: VersionColumn(database: database, limits: limits)
        case .rowLock, .orderedLocks: RowLock(database: database, limits: limits)
        case .lockOrder: RowLock(database: database, limits: limits, order: .asRequested)
        case .lockUpgrade: LockUpgrade(database: database, limits: limits)
        case .twoConnections: TwoConnections(database: database, limits: limits)
        case .serializable: Serializable(database: database, limits: limits)
        case .retryForever: Serializable(database: database, limits: limits, retry: .forever)
        case .narrow: Narrow(database: database, limits: limits)
        case .writeSkew: Serializable(database: database, limits: limits, isolation: .repeatableRead)
        case .threeParty: ThreeParty(database: database, limits: limits)
        case .singleStatement: SingleStatement(database: database, limits: limits)
        }
    }
}

/// Protects a change against the changes that other replicas make at the same time.
protocol Guard: Sendable {
    /// Makes the change and answers the image as it is afterwards.
    ///
    /// Throws `Refusal` when the change surely had no effect, `SQLError` when the database failed.
    func apply(_ request: ChangeRequest) async throws -> Image

    /// Makes several changes; one by one unless the guard has a way to make them together.
    func applyAll(_ requests: [ChangeRequest]) async throws -> [Image]
}

extension Guard {
    func applyAll(_ requests: [ChangeRequest]) async throws -> [Image] {
        var images: [Image] = []
        for request in requests { images.append(try await apply(request)) }
        return images
    }
}

extension ChangeRequest {
    /// Reads all that the decision needs.
    func load(_ session: any SQLSession, _ limits: Limits) throws -> Snapshot {
        let images = ImageTable(session: session)
        var snapshot = Snapshot(image: try images.load(imageID))
        let project = snapshot.image?.project ?? newOwner
        if change.countsStorage { snapshot.storage = try ProjectTable(session: session).load(project) }
        if limits.uniqueNames, let name = change.requestedName {
            snapshot.isNameTaken = try images.isNameTaken(name, in: project, except: imageID)
        }
        return snapshot
    }

    /// Writes what a decision changed, in one transaction.
    ///
    /// With `ifVersionsHold` the rows must still have the versions that the decision saw, else `LostRace`;
    /// without it the transaction itself has to keep them so.
    func write(
        _ after: Snapshot, over before: Snapshot, _ session: any SQLSession, ifVersionsHold: Bool = false
    ) throws {
        guard let image = after.image, after != before else { return }
        let images = ImageTable(session: session)
        guard let old = before.image else { return try images.insert(image) }
        guard try images.update(image, ifVersion: ifVersionsHold ? old.version : nil) == 1 else {
            throw LostRace()
        }
        if image.tags != old.tags { try images.replaceTags(of: image) }
        if image.properties != old.properties { try images.replaceProperties(of: image) }
        try writeMembers(image, over: old, images)
        if let storage = after.storage, let counted = before.storage, storage != counted {
            let projects = ProjectTable(session: session)
            try projects.ensure(storage.project)
            guard try projects.update(storage, ifVersion: ifVersionsHold ? counted.version : nil) == 1 else {
                throw LostRace()
            }
        }
    }

    /// Members are rows of their own, added and removed one by one.
    func writeMembers(_ image: Image, over old: Image, _ images: ImageTable) throws {
        for (member, status) in image.members where old.members[member] == nil {
            try images.insertMember(member, status: status, of: image.id)
        }
        for member in old.members.keys where image.members[member] == nil {
            try images.deleteMember(member, of: image.id)
        }
    }
}

/// The rows were no longer as the decision had seen them; everything was rolled back.
struct LostRace: Error {}
