// What the form says about absence, steps without effect, refused connections, spread, files and commands.

import Core
import Histories
import Testing

@testable import Scenarios

@Suite struct FormAdditionTests {
    // MARK: - Absence

    private func absence(_ written: String) -> String {
        scenario(
            operations: """
                  put: { http: PUT /item, vary: { word: unique } }
                  show: { http: GET /item, effect: none, capture: { word: json $.word } }

                """,
            more: """
                models:
                  m:
                    register:
                      key: k
                      write: { operation: put, value: "${{ word }}" }
                      read: { operation: show, value: "${{ word }}", absent: \(written) }
                """)
    }

    @Test(arguments: [
        ("404", "status 404"), ("json $.kvs absent", "json $.kvs absent"),
        ("[404, 'status 200 and header X-Gone present']", "status 404, status 200 and header x-gone present"),
    ])
    func absenceIsAnyConditionOnAnAnswer(written: String, conditions: String) throws {
        let scenario = try Fixture.resolve(absence(written))
        let read = try #require(scenario.models[0].observations.first)
        #expect(read.absent.map(\.description).joined(separator: ", ") == conditions)
        #expect(try Fixture.resolve(scenario.resolvedYAML()).comparable == scenario.comparable)
    }

    @Test(arguments: ["timeout", "disconnected", "refused", "[404, refused]"])
    func anAnswerThatNeverCameShowsNoAbsence(written: String) {
        let problems = Fixture.problems(absence(written))
        #expect(problems.contains("is no answer: it observes nothing"), "\(problems)")
    }

    @Test func absenceWithoutAStatusSpeaksOfOkAnswersOnly() throws {
        let bare = try #require(try AnswerPattern.alternatives("json $.kvs absent").first)
        let named = try #require(try AnswerPattern.alternatives("status 500 and json $.kvs absent").first)
        let empty = Answer(status: 200, json: .object([:]))
        let broken = Answer(status: 500, json: .object(["error": "no"]))
        #expect(bare.showsAbsence(in: empty, outcome: .ok))
        #expect(!bare.showsAbsence(in: broken, outcome: .fail))
        #expect(named.showsAbsence(in: broken, outcome: .fail))
        #expect(!bare.showsAbsence(in: Answer(status: 200, json: .object(["kvs": 1])), outcome: .ok))
    }

