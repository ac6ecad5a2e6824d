// What every guard must do alike on both databases, one request at a time: statuses, quotas, patches,
// versions.

import Glibc
import Testing

@testable import ImageService

@Suite struct BehaviourTests {
    @Test(arguments: [
        ("sqlite:////a/b.db", "/a/b.db"), ("sqlite:///a/b.db", "/a/b.db"),
        ("sqlite:////a%20b/c.db", "/a b/c.db"),
    ])
    func anAbsolutePathOfSQLiteHasFourSlashesOrThree(url: String, path: String) {
        #expect(ImageRegistry.path(ofSQLite: url) == path)
    }

    private static let limits = Limits(
        tags: 2, members: 2, properties: 2, storageBytes: 10, uniqueNames: true)
    private static let flags = [
        "--quota-tags", "2", "--quota-members", "2", "--quota-properties", "2", "--quota-storage", "10",
        "--unique-names",
    ]

    @Test(arguments: Cell.all) func theRoutesBehaveUnderEveryGuard(_ cell: Cell) async throws {
        try await cell.withReplicas(1, limits: Self.limits) { replicas in
            try await Self.everything(RouterClient(replicas[0]))
        }
    }

    @Test(arguments: Cell.all) func aProcessBehavesAsItsRoutesDoAndStopsCleanlyOnTerm(_ cell: Cell)
        async throws
    {
        try await cell.withDatabase { url in
            let replica = try ReplicaProcess(cell.guardName, url, Self.flags)
            try await replica.ready()
            try await Self.everything(replica.client)
            let idle = try replica.client.connected()
            let end = try await replica.stop()
            close(idle)
            #expect(end.status == 0)
            #expect(
                end.log.split(separator: "\n").count == 1,
                "one line for the start, none for refusals: \(end.log)")
        }
    }

    @Test func aDatabaseMadeForAnotherGuardIsRefused() async throws {
        for database in DatabaseKind.allCases {
            try await Cell(guardName: .rowLock, database: database).withDatabase { url in
                _ = try await ImageRegistry(databaseURL: url, guard: .rowLock)
                await #expect(throws: StartError.self) {
                    try await ImageRegistry(databaseURL: url, guard: .checkThenAct)
                }
                await #expect(throws: StartError.self) {
                    try await ImageRegistry(
                        databaseURL: url, guard: .rowLock, limits: Limits(uniqueNames: true))
                }
            }
        }
        await #expect(throws: StartError.self) {
            try await ImageRegistry(databaseURL: "mongodb://x", guard: .rowLock)
        }
        await #expect(throws: StartError.self) {
            try await ImageRegistry(databaseURL: "postgresql://nobody@127.0.0.1:1/x", guard: .rowLock)
        }
    }

    private static func everything(_ client: some ServiceClient) async throws {
        try await lifeOfAnImage(client)
        try await patches(client)
        try await tagsAndMembers(client)
        try await storageQuota(client)
        try await rolesAndProjects(client)
        try await versions(client)
        try await malformedRequests(client)
    }

    private static func lifeOfAnImage(_ client: some ServiceClient) async throws {
        let made = try await client.send(
            "POST", "/v2/images", #"{"name":"life","id":"life","disk_format":"raw"}"#)
        #expect(made.status == 201)
        #expect(try made.json["status"] == .text("queued") && made.json["disk_format"] == .text("raw"))
        try await client.expect(409, "POST", "/v2/images", #"{"id":"life"}"#)
        try await client.expect(409, "POST", "/v2/images", #"{"name":"life"}"#)
        try await client.expect(204, "GET", "/v2/images/life/file")
        try await client.expect(403, "POST", "/v2/images/life/actions/deactivate")
        try await client.expect(204, "PUT", "/v2/images/life/file", "abc")
        try await client.expect(409, "PUT", "/v2/images/life/file", "abc")
        #expect(try await client.send("GET", "/v2/images/life").json["size"] == .integer(3))
        try await client.expect(403, "POST", "/v2/images/life/actions/reactivate")
        try await client.expect(204, "POST", "/v2/images/life/actions/deactivate")
        try await client.expect(403, "POST", "/v2/images/life/actions/deactivate")
        try await client.expect(403, "GET", "/v2/images/life/file", as: ["X-Roles": "member"])
        try await client.expect(204, "POST", "/v2/images/life/actions/reactivate")
        try await client.expect(200, "GET", "/v2/images/life/file", as: ["X-Roles": "member"])
        let listed = try await client.send("GET", "/v2/images?name=life").json["images"]
        guard case .array(let images)? = listed else { throw SocketClient.Unreachable() }
        #expect(images.count == 1 && images[0]["status"] == .text("active"))
        try await client.expect(
            200, "PATCH", "/v2/images/life", #"[{"op":"replace","path":"/protected","value":true}]"#)
        try await client.expect(403, "DELETE", "/v2/images/life")
        try await client.expect(
            200, "PATCH", "/v2/images/life", #"[{"op":"replace","path":"/protected","value":false}]"#)
        try await client.expect(204, "DELETE", "/v2/images/life")
        for (method, path) in [
            ("GET", ""), ("DELETE", ""), ("POST", "/actions/deactivate"), ("PUT", "/tags/x"),
        ] {
            try await client.expect(404, method, "/v2/images/life" + path)
        }
        try await client.expect(409, "POST", "/v2/images", #"{"id":"life"}"#)
        try await client.expect(201, "POST", "/v2/images", #"{"name":"life"}"#)
    }

    private static func patches(_ client: some ServiceClient) async throws {
        try await client.expect(201, "POST", "/v2/images", #"{"id":"p","name":"p","os":"a"}"#)
        let path = "/v2/images/p"
        let set = try await client.send(
            "PATCH", path,
            #"[{"op":"replace","path":"/name","value":"q\"é\\"},{"op":"add","path":"/a~1b","value":"1"},"#
                + #"{"op":"replace","path":"/os","value":"b"}]"#
        )
        #expect(set.status == 200)
        let shown = try await client.send("GET", path).json
        #expect(shown["name"] == .text("q\"é\\") && shown["a/b"] == .text("1") && shown["os"] == .text("b"))
        try await client.expect(413, "PATCH", path, #"[{"op":"add","path":"/third","value":"1"}]"#)
        try await client.expect(
            413, "PATCH", path,
            #"[{"op":"replace","path":"/name","value":"no"},{"op":"add","path":"/third","value":"1"}]"#)
        #expect(
            try await client.send("GET", path).json["name"] == .text("q\"é\\"),
            "a refused patch changes nothing")
        try await client.expect(
            200, "PATCH", path, #"[{"op":"remove","path":"/os"},{"op":"add","path":"/third","value":"1"}]"#)
        try await client.expect(409, "PATCH", path, #"[{"op":"remove","path":"/os"}]"#)
        try await client.expect(409, "PATCH", path, #"[{"op":"replace","path":"/os","value":"x"}]"#)
        try await client.expect(403, "PATCH", path, #"[{"op":"replace","path":"/status","value":"active"}]"#)
        try await client.expect(200, "PATCH", path, #"[{"op":"replace","path":"/tags","value":["x","y"]}]"#)
        #expect(try await client.send("GET", path).json["tags"] == .array([.text("x"), .text("y")]))
        try await client.expect(
            413, "PATCH", path, #"[{"op":"replace","path":"/tags","value":["x","y","z"]}]"#)
        try await client.expect(201, "POST", "/v2/images", #"{"name":"other"}"#)
        try await client.expect(409, "PATCH", path, #"[{"op":"replace","path":"/name","value":"other"}]"#)
        try await client.expect(
            404, "PATCH", "/v2/images/none", #"[{"op":"replace","path":"/name","value":"x"}]"#)
    }

    private static func tagsAndMembers(_ client: some ServiceClient) async throws {
        try await client.expect(201, "POST", "/v2/images", #"{"id":"t"}"#)
        for (part, add) in [("tags/a%20b", "PUT"), ("tags/c", "PUT")] {
            try await client.expect(204, add, "/v2/images/t/\(part)")
        }
        try await client.expect(204, "PUT", "/v2/images/t/tags/c")
        try await client.expect(413, "PUT", "/v2/images/t/tags/d")
        try await client.expect(404, "DELETE", "/v2/images/t/tags/d")
        try await client.expect(204, "DELETE", "/v2/images/t/tags/a%20b")
        try await client.expect(204, "PUT", "/v2/images/t/tags/d")
        try await client.expect(200, "POST", "/v2/images/t/members", #"{"member":"m1"}"#)
        try await client.expect(409, "POST", "/v2/images/t/members", #"{"member":"m1"}"#)
        try await client.expect(200, "POST", "/v2/images/t/members", #"{"member":"m2"}"#)
        try await client.expect(409, "POST", "/v2/images/t/members", #"{"member":"m2"}"#)
        try await client.expect(413, "POST", "/v2/images/t/members", #"{"member":"m3"}"#)
        try await client.expect(200, "GET", "/v2/images/t", as: ["X-Project-Id": "m1", "X-Roles": "member"])
        try await client.expect(404, "GET", "/v2/images/t", as: ["X-Project-Id": "m3", "X-Roles": "member"])
        try await client.expect(204, "DELETE", "/v2/images/t/members/m1")
        try await client.expect(404, "DELETE", "/v2/images/t/members/m1")
        guard case .array(let members)? = try await client.send("GET", "/v2/images/t/members").json["members"]
        else {
            throw SocketClient.Unreachable()
        }
        #expect(members.map { $0["member_id"] } == [.text("m2")])
        try await client.expect(
            200, "PATCH", "/v2/images/t", #"[{"op":"replace","path":"/visibility","value":"private"}]"#)
        try await client.expect(403, "POST", "/v2/images/t/members", #"{"member":"m3"}"#)
    }

    private static func storageQuota(_ client: some ServiceClient) async throws {
        let mine = ["X-Project-Id": "storage"]
        for id in ["s1", "s2"] {
            try await client.expect(201, "POST", "/v2/images", #"{"id":"\#(id)"}"#, as: mine)
        }
        try await client.expect(204, "PUT", "/v2/images/s1/file", "123456", as: mine)
        try await client.expect(413, "PUT", "/v2/images/s2/file", "12345", as: mine)
        #expect(try await client.send("GET", "/v2/images/s2", as: mine).json["status"] == .text("queued"))
        let usage = try await client.send("GET", "/v2/info/usage", as: mine).json["usage"]?[
            "image_size_total"]
        #expect(usage?["usage"] == .integer(6) && usage?["limit"] == .integer(10))
        try await client.expect(204, "DELETE", "/v2/images/s1", as: mine)
        try await client.expect(204, "PUT", "/v2/images/s2/file", "1234567890", as: mine)
    }

    private static func rolesAndProjects(_ client: some ServiceClient) async throws {
        let owner = ["X-Project-Id": "p1", "X-Roles": "member"]
        let other = ["X-Project-Id": "p2", "X-Roles": "member"]
        try await client.expect(201, "POST", "/v2/images", #"{"id":"r"}"#, as: owner)
        try await client.expect(204, "PUT", "/v2/images/r/file", "1", as: owner)
        try await client.expect(403, "POST", "/v2/images/r/actions/deactivate", as: owner)
        try await client.expect(404, "PUT", "/v2/images/r/tags/x", as: other)
        try await client.expect(
            403, "PATCH", "/v2/images/r", #"[{"op":"replace","path":"/visibility","value":"public"}]"#,
            as: owner)
        try await client.expect(403, "POST", "/v2/images", #"{"visibility":"public"}"#, as: owner)
        try await client.expect(403, "POST", "/v2/images", #"{"owner":"p2"}"#, as: owner)
        try await client.expect(
            200, "PATCH", "/v2/images/r", #"[{"op":"replace","path":"/visibility","value":"community"}]"#,
            as: owner)
        try await client.expect(200, "GET", "/v2/images/r", as: other)
        try await client.expect(403, "PUT", "/v2/images/r/tags/x", as: other)
        try await client.expect(403, "DELETE", "/v2/images/r", as: other)
        try await client.expect(
            204, "POST", "/v2/images/r/actions/deactivate", as: ["X-Roles": "reader, admin"])
    }

    private static func versions(_ client: some ServiceClient) async throws {
        let made = try await client.send("POST", "/v2/images", #"{"id":"v"}"#)
        let first = try #require(made.headers["etag"])
        try await client.expect(204, "PUT", "/v2/images/v/tags/a", as: ["If-Match": first])
        try await client.expect(412, "PUT", "/v2/images/v/tags/b", as: ["If-Match": first])
        try await client.expect(
            412, "PATCH", "/v2/images/v", #"[{"op":"add","path":"/k","value":"v"}]"#, as: ["If-Match": first])
        try await client.expect(412, "DELETE", "/v2/images/v", as: ["If-Match": "nonsense"])
        let second = try #require(try await client.send("GET", "/v2/images/v").headers["etag"])
        #expect(second != first)
        try await client.expect(
            200, "PATCH", "/v2/images/v", #"[{"op":"add","path":"/k","value":"v"}]"#, as: ["If-Match": second]
        )
        try await client.expect(204, "DELETE", "/v2/images/v", as: ["If-Match": "*"])
    }

    private static func malformedRequests(_ client: some ServiceClient) async throws {
        try await client.expect(400, "POST", "/v2/images", "{")
        try await client.expect(400, "POST", "/v2/images", "[]")
        try await client.expect(400, "POST", "/v2/images", #"{"name":7}"#)
        try await client.expect(403, "POST", "/v2/images", #"{"status":"active"}"#)
        try await client.expect(400, "GET", "/v2/images?colour=red")
        try await client.expect(400, "GET", "/v2/images?limit=many")
        try await client.expect(201, "POST", "/v2/images", #"{"id":"m"}"#)
        for body in [
            "{}", "[]", #"[{"op":"move","path":"/a"}]"#, #"[{"op":"add","path":"/a"}]"#,
            #"[{"op":"add","path":"a","value":"b"}]"#,
        ] {
            try await client.expect(400, "PATCH", "/v2/images/m", body)
        }
        try await client.expect(400, "POST", "/v2/images/m/members", "{}")
        try await client.expect(404, "GET", "/v2/nothing")
    }
}

extension ServiceClient {
    fileprivate func expect(
        _ status: Int, _ method: String, _ path: String, _ body: String = "",
        as headers: [String: String] = [:],
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let reply = try await send(method, path, body, headers)
        #expect(reply.status == status, "\(method) \(path) \(body): \(reply.body)", sourceLocation: location)
    }
}
