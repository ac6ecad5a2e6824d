// Roles in the database: what clients see of them, and whether an action takes effect on a role that was
// revoked before, with the revocation in a chosen place.

import Testing

@testable import ImageService

@Suite(.serialized) struct RoleTests {
    @Test(arguments: RoleCell.all) func rolesAreGrantedCheckedAndRevoked(_ cell: RoleCell) async throws {
        try await cell.withReplicas { replicas in
            let client = RouterClient(replicas[0])
            let role = "/v2/users/ann/roles/admin"
            let member = ["X-Roles": "member"]
            #expect(try await client.send("PUT", role, as: member).status == 403)
            #expect(try await client.send("DELETE", role, as: member).status == 403)
            #expect(try await client.send("DELETE", role).status == 404)
            #expect(try await client.act("deactivate") == 403)
            #expect(try await client.access() == "none-active")
            try await client.grant()
            try await client.grant()
            #expect(try await client.access() == "admin-active")
            #expect(try await client.act("reactivate") == 403, "the image is active")
            #expect(try await client.act("deactivate") == 204)
            #expect(try await client.access() == "admin-deactivated")
            #expect(try await client.act("deactivate", by: "bob") == 403)
            #expect(try await client.act("deactivate", of: "none") == 404)
            #expect(try await client.send("GET", "/v2/users/ann/access/none").status == 404)
            #expect(try await client.act("reactivate") == 204)
            try await client.revoke()
            #expect(try await client.send("DELETE", role).status == 404)
            #expect(try await client.access() == "none-active")
            try await client.grant()
            #expect(try await client.act("deactivate") == 204)
        }
    }

    @Test(arguments: RoleCell.all)
    func aReplicaThatHasSeenTheRoleForgetsItInTime(_ cell: RoleCell) async throws {
        try await cell.withReplicas { replicas in
            let (acting, revoking) = (RouterClient(replicas[0]), RouterClient(replicas[1]))
            try await revoking.grant()
            #expect(try await acting.act("deactivate") == 204)
            try await revoking.revoke()
            let expected = cell.guardName == .cached ? 204 : 403
            #expect(try await acting.act("reactivate") == expected)
        }
    }

    @Test(arguments: RoleCell.all)
    func aRevocationBeforeTheActionBeginsCounts(_ cell: RoleCell) async throws {
        let isPlanted = cell.guardName == .readFirst || cell.guardName == .cached
        let expected = isPlanted ? "deactivated" : "active"
        #expect(try await cell.afterRevocation(at: "BEGIN") == expected)
    }

    /// The statement has read the role; its effect does not show yet.
    @Test(arguments: [DatabaseKind.postgresql, .mariadb])
    func aStatementThatReadsTheRoleActsOnAnOldOne(_ kind: DatabaseKind) async throws {
        let cell = RoleCell(guardName: .sameStatement, database: kind)
        #expect(try await cell.afterRevocation(at: "COMMIT") == "deactivated")
    }
}

/// One guard of roles on one database.
struct RoleCell: Sendable, CustomStringConvertible {
    let guardName: RoleGuardName
    let database: DatabaseKind

    var description: String { "\(guardName.rawValue) on \(database.rawValue)" }

    static let all = RoleGuardName.allCases.flatMap { name in
        DatabaseKind.allCases.map { RoleCell(guardName: name, database: $0) }
    }

    /// Two replicas with one active image.
    func withReplicas(_ body: @Sendable ([ImageRegistry]) async throws -> Void) async throws {
        let parts = PartOptions(roles: guardName)
        try await Cell(guardName: .compareAndSwap, database: database)
            .withReplicas(2, parts: parts, connections: 2) { replicas in
                let client = RouterClient(replicas[0])
                #expect(try await client.send("POST", "/v2/images", #"{"id":"a"}"#).status == 201)
                #expect(try await client.send("PUT", "/v2/images/a/file", "abc").status == 204)
                try await body(replicas)
            }
    }

    /// What becomes of an image whose deactivation is interrupted by the revocation of the role, which
    /// somebody sees then.
    fileprivate func afterRevocation(at place: String) async throws -> String {
        let seen = Seen()
        try await withReplicas { replicas in
            let client = RouterClient(replicas[1])
            try await client.grant()
            let database = InterruptedDatabase(replicas[0].database, at: place) {
                try await client.revoke()
                #expect(try await client.access() == "none-active")
            }
            let change = ChangeRequest(.deactivate, to: "a", by: Caller(user: "ann"))
            do {
                _ = try await guardName.make(database).perform(
                    AdminAction(change: change, limits: Limits()))
            } catch is Refusal {
            } catch is LostRace {}
            #expect(database.wasInterrupted)
            await seen.set(try await client.access())
        }
        let access = await seen.access
        #expect(access.hasPrefix("none-"))
        return String(access.dropFirst("none-".count))
    }
}

private actor Seen {
    private(set) var access = ""

    func set(_ access: String) { self.access = access }
}

extension ServiceClient {
    fileprivate func grant() async throws {
        #expect(try await send("PUT", "/v2/users/ann/roles/admin").status == 204)
    }

    fileprivate func revoke() async throws {
        #expect(try await send("DELETE", "/v2/users/ann/roles/admin").status == 204)
    }

    fileprivate func act(_ verb: String, of image: String = "a", by user: String = "ann") async throws -> Int
    {
        try await send("POST", "/v2/images/\(image)/actions/\(verb)", as: ["X-User-Id": user]).status
    }

    /// Role and status at one moment.
    fileprivate func access() async throws -> String {
        let shown = try await send("GET", "/v2/users/ann/access/a").json
        return "\(shown["role"]?.text ?? "?")-\(shown["status"]?.text ?? "?")"
    }
}
