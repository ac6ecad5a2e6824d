// Artifacts: what clients see of them in both forms of their paths, and the three promises of their guards,
// each put to the test by a second request in a chosen place of a first one.

import Testing

@testable import ImageService

@Suite(.serialized) struct ArtifactTests {
    @Test(arguments: ArtifactCell.all) func anArtifactLives(_ cell: ArtifactCell) async throws {
        try await cell.withReplicas { replicas in
            let client = RouterClient(replicas[0])
            let types = try await client.send("GET", "/v3/types").json["types"]
            #expect(types == .array([.text("packages"), .text("templates")]))
            #expect(try await client.send("GET", "/v3/none").status == 404)
            let package = try await client.make("packages", "zlib")
            let again = #"{"name":"zlib","version":"1"}"#
            #expect(try await client.send("POST", "/v3/packages", again).status == 409)
            #expect(try await client.send("POST", "/v3/artifacts/packages", again).status == 409)
            #expect(
                try await client.send("POST", "/v3/packages", again, as: ["X-Project-Id": "p"]).status == 201)
            #expect(try await client.send("POST", "/v3/packages", #"{"name":"zlib"}"#).status == 400)
            let template = try await client.make("artifacts/templates", "zlib", needs: [package])
            #expect(try await client.act("publish", "templates/\(template)") == 403, "zlib is a draft")
            #expect(try await client.act("deactivate", "packages/\(package)") == 403)
            #expect(try await client.act("publish", "artifacts/packages/\(package)") == 200)
            #expect(try await client.act("publish", "packages/\(package)") == 403)
            #expect(try await client.act("publish", "templates/\(template)") == 200)
            #expect(try await client.send("DELETE", "/v3/packages/\(package)").status == 403, "needed")
            #expect(try await client.status("templates/\(package)") == nil, "of another type")
            #expect(try await client.act("deactivate", "templates/\(template)") == 200)
            #expect(try await client.send("DELETE", "/v3/artifacts/packages/\(package)").status == 204)
            #expect(try await client.act("reactivate", "templates/\(template)") == 403, "zlib is gone")
            #expect(try await client.status("artifacts/templates/\(template)") == "deactivated")
            #expect(try await client.status("packages/\(package)") == nil)
            #expect(try await client.send("DELETE", "/v3/packages/\(package)").status == 404)
            #expect(try await client.send("POST", "/v3/packages", again).status == 409, "never free again")
            let other = ["X-Project-Id": "other", "X-Roles": "member"]
            let path = "/v3/templates/\(template)"
            #expect(try await client.send("GET", path, as: other).status == 404)
            #expect(try await client.send("DELETE", path, as: other).status == 404)
            let bad = #"{"name":"a","version":"1","dependencies":["none"]}"#
            #expect(try await client.send("POST", "/v3/templates", bad).status == 404)
            let listed = try await client.send("GET", "/v3/artifacts/templates").json["artifacts"]
            #expect(listed?.elements?.compactMap { $0["id"]?.text } == [template])
        }
    }

    @Test(arguments: ArtifactCell.all) func aNameAndAVersionAreThereOnce(_ cell: ArtifactCell) async throws {
        try await cell.withReplicas { replicas in
            let other = RouterClient(replicas[1])
            let database = InterruptedDatabase(replicas[0].database, at: "BEGIN") {
                _ = try await other.make("packages", "zlib")
            }
            let artifact = Artifact(id: "second", type: "packages", owner: "demo", name: "zlib", version: "1")
            do {
                _ = try await cell.guardName.make(database).create(artifact)
            } catch is SQLError {}
            #expect(database.wasInterrupted)
            let listed = try await other.send("GET", "/v3/packages").json["artifacts"]?.elements
            #expect(listed?.count == (cell.guardName == .checkThenAct ? 2 : 1))
        }
    }

    @Test(arguments: ArtifactCell.all) func whatWasDeletedStaysSo(_ cell: ArtifactCell) async throws {
        try await cell.withReplicas { replicas in
            let other = RouterClient(replicas[1])
            let package = try await other.make("packages", "zlib")
            try await cell.apply(.publish, package, on: replicas[0], interruptedAt: "BEGIN") {
                try await other.remove("packages/\(package)")
            }
            let expected = cell.guardName == .checkThenAct ? "active" : nil
            #expect(try await other.status("packages/\(package)") == expected)
        }
    }

    @Test(arguments: ArtifactCell.all) func whatAnActiveOneNeedsIsThere(_ cell: ArtifactCell) async throws {
        let isBroken = try await cell.loses(interruptedAt: "BEGIN")
        #expect(isBroken == (cell.guardName == .checkThenAct))
    }

    /// The statement has looked at what it needs; its effect does not show yet.
    ///
    /// MariaDB's has locked it.
    @Test func conditionsOfTwoStatementsDoNotSeeEachOther() async throws {
        let cell = ArtifactCell(guardName: .conditions, database: .postgresql)
        #expect(try await cell.loses(interruptedAt: "COMMIT"))
    }
}

