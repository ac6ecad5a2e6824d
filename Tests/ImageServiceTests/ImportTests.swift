// Long tasks: what clients see of them, and the three promises of their guards, each put to the test by two
// workers whose steps are in a chosen order.

import Logging
import Testing

@testable import ImageService

@Suite(.serialized) struct ImportTests {
    @Test(arguments: ImportCell.all) func aTaskRunsAndItsImageIsActive(_ cell: ImportCell) async throws {
        try await cell.withReplicas { replicas in
            let client = RouterClient(replicas[0])
            let worker = Task { await replicas[1].work(Logger(label: "test")) }
            defer { worker.cancel() }
            let task = try await client.startImport(of: "a")
            #expect(try await client.ended(task)["status"] == .text("success"))
            let listed = try await client.send("GET", "/v2/images/a/tasks").json["tasks"]?.elements
            #expect(listed?.count == 1)
            #expect(listed?.first?["runs"] == .integer(1) && listed?.first?["image_id"] == .text("a"))
            #expect(try await client.send("GET", "/v2/images/a").json["status"] == .text("active"))
            #expect(try await client.send("GET", "/v2/images/a").json["version"] == .integer(2))
            let other = ["X-Project-Id": "other", "X-Roles": "member"]
            #expect(try await client.send("POST", "/v2/images/a/import", as: other).status == 404)
            #expect(try await client.send("POST", "/v2/images/none/import").status == 404)
            #expect(try await client.send("GET", "/v2/tasks/none").status == 404)
        }
    }

    @Test(arguments: ImportCell.all) func aTaskOfADeletedImageFails(_ cell: ImportCell) async throws {
        try await cell.withReplicas { replicas in
            let client = RouterClient(replicas[0])
            let task = try await client.startImport(of: "a")
            _ = try await client.send("DELETE", "/v2/images/a")
            let worker = Task { await replicas[1].work(Logger(label: "test")) }
            defer { worker.cancel() }
            let ended = try await client.ended(task)
            #expect(ended["status"] == .text("failure") && ended["runs"] == .integer(0))
        }
    }

    @Test(arguments: ImportCell.all) func oneOfTwoWorkersGetsATask(_ cell: ImportCell) async throws {
        try await cell.withReplicas { replicas in
            _ = try await RouterClient(replicas[0]).startImport(of: "a")
            let second = Claims()
            let database = InterruptedDatabase(replicas[0].database, at: "BEGIN") {
                await second.add(try await cell.guardName.make(replicas[1].database).claim())
            }
            await second.add(try await cell.guardName.make(database).claim())
            #expect(database.wasInterrupted)
            #expect(await second.count == (cell.guardName == .checkThenAct ? 2 : 1))
        }
    }

    @Test(arguments: ImportCell.all) func aTaskOfADeadWorkerIsTakenOver(_ cell: ImportCell) async throws {
        try await cell.withReplicas { replicas in
            _ = try await RouterClient(replicas[0]).startImport(of: "a")
            #expect(try await cell.guardName.make(replicas[0].database).claim() != nil)
            let other = cell.guardName.make(replicas[1].database)
            #expect(try await other.claim() == nil, "the lease has not ended")
            try await replicas[0].endLeases()
            #expect(try await (other.claim() != nil) == cell.hasLease)
        }
    }

    @Test(arguments: ImportCell.all.filter(\.hasLease))
    func aWorkerThatWasTooSlowChangesNothing(_ cell: ImportCell) async throws {
        try await cell.withReplicas { replicas in
            let client = RouterClient(replicas[0])
            let task = try await client.startImport(of: "a")
            let (slow, fast) = (
                cell.guardName.make(replicas[0].database), cell.guardName.make(replicas[1].database)
            )
            let late = try #require(try await slow.claim())
            try await replicas[0].endLeases()
            let current = try #require(try await fast.claim())
            try await slow.finish(late)
            let isFenced = cell.guardName != .noFencing
            let between = try await client.send("GET", "/v2/tasks/\(task)").json["status"]
            #expect(between == .text(isFenced ? "processing" : "success"))
            try await fast.finish(current)
            #expect(try await client.ended(task)["runs"] == .integer(isFenced ? 1 : 2))
        }
    }

