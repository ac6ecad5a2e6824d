// Cookies: what a jar takes and sends, whose jar each part of a run uses, and captures of cookies.

import Core
import Histories
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing

@testable import Scenarios
@testable import Traffic

@Suite struct CookieJarTests {
    /// A jar after these answers to `GET target`.
    private func jar(_ answers: [(String, target: String)], at now: Int64 = 0) -> CookieJar {
        answers.reduce(into: CookieJar()) { jar, answer in
            _ = jar.take([("set-cookie", answer.0)], from: answer.target, now: now)
        }
    }

    @Test func aCookieGoesWhereItsPathSays() {
        let jar = jar([
            ("a=1; Path=/shop", "/login"), ("b=2", "/shop/cart/add?x=/y"), ("c=3; Path=odd", "/login"),
            ("d=4; path=/shop/", "/login"),
        ])
        #expect(jar.header(for: "/shop", now: 0) == "a=1; c=3", "longer paths come first")
        #expect(jar.header(for: "/shop/cart?y=1", now: 0) == "b=2; d=4; a=1; c=3")
        #expect(jar.header(for: "/shopping", now: 0) == "c=3", "a path ends at a slash")
        #expect(jar.header(for: "/", now: 0) == "c=3")
    }

    @Test func aCookieIsReplacedByNameAndPath() {
        let jar = jar([
            ("a=1", "/x"), ("b=2", "/x"), ("a=3", "/y"), ("a=other; Path=/deep", "/x"), ("A=4", "/x"),
        ])
        #expect(jar.header(for: "/x", now: 0) == "a=3; b=2; A=4")
        #expect(jar.header(for: "/deep/er", now: 0) == "a=other; a=3; b=2; A=4")
    }

    @Test(arguments: [
        "a=; Max-Age=0", "a=x; max-age=-1", "a=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "a=x; expires=Sunday, 06-Nov-94 08:49:37 GMT", "a=x; Expires=Sun Nov  6 08:49:37 1994",
        "a=x; Expires=Wed, 01 Jan 2098 00:00:00 GMT; Max-Age=0", "a=x; Max-Age=-99999999999999999999",
    ])
    func aCookieEnds(header: String) {
        let now: Int64 = 1_700_000_000_000_000_000
        let before = jar([("a=1", "/"), ("b=2", "/")], at: now)
        var after = before
        _ = after.take([("set-cookie", header)], from: "/", now: now)
        #expect(before.header(for: "/", now: now) == "a=1; b=2")
        #expect(after.header(for: "/", now: now) == "b=2")
        #expect(Cookie.value(of: "a", in: [("set-cookie", header)], now: now) == nil)
    }

    @Test func aCookieLivesAsLongAsItSays() {
        let second: Int64 = 1_000_000_000
        let jar = jar(
            [
                ("a=1; Max-Age=10", "/"), ("b=2; Expires=Thu, 01 Jan 1970 00:00:30 GMT", "/"),
                ("c=3; Expires=tomorrow", "/"), ("d=4; Expires=Fri, 31 Dec 9999 23:59:59 GMT", "/"),
                ("e=5; Max-Age=99999999999999999999", "/"), ("f=6; Max-Age=soon", "/"),
                ("g=7; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=20", "/"),
            ], at: 5 * second)
        #expect(jar.header(for: "/", now: 14 * second) == "a=1; b=2; c=3; d=4; e=5; f=6; g=7")
        #expect(jar.header(for: "/", now: 15 * second) == "b=2; c=3; d=4; e=5; f=6; g=7")
        #expect(jar.header(for: "/", now: 30 * second) == "c=3; d=4; e=5; f=6")
    }

    @Test func whatIsNoCookieIsPassedOver() {
        let jar = jar([("", "/"), ("name", "/"), ("=value", "/"), ("; Path=/", "/"), (" a = b c ;x", "/")])
        #expect(jar.header(for: "/", now: 0) == "a=b c")
        #expect(CookieJar().header(for: "/", now: 0) == nil)
    }

    @Test func aJarHoldsALimitedNumber() {
        var jar = CookieJar()
        func take(_ cookie: String) -> Bool { jar.take([("set-cookie", cookie)], from: "/", now: 0) }
        let hadRoom = (0..<CookieJar.limit).map { take("c\($0)=1") } + [take("c0=2"), take("more=1")]
        #expect(hadRoom.dropLast().allSatisfy { $0 }, "a replaced one needs no room")
        #expect(hadRoom.last == false)
        let sent = jar.header(for: "/", now: 0)?.split(separator: ";").map(String.init)
        #expect(sent?.count == CookieJar.limit && sent?.first == "c1=1" && sent?.last == " more=1")
    }
}

@Suite struct CookieTests {
    private let login = operation("login", request("POST", "/login"))
    private let show = operation("show", request("GET", "/me"), isRead: true)

