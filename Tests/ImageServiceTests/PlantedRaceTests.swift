// The races that stress seldom finds, each made to happen: other requests run just before one statement of a
// first one. The planted guard breaks its promise, the cure keeps it.

import Testing

@testable import ImageService

@Suite struct PlantedRaceTests {
    @Test(arguments: Plant.allCases, [DatabaseKind.postgresql, .mariadb])
    fileprivate func thePlantedGuardBreaksItsPromise(_ plant: Plant, on database: DatabaseKind) async throws {
        #expect(try await !plant.isKept(by: plant.planted, on: database, interruptedAt: plant.place))
    }

    /// The cure of write skew by locks lets nobody in between on MariaDB: its test there is the scenario.
    @Test(arguments: Plant.allCases, [DatabaseKind.postgresql, .mariadb])
    fileprivate func theCureKeepsIt(_ plant: Plant, on database: DatabaseKind) async throws {
        if plant == .writeSkew, database == .mariadb { return }
        #expect(try await plant.isKept(by: plant.cure, on: database, interruptedAt: "UPDATE images"))
    }
}

/// A planted guard, the request that it does not protect, and those that come in between.
private enum Plant: CaseIterable, Sendable {
    case narrow, writeSkew, threeParty, singleStatement

    private static let limits = Limits(members: 1, uniqueNames: true)

    var planted: GuardName {
        switch self {
        case .narrow: .narrow
        case .writeSkew: .writeSkew
        case .threeParty: .threeParty
        case .singleStatement: .singleStatement
        }
    }

    var cure: GuardName {
        switch self {
        case .narrow, .threeParty: .versionColumn
        case .writeSkew: .serializable
        case .singleStatement: .compareAndSwap
        }
    }

    /// How the statement begins before which the others run.
    var place: String {
        switch self {
        case .narrow: "SELECT version"
        case .writeSkew, .threeParty: "UPDATE images"
        case .singleStatement: "COMMIT"
        }
    }

    private var first: ChangeRequest {
        switch self {
        case .narrow, .writeSkew: ChangeRequest(Self.rename, to: "a")
        case .threeParty: ChangeRequest(.deactivate, to: "a")
        case .singleStatement: ChangeRequest(.addMember("first"), to: "a")
        }
    }

    private var others: [ChangeRequest] {
        switch self {
        case .narrow: [ChangeRequest(.deactivate, to: "a")]
        case .writeSkew: [ChangeRequest(Self.rename, to: "b")]
        case .threeParty: [ChangeRequest(.deactivate, to: "a"), ChangeRequest(.reactivate, to: "a")]
        case .singleStatement: [ChangeRequest(.addMember("second"), to: "a")]
        }
    }

    private static let rename = Change.patch([.set(.name("wanted"), mustExist: true)])

    /// Whether the promise holds after the race under a guard.
    func isKept(
        by guardName: GuardName, on kind: DatabaseKind, interruptedAt place: String
    ) async throws -> Bool {
        let isMaria = kind == .mariadb
        let url = try await isMaria ? MariaServer.freshURL() : PostgresServer.freshURL()
        let replica = try await ImageRegistry(databaseURL: url, guard: guardName, limits: Self.limits)
        defer { replica.close() }
        for id in ["a", "b"] {
            var image = Image(id: id, project: Caller().project)
            image.name = id
            for change in [
                Change.create(image), .startUpload, .finishUpload(sizeBytes: 1, checksum: "x"),
            ] {
                _ = try await replica.apply(ChangeRequest(change, to: id))
            }
        }
        let database = try InterruptedDatabase(
            ServerDatabase(isMaria ? .mariadb : .postgresql, url: url, connections: 1), at: place
        ) {
            for request in others { _ = try await replica.apply(request) }
        }
        defer { database.close() }
        do {
            _ = try await guardName.make(database, Self.limits).apply(first)
        } catch is Refusal {}
        #expect(database.wasInterrupted)
        return try await holds(in: replica)
    }

    private func holds(in replica: ImageRegistry) async throws -> Bool {
        let image = try await replica.image("a", for: Caller())
        switch self {
        case .narrow: return image.status == .deactivated
        case .writeSkew:
            let filter = ImageFilter(columns: [("name", "wanted")])
            return try await replica.images(filter, for: Caller()).count == 1
        // Created, uploaded in two steps, and three changes of the status.
        case .threeParty: return image.version == 6
        case .singleStatement: return image.members.count == 1
        }
    }
}