    /// A slow worker finishes between another's look at its task and the claim.
    @Test(arguments: ImportCell.all.filter(\.hasLease))
    func aTaskThatEndsMeanwhileIsNotClaimed(_ cell: ImportCell) async throws {
        try await cell.withReplicas { replicas in
            let client = RouterClient(replicas[0])
            let task = try await client.startImport(of: "a")
            let slow = cell.guardName.make(replicas[0].database)
            let late = try #require(try await slow.claim())
            try await replicas[0].endLeases()
            let database = InterruptedDatabase(replicas[1].database, at: "BEGIN") {
                try await slow.finish(late)
            }
            #expect(try await cell.guardName.make(database).claim() == nil)
            #expect(database.wasInterrupted)
            let shown = try await client.send("GET", "/v2/tasks/\(task)").json
            #expect(shown["status"] == .text("success") && shown["runs"] == .integer(1))
        }
    }

    @Test(arguments: DatabaseKind.allCases)
    func replicasWithOtherPartsAreRefusedAndLeaveNoTables(_ kind: DatabaseKind) async throws {
        try await kind.withDatabase { url in
            let without = try await ImageRegistry(databaseURL: url, guard: .rowLock)
            defer { without.close() }
            await #expect(throws: StartError.self) {
                try await ImageRegistry(
                    databaseURL: url, guard: .rowLock, parts: PartOptions(imports: .fencing))
            }
            await #expect(throws: SQLError.self) {
                try await without.database.read { try $0.rows("SELECT * FROM tasks", []).count }
            }
        }
    }

    @Test func aProcessWithAWorkerStopsCleanlyOnTerm() async throws {
        try await DatabaseKind.sqlite.withDatabase { url in
            let replica = try ReplicaProcess(.rowLock, url, ["--imports", "fencing"])
            try await replica.ready()
            let task = try await replica.client.startImport(of: "a")
            #expect(try await replica.client.ended(task)["runs"] == .integer(1))
            let end = try await replica.stop()
            #expect(end.status == 0 && end.log.split(separator: "\n").count == 1, "\(end.log)")
        }
    }
}

/// One guard of long tasks on one database.
struct ImportCell: Sendable, CustomStringConvertible {
    let guardName: ImportGuardName
    let database: DatabaseKind

    var description: String { "\(guardName.rawValue) on \(database.rawValue)" }
    var hasLease: Bool { guardName != .checkThenAct && guardName != .noLease }

    static let all = ImportGuardName.allCases.flatMap { name in
        DatabaseKind.allCases.map { ImportCell(guardName: name, database: $0) }
    }

    func withReplicas(_ body: @Sendable ([ImageRegistry]) async throws -> Void) async throws {
        let parts = PartOptions(imports: guardName)
        try await Cell(guardName: .compareAndSwap, database: database)
            .withReplicas(2, parts: parts, connections: 2, body)
    }
}

/// What the workers of a test were given.
private actor Claims {
    private(set) var count = 0

    func add(_ claim: Claim?) { if claim != nil { count += 1 } }
}

extension ImageRegistry {
    /// As if more time than a lease had gone by.
    fileprivate func endLeases() async throws {
        try await database.transaction(.locking) { session in
            _ = try session.change("UPDATE tasks SET lease_ends = 1", [])
        }
    }
}

extension ServiceClient {
    /// Makes an image and asks for its import; answers the task.
    fileprivate func startImport(of image: String) async throws -> String {
        #expect(try await send("POST", "/v2/images", #"{"id":"\#(image)"}"#).status == 201)
        let started = try await send("POST", "/v2/images/\(image)/import")
        #expect(started.status == 202)
        #expect(try started.json["status"] == .text("pending"))
        return try #require(started.json["id"]?.text)
    }

    /// The task, once it has ended.
    fileprivate func ended(_ task: String) async throws -> JSONValue {
        while true {
            let shown = try await send("GET", "/v2/tasks/\(task)").json
            if shown["status"] == .text("success") || shown["status"] == .text("failure") { return shown }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