    private var keeping: RequestDefaults {
        var defaults = RequestDefaults()
        defaults.cookies = true
        return defaults
    }

    /// Each login sets a session of its own; everything else echoes the cookies that came.
    private func service() async throws -> TestServer {
        try await TestServer.start { request in
            let cookie = request.headers["cookie"].joined(separator: " & ")
            let body = #"{"cookie":"\#(cookie)"}"#
            guard request.path == "/login" else { return .json(body) }
            return .status(200, body, headers: ["Set-Cookie: sid=s\(request.number); Path=/; HttpOnly"])
        }
    }

    private func cookies(_ server: TestServer, _ path: String) -> [String] {
        server.requests.filter { $0.path == path }.map { $0.headers["cookie"].joined(separator: " & ") }
    }

    private func burst(_ rounds: Int, before: [Preparation] = [], mix: String, after: [String] = []) -> Load {
        Load(
            shape: .burst(rounds: rounds, clients: 3), before: before,
            mix: [MixEntry(operation: mix, weight: 1)], after: after)
    }

    @Test func nothingIsSentUnlessItIsAskedFor() async throws {
        let server = try await service()
        _ = try await run(
            scenario([login, show], load: burst(1, before: ["login"], mix: "show")), against: [server])
        #expect(cookies(server, "/me") == ["", "", ""])
    }

    @Test func aRoundHasTheSessionOfItsPreparationAndNoOther() async throws {
        let servers = [try await service(), try await service()]
        let run = try await run(
            scenario(
                [login, show], load: burst(3, before: ["login"], mix: "show", after: ["show"]),
                defaults: keeping), against: servers)
        #expect(run.summary.counters.roundsDone == 3)
        #expect(servers.flatMap { cookies($0, "/login") } == ["", "", ""], "a round begins anew")
        let sent = servers.map { cookies($0, "/me") }
        #expect(sent.joined().allSatisfy { $0.hasPrefix("sid=s") })
        #expect(sent.joined().count == 3 * (3 + 2))
        #expect(Set(sent.joined()).count == 3, "\(sent)")
    }