/// One guard of artifacts on one database.
struct ArtifactCell: Sendable, CustomStringConvertible {
    let guardName: ArtifactGuardName
    let database: DatabaseKind

    var description: String { "\(guardName.rawValue) on \(database.rawValue)" }

    static let all = ArtifactGuardName.allCases.flatMap { name in
        DatabaseKind.allCases.map { ArtifactCell(guardName: name, database: $0) }
    }

    func withReplicas(_ body: @Sendable ([ImageRegistry]) async throws -> Void) async throws {
        let parts = PartOptions(artifacts: guardName)
        try await Cell(guardName: .compareAndSwap, database: database)
            .withReplicas(2, parts: parts, connections: 2, body)
    }

    /// An action under the guard, with something else just before a place.
    fileprivate func apply(
        _ action: ArtifactAction, _ id: String, on replica: ImageRegistry, interruptedAt place: String,
        _ meanwhile: @escaping @Sendable () async throws -> Void
    ) async throws {
        let database = InterruptedDatabase(replica.database, at: place, meanwhile: meanwhile)
        do {
            _ = try await guardName.make(database).apply(action, to: id)
        } catch is Refusal {
        } catch is LostRace {}
        #expect(database.wasInterrupted)
    }

    /// Whether a template is active afterwards without the package that it needs.
    fileprivate func loses(interruptedAt place: String) async throws -> Bool {
        let outcome = Outcome()
        try await withReplicas { replicas in
            let client = RouterClient(replicas[1])
            let package = try await client.make("packages", "zlib")
            #expect(try await client.act("publish", "packages/\(package)") == 200)
            let template = try await client.make("templates", "stack", needs: [package])
            try await apply(.publish, template, on: replicas[0], interruptedAt: place) {
                try await client.remove("packages/\(package)")
            }
            #expect(try await client.status("packages/\(package)") == nil)
            await outcome.set(try await client.status("templates/\(template)"))
        }
        return await outcome.status == "active"
    }
}

private actor Outcome {
    private(set) var status: String?

    func set(_ status: String?) { self.status = status }
}

extension ServiceClient {
    /// A new draft of version 1; answers its id.
    fileprivate func make(_ type: String, _ name: String, needs: [String] = []) async throws -> String {
        let ids = JSONValue.array(needs.map(JSONValue.text)).serialized()
        let made = try await send(
            "POST", "/v3/\(type)", #"{"name":"\#(name)","version":"1","dependencies":\#(ids)}"#)
        #expect(made.status == 201, "\(made.body)")
        return try #require(made.json["id"]?.text)
    }

    fileprivate func act(_ verb: String, _ path: String) async throws -> Int {
        try await send("POST", "/v3/\(path)/actions/\(verb)").status
    }

    fileprivate func remove(_ path: String) async throws {
        #expect(try await send("DELETE", "/v3/\(path)").status == 204)
    }

    /// None if it is not there.
    fileprivate func status(_ path: String) async throws -> String? {
        try await send("GET", "/v3/\(path)").json["status"]?.text
    }
}