    @Test func absenceCannotHoldAValueOfTheEnvironment() throws {
        let file = try Fixture.parse(absence("'json $.state == \"${{ env.GONE }}\"'"))
        let error = #expect(throws: ScenarioErrors.self) {
            try file.resolve(environment: ["GONE": "vanished"])
        }
        #expect(
            error?.description.contains("holds a value of the environment") == true,
            "\(String(describing: error))")
    }

    /// As redacted words it would never be met, and no answer would claim anything.
    @Test func aClaimCannotDependOnAValueOfTheEnvironment() throws {
        let file = try Fixture.parse(
            scenario(
                operations: "  put: { http: PUT /item }\n",
                more: """
                    models:
                      m:
                        unique:
                          key: k
                          claim: { operation: put, when: 'json $.state == "${{ env.GONE }}"' }
                    """))
        let error = #expect(throws: ScenarioErrors.self) {
            try file.resolve(environment: ["GONE": "vanished"])
        }
        #expect(
            error?.description.contains("holds a value of the environment") == true,
            "\(String(describing: error))")
    }

    // MARK: - Steps

    @Test func aStepMayHaveNoEffect() throws {
        let scenario = try Fixture.resolve(
            scenario(
                operations: """
                      put:
                        steps:
                          - { http: POST /search, effect: none, json: {} }
                          - { http: PUT /item }

                    """))
        #expect(scenario.operations[0].steps.map(\.isRead) == [true, false])
        #expect(!scenario.operations[0].isRead)
        #expect(try Fixture.resolve(scenario.resolvedYAML()).comparable == scenario.comparable)
    }

    @Test func anOperationWhoseStepsAllHaveNoEffectSaysSoItself() {
        let problems = Fixture.problems(
            scenario(operations: "  put: { steps: [{ http: POST /search, effect: none }] }\n"))
        #expect(problems.contains("error: no step of `put` has an effect"), "\(problems)")
        let wrong = Fixture.problems(
            scenario(operations: "  put: { steps: [{ http: POST /search, effect: some }] }\n"))
        #expect(wrong.contains("`some` is no effect"), "\(wrong)")
    }

    @Test func aRefusedConnectionIsACondition() throws {
        let scenario = try Fixture.resolve(
            scenario(
                operations: "  put: { http: PUT /item, retry: { when: \"409, refused\", attempts: 3 } }\n"))
        let retry = try #require(scenario.operations[0].steps[0].retry)
        #expect(retry.on.map(\.description) == ["status 409", "refused"])
        let refused = Answer(status: nil, failure: .refused)
        #expect(retry.on.contains { $0.matches(refused) })
        #expect(!retry.on.contains { $0.matches(Answer(status: nil, failure: .disconnected)) })
    }

    // MARK: - Spread

    @Test func aBurstKeepsToItsReplicasUnlessItSaysOtherwise() throws {
        func spread(_ load: String) throws -> Spread { try Fixture.resolve(scenario(load: load)).load.spread }
        let burst = "{ burst: { rounds: 1, clients: 2 }, each-round: { mix: { put: 1 } }"
        #expect(try spread(burst + " }") == .pinned)
        #expect(try spread(burst + ", spread: round-robin }") == .roundRobin)
        #expect(try spread(burst + ", spread: random }") == .random)
        #expect(try spread("{ clients: 2, for: 1s, mix: { put: 1 } }") == .roundRobin)
    }

    // MARK: - Commands and files

    private func service(_ environment: String, _ command: String) -> String {
        """
        version: 1
        name: small
        target:
          service: { command: [server], environment: { \(environment) } }
          database: { postgresql: {} }
          prepare: [\(command)]
        operations:
          put: { http: PUT /item }
        load: { clients: 2, for: 1s, mix: { put: 1 } }
        """
    }

    @Test(arguments: [
        ("PORT: \"${{ port }}\"", "[sh, -c, \"echo $PORT\"]", "6:22", "PORT"),
        ("HERE: \"${{ replica.directory }}\"", "[sh, -c, \"cd ${HERE:-x}; ls\"]", "6:22", "HERE"),
        ("URL: \"${{ database.url }}?r=${{ replica.index }}\"", "[./migrate]", "4:48", "URL"),
    ])
    func aCommandThatMissesAVariableIsAnError(
        environment: String, command: String, place: String, name: String
    ) {
        let problems = Fixture.problems(service(environment, command))
        #expect(
            problems.hasPrefix(
                "test.yaml:\(place): error: `prepare` runs once for all replicas and does not get `\(name)`"),
            "\(problems)")
    }

    @Test(arguments: [
        (
            "command: [a, \"${{ replica[2].port }}\"], replicas: 2",
            "undefined placeholder `replica[2].port` in `command`", "`replica[0].port`"
        ),
        (
            "command: [a, \"${{ replica.ports.pear }}\"], ports: [peer]",
            "undefined placeholder `replica.ports.pear`", "did you mean `replica.ports.peer`?"
        ),
        ("command: [a, \"${{ replica[0.port }}\"]", "`replica[0.port` is no placeholder name", ""),
        ("command: [a], ports: [peer, peer]", "`ports` names one twice", ""),
        ("command: [a], ports: [8080]", "`8080` is no name of a port", "contend chooses the number"),
        ("command: [a], start: one-by-ones", "`one-by-ones` is no start", "did you mean `one-by-one`?"),
        ("urls: [\"http://127.0.0.1:1\"], ports: [peer]", "`ports` has no meaning beside `urls`", ""),
        ("urls: [\"http://127.0.0.1:1\"], start: together", "`start` has no meaning beside `urls`", ""),
        ("urls: [\"ftp://127.0.0.1:1\"]", "is no URL that contend can reach", "or https://host:port"),
        ("urls: [\"http://127.0.0.1:1\"], tls: {}", "no URL begins with https://", ""),
        ("command: [a], tls: { certificate: a.pem }", "a certificate needs its key", ""),
        (
            "command: [a], tls: { ca: a.pem, insecure: true }", "`ca` has no meaning beside `insecure: true`",
            ""
        ),
        (
            "command: [a], tls: { server-name: \"127.0.0.1\" }", "`127.0.0.1` is no name of a host",
            "api.example.com"
        ),
        ("command: [a], tls: { server-name: \"https://a\" }", "`https://a` is no name of a host", ""),
        ("command: [a], tls: { certs: a.pem }", "unknown key `certs` in tls", ""),
        ("command: [a], tls: { ca: \"${{ port }}\" }", "undefined placeholder `port` in `tls`", ""),
    ])
    func whatAServiceCannotHaveIsAnError(service: String, error: String, suggestion: String) {
        let problems = Fixture.problems(
            """
            version: 1
            name: small
            target: { service: { \(service) } }
            operations:
              put: { http: PUT /item }
            load: { clients: 2, for: 1s, mix: { put: 1 } }
            """)
        #expect(problems.contains(error) && problems.contains(suggestion), "\(problems)")
    }

    @Test(arguments: [
        ("urls: [\"http://127.0.0.1:1\"]", nil),
        ("urls: [\"http://127.0.0.1:1\", \"https://127.0.0.1:2\"]", TLSDeclaration()),
        ("command: [a]", nil),
        ("command: [a], tls: {}", TLSDeclaration()),
        ("command: [a], tls: { insecure: true }", TLSDeclaration(isInsecure: true)),
    ])
    func aServiceSpeaksTLSByItsURLsOrByDeclaration(service: String, security: TLSDeclaration?) throws {
        let scenario = try Fixture.resolve(
            """
            version: 1
            name: small
            target: { service: { \(service) } }
            operations:
              put: { http: PUT /item }
            load: { clients: 2, for: 1s, mix: { put: 1 } }
            """)
        #expect(scenario.target.service.security == security)
    }

    @Test func operationsMayHaveNamesThatArePlaceholdersWithoutParts() {
        func problems(_ name: String) -> String {
            Fixture.problems(
                scenario(operations: "  \(name): { http: PUT /item }\n  put: { http: PUT /item }\n"))
        }
        for name in ["port", "unique", "uuid", "client", "round"] { #expect(problems(name).isEmpty) }
        for name in ["run", "scenario", "env", "secret", "now", "database", "replica"] {
            #expect(problems(name).contains("`\(name)` cannot be the name of an operation"))
        }
    }

    @Test func aCommandIsAnOperation() throws {
        let scenario = try Fixture.resolve(
            scenario(
                operations: """
                      put:
                        command: [./work, "${{ kind }}", "${{ replica.index }}"]
                        vary: { kind: [a, b] }
                        outcome:
                          { ok: 'exit 0 and json $.job present', fail: [exit 3, exit 4], unknown: timeout }
                        capture: { job: json $.job, code: status }

                    """))
        let step = scenario.operations[0].steps[0]
        #expect(step.request.command.map(\.source) == ["./work", "${{ kind }}", "${{ replica.index }}"])
        #expect(step.request.target.source == "./work ${{ kind }} ${{ replica.index }}")
        #expect(step.outcome.fail.map(\.description) == ["exit 3", "exit 4"])
        #expect(try Fixture.resolve(scenario.resolvedYAML()).comparable == scenario.comparable)
    }

    @Test(arguments: [
        ("{ command: [a], http: GET / }", "`command` cannot stand beside `http`"),
        ("{ vary: { a: unique } }", "an operation needs `http` or `command`"),
        ("{ command: [] }", "this command is empty"),
        ("{ command: [a], json: {} }", "`json` has no meaning beside `command`"),
        ("{ command: [a], headers: { A: b } }", "`headers` has no meaning beside `command`"),
        ("{ command: [a], outcome: { fail: 409 } }", "`status 409` cannot be said of a command"),
        ("{ command: [a], outcome: { fail: refused } }", "`refused` cannot be said of a command"),
        ("{ http: GET /, outcome: { fail: exit 1 } }", "`exit 1` cannot be said of an HTTP answer"),
        ("{ command: [a], outcome: { fail: exit 256 } }", "`256` is no exit status"),
        ("{ command: [a], capture: { b: header C } }", "a command has neither headers nor cookies for `b`"),
        ("{ command: [a, \"${{ replica[3].port }}\"] }", "undefined placeholder `replica[3].port`"),
        ("{ command: [a], outcome: { fail: \"exit 3, 4\" } }", "exit 3"),
        ("{ steps: [{ command: [a] }, { http: GET /, command: [a] }] }", "cannot stand beside `http`"),
    ])
    func whatACommandCannotHaveIsAnError(operation: String, error: String) {
        let problems = Fixture.problems(scenario(operations: "  put: \(operation)\n"))
        #expect(problems.contains(error), "\(problems)")
    }

    @Test(arguments: [
        ("PORT: \"${{ port }}\"", "[./migrate]"), ("PORT: \"${{ port }}\"", "[sh, -c, \"echo $PORTS\"]"),
        ("URL: \"${{ database.url }}\"", "[sh, -c, \"echo $URL\"]"),
        (
            "URL: \"${{ database.url }}?r=${{ replica.index }}\"",
            "[env, \"URL=${{ database.url }}\", ./migrate]"
        ),
    ])
    func aCommandThatMissesNothingIsRight(environment: String, command: String) {
        #expect(Fixture.problems(service(environment, command)).isEmpty)
    }

    @Test(arguments: ["../a.conf", "a/../../b", "${{ replica.index }}/../../a"])
    func aFileThatClimbsOutOfTheRunsFolderIsAnError(path: String) {
        let problems = Fixture.problems(
            scenario(service: "{ command: [server], files: [{ path: \"\(path)\", text: a }] }"))
        #expect(problems.contains("error: this path leads out of the run's folder"), "\(problems)")
    }

    @Test(arguments: ["a/../b", "${{ run.directory }}/a", "./a"])
    func aFileInTheRunsFolderIsRight(path: String) {
        let text = scenario(service: "{ command: [server], files: [{ path: \"\(path)\", text: a }] }")
        #expect(Fixture.problems(text).isEmpty)
    }
}