    @Test func aServiceWithoutCookiesIsTold() async throws {
        for (answers, told) in [(["x: y"], true), (["Set-Cookie: a=1"], false)] {
            let server = try await TestServer.start { _ in .status(200, "", headers: answers) }
            let run = try await run(
                scenario([show], load: burst(1, mix: "show"), defaults: keeping), against: [server])
            #expect(
                run.summary.notices
                    == (told ? ["no answer set a cookie, so that `cookies: true` kept none"] : []))
        }
    }

    @Test func stepsGoOnWithWhatTheirOperationWasGivenAndTellNobody() async throws {
        let visit = OperationDeclaration(
            name: "visit",
            steps: [
                Step(name: "in", request: request("POST", "/login")),
                Step(name: "look", request: request("GET", "/me"), captures: [capture("cookie", "cookie")]),
            ])
        let server = try await service()
        let run = try await run(
            scenario([visit], load: burst(2, mix: "visit"), defaults: keeping), against: [server])
        let seen = run.operations("visit").compactMap { $0.captures["cookie"]?.text }
        #expect(seen.count == 6 && Set(seen).count == 6 && seen.allSatisfy { $0.hasPrefix("sid=s") })
        #expect(cookies(server, "/login") == Array(repeating: "", count: 6))
    }

    @Test func aClientOfAClosedLoadKeepsItsOwn() async throws {
        let enough = TestServer.group.any().makePromise(of: Void.self)
        let count = NIOLockedValueBox(0)
        let server = try await TestServer.start { request in
            let number = count.withLockedValue { count in
                count += 1
                return count
            }
            if number == 40 { enough.succeed() }
            let cookie = request.headers["cookie"].first ?? ""
            return .status(
                cookie.isEmpty ? 401 : 200, #"{"cookie":"\#(cookie)"}"#,
                headers: ["Set-Cookie: sid=\(cookie.isEmpty ? "c\(number)" : String(cookie.dropFirst(4)))"])
        }
        let look = operation("look", request("GET", "/me"), captures: [capture("cookie", "cookie")])
        let load = Load(
            shape: .closed(clients: 4, duration: .seconds(600)), mix: [MixEntry(operation: "look", weight: 1)]
        )
        let run = try await run(scenario([look], load: load, defaults: keeping), against: [server]) {
            try await $0.runUntil(enough.futureResult)
        }
        let byClient = Dictionary(grouping: run.operations("look"), by: \.client)
        #expect(byClient.count == 4)
        for operations in byClient.values {
            // The first is refused, and even so its answer sets the session of all that follow.
            #expect(operations.filter { $0.outcome == .fail }.count == 1)
            #expect(Set(operations.compactMap { $0.captures["cookie"] }).count <= 1)
        }
        let sessions = run.operations("look").compactMap { $0.captures["cookie"] }
        #expect(
            Set(sessions).count
                == Set(run.operations("look").filter { $0.outcome == .ok }.map(\.client)).count)
    }

    @Test func everybodyBeginsWithWhatTheSetupLeft() async throws {
        let server = try await service()
        var load = burst(2, mix: "show", after: ["show"])
        load.keys = [KeyDeclaration(name: "user", count: 2)]
        _ = try await run(
            scenario(
                [show], load: load,
                setup: [
                    SetupRequest(request: request("POST", "/login")),
                    SetupRequest(forEach: "user", request: request("POST", "/login")),
                    SetupRequest(request: request("GET", "/last")),
                ], defaults: keeping), against: [server])
        // The logins of single keys begin with the session, and leave nothing.
        #expect(cookies(server, "/login") == ["", "sid=s0", "sid=s0", "sid=s0", "sid=s0"])
        #expect(cookies(server, "/last") == ["sid=s0"])
        #expect(Set(cookies(server, "/me")) == ["sid=s0"])
    }

    /// They are client 0's: whoever else read them would see another session, and contradict its writes.
    @Test func finalReadsHaveTheSessionOfTheirClient() async throws {
        let model = Model(
            name: "m",
            kind: .register(
                write: [OperationBinding(operation: "login", value: template("1"))],
                read: [Observation(operation: "show", value: template("${{ client }}"))]),
            key: template("k"))
        let load = Load(
            shape: .closed(clients: 1, duration: .seconds(600)),
            mix: [MixEntry(operation: "login", weight: 1)])
        let enough = TestServer.group.any().makePromise(of: Void.self)
        let server = try await TestServer.start { request in
            if request.number == 5 { enough.succeed() }
            return .status(200, "", headers: ["Set-Cookie: sid=s\(request.number)"])
        }
        _ = try await run(
            scenario([login, show], load: load, models: [model], defaults: keeping), against: [server]
        ) {
            try await $0.runUntil(enough.futureResult)
            try await $0.readFinally()
        }
        let logins = cookies(server, "/login")
        #expect(logins.count > 5)
        #expect(cookies(server, "/me") == ["sid=s\(logins.count - 1)"])
    }

    @Test func aCookieHeaderOfItsOwnReplacesTheJar() async throws {
        let own = operation("own", request("GET", "/own", headers: [("cookie", "mine=1")]), isRead: true)
        let server = try await service()
        _ = try await run(
            scenario([login, own], load: burst(1, before: ["login"], mix: "own"), defaults: keeping),
            against: [server])
        #expect(cookies(server, "/own") == ["mine=1", "mine=1", "mine=1"])
    }

    @Test func onceIsOneClient() async throws {
        let server = try await service()
        let told = NIOLockedValueBox<[Exchange]>([])
        _ = try await run(
            scenario([login, show], load: burst(1, mix: "login", after: ["show"]), defaults: keeping),
            against: [server]
        ) { traffic in
            let exchanges = try await traffic.once()
            told.withLockedValue { $0 = exchanges }
        }
        #expect(cookies(server, "/me") == ["sid=s0"])
        #expect(told.withLockedValue { $0.last?.request.contains("cookie: sid=s0") } == true)
    }

    @Test func aSteppedRoundHasTheSessionOfItsPreparation() async throws {
        let server = try await service()
        _ = try await run(
            scenario([login, show], load: burst(2, before: ["login"], mix: "show"), defaults: keeping),
            against: [server]
        ) { traffic in
            try await traffic.setUp(exploring: true)
            try await traffic.explore {
                for number in 0..<2 {
                    let round = try #require(
                        try await traffic.prepare(round: number, operations: ["show", "show"]))
                    for index in 0..<2 {
                        try await round.admit(index)
                        _ = try await round.answer(to: index)
                    }
                    round.close()
                }
            }
        }
        #expect(cookies(server, "/login") == ["", ""])
        #expect(cookies(server, "/me") == ["sid=s0", "sid=s0", "sid=s3", "sid=s3"])
    }

    @Test func aCaptureTakesTheCookieThatAnAnswerSets() async throws {
        func take(_ name: String) -> Capture { Capture(name: name, source: .cookie(name)) }
        let server = try await TestServer.start { _ in
            .status(
                200, "",
                headers: [
                    "Set-Cookie: sid=first", "set-cookie: sid=a=b; Path=/x", "Set-Cookie: gone=1; Max-Age=0",
                    "Set-Cookie: SID=other",
                ])
        }
        let enter = operation(
            "enter", request("POST", "/"), captures: [take("sid"), take("gone"), take("none")])
        let run = try await run(single(enter), against: [server])
        #expect(run.operations("enter").first?.captures.dictionary == ["sid": "a=b"])
    }
}
