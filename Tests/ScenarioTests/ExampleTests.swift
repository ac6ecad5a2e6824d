// The two example files decode to the values that they say.

import Core
import Testing

@testable import Scenarios

@Suite struct ExampleTests {
    @Test func imageDeactivateDecodesUnderItsDefaults() throws {
        let file = try Fixture.file("image-deactivate.yaml")
        #expect(file.name == "image-deactivate")
        #expect(file.parameters == [Parameter(name: "guard", value: "compare-and-swap")])
        #expect(file.hints.isEmpty)
        let scenario = try file.resolve(environment: [:])
        #expect(scenario.seed == 20_150_528)
        #expect(scenario.tags == ["status", "glance"])
        #expect(scenario.target.database == .sqlite)
        let service = scenario.target.service
        #expect(service.command.map(\.parts).last == [.literal("compare-and-swap")])
        #expect(service.command[2].placeholders == ["port"])
        #expect(
            service.environment == [
                EnvironmentVariable(name: "DATABASE_URL", value: placeholder("database.url"))
            ])
        #expect(service.replicas == 3)
        #expect(
            service.ready
                == Readiness(
                    path: literal("/healthcheck"), status: StatusSet([200...200]), within: .seconds(20)))
        #expect(scenario.operations.map(\.name) == ["create", "upload", "deactivate", "rename", "show"])
        #expect(scenario.operations.map(\.isRead) == [false, false, false, false, true])
    }

    @Test func imageDeactivateOperationsHoldRequestCapturesAndRules() throws {
        let scenario = try Fixture.file("image-deactivate.yaml").resolve(environment: [:])
        let create = try #require(scenario.operation(named: "create")?.steps.first)
        #expect(create.request.body == .json(.object(["name": .literal("first")])))
        #expect(
            create.captures == [Capture(name: "image", source: .json(JSONPath(segments: [.member("id")])))])
        #expect(create.outcome == OutcomeRules(ok: [statuses(201)]))
        let upload = try #require(scenario.operation(named: "upload")?.steps.first)
        #expect(upload.request.body == .zeros(bytes: 1024))
        #expect(upload.outcome.fail == [statuses(409, 410, 413)])
        #expect(
            upload.request.headers == [
                HeaderTemplate(name: "Content-Type", value: literal("application/octet-stream"))
            ])
        let rename = try #require(scenario.operation(named: "rename")?.steps.first)
        #expect(rename.request.method == "PATCH")
        #expect(rename.request.target.parts == [.literal("/v2/images/"), .placeholder("image")])
        #expect(
            rename.request.body
                == .json(
                    .array([
                        .object([
                            "op": .literal("replace"), "path": .literal("/name"),
                            "value": .template(placeholder("unique")),
                        ])
                    ])))
    }

    @Test func imageDeactivateModelsAndLoadDecode() throws {
        let scenario = try Fixture.file("image-deactivate.yaml").resolve(environment: [:])
        let status = try #require(scenario.models.first)
        #expect(status.key == placeholder("image"))
        #expect(status.initial == .literal("active"))
        #expect(
            status.kind
                == .stateMachine(
                    transitions: [
                        Transition(
                            operation: "deactivate", from: ["active", "deactivated"], to: "deactivated")
                    ], observe: [Observation(operation: "show", value: placeholder("status"))]))
        #expect(
            scenario.models.last?.kind
                == .register(
                    write: [OperationBinding(operation: "rename", value: placeholder("unique"))],
                    read: [Observation(operation: "show", value: placeholder("name"))]))
        #expect(
            scenario.load
                == Load(
                    shape: .burst(rounds: 200, clients: 12), before: ["create", "upload"],
                    mix: [
                        MixEntry(operation: "deactivate", weight: 1),
                        MixEntry(operation: "rename", weight: 3),
                    ],
                    after: ["show"]))
        #expect(
            scenario.thresholds == [
                Threshold(
                    measure: .contention, comparison: .greaterOrEqual, limit: 0.2, source: "rate>=20%",
                    position: SourcePosition(line: 75, column: 16, file: "image-deactivate.yaml"))
            ])
    }

    @Test func matrixCellsAreTheProductAndTheFirstExpectationWins() throws {
        let file = try Fixture.file("image-deactivate.yaml")
        let cells = file.cells()
        #expect(cells.count == 6)
        #expect(cells.first?.map(\.value) == ["check-then-act", "sqlite"])
        #expect(cells.last?.map(\.value) == ["row-lock", "postgresql"])
        #expect(file.expectation(for: cells[1])?.verdict == .violation)
        #expect(file.expectation(for: cells[1])?.finding == .lostUpdate)
        #expect(file.expectation(for: cells[2])?.verdict == .pass)
        let scenario = try file.resolve(["guard": "row-lock", "database": "postgresql"], environment: [:])
        #expect(scenario.target.database == .postgresql(settings: [:], url: nil))
        #expect(scenario.target.service.command.last == literal("row-lock"))
        #expect(scenario.parameters == [Parameter(name: "guard", value: "row-lock")])
    }

    @Test func ordersQuotaDecodesWithItsEnvironment() throws {
        let file = try Fixture.file("orders-quota.yaml")
        let scenario = try file.resolve(environment: ["PGSERVER": "postgresql://me:pw@127.0.0.1/"])
        #expect(
            scenario.target.database
                == .postgresql(settings: [:], url: literal("postgresql://me:pw@127.0.0.1/")))
        #expect(scenario.sensitiveValues == ["postgresql://me:pw@127.0.0.1/"])
        #expect(scenario.target.prepare == [[literal("./bin/orders"), literal("migrate")]])
        #expect(scenario.target.service.stop == StopDeclaration(signal: .term, grace: .seconds(5)))
        #expect(scenario.secrets == ["API_TOKEN"])
        #expect(scenario.defaults.timeout == .seconds(2))
        let setup = try #require(scenario.setup.first)
        #expect(setup.forEach == "account")
        #expect(setup.expect == [statuses(201)])
        #expect(setup.request.timeout == .seconds(2))
        let reserve = try #require(scenario.operation(named: "reserve"))
        #expect(reserve.vary == [NamedVariation(name: "units", variation: .range(1...3))])
        #expect(reserve.steps[0].outcome.fail == [statuses(409, 422)])
        #expect(
            reserve.steps[0].outcome.unknown == [
                AnswerPattern([.status(StatusSet([500...599]))]), AnswerPattern([.timeout]),
                AnswerPattern([.disconnected]),
            ])
        #expect(
            reserve.steps[0].request.headers.map(\.value.parts) == [
                [.literal("Bearer "), .placeholder("secret.API_TOKEN")]
            ])
        #expect(scenario.operation(named: "release")?.needs == Need(operation: "reserve"))
    }

    @Test func ordersQuotaJudgementAndLoadDecode() throws {
        let scenario = try Fixture.file("orders-quota.yaml").resolve(environment: [
            "PGSERVER": "postgresql://h/"
        ])
        #expect(
            scenario.models.first?.kind
                == .boundedCounter(
                    limit: Template(parts: [.literal("10")], constant: 10),
                    add: [OperationBinding(operation: "reserve", value: placeholder("units"))],
                    subtract: [OperationBinding(operation: "release", value: placeholder("reserve.units"))],
                    observe: [Observation(operation: "usage", value: placeholder("used"))]))
        #expect(scenario.models.first?.initial == .literal(0))
        #expect(
            scenario.invariants.map(\.kind) == [
                .always(
                    Condition(
                        .compare(
                            Comparison(
                                left: .field(operation: "usage", name: "used"), comparison: .lessOrEqual,
                                right: .literal(10))), source: "usage.used <= 10")),
                .unique(operation: "reserve", name: "reservation"),
                .finally(
                    Condition(
                        .compare(
                            Comparison(
                                left: .field(operation: "usage", name: "used"), comparison: .equal,
                                right: .subtract(
                                    .sum(operation: "reserve", name: "units"),
                                    .sum(operation: "release", name: "units")))),
                        source: "usage.used == sum(reserve.units) - sum(release.units)")),
                .progress(operation: "reserve", within: .seconds(5), outsideFaults: true),
            ])
        #expect(
            scenario.load.shape
                == .open(perSecond: 400, startClients: 32, clients: 200, duration: .seconds(30)))
        #expect(scenario.load.keys == [KeyDeclaration(name: "account", count: 4)])
        #expect(
            scenario.faults == [
                FaultDeclaration(
                    when: .at(.seconds(8)), victim: .replica(1), action: .pause(for: .milliseconds(1500))),
                FaultDeclaration(
                    when: .every(.seconds(10)), victim: .any, action: .kill(restartAfter: .seconds(1))),
            ])
        #expect(
            scenario.thresholds.map(\.measure) == [
                .latency(percentile: 99), .outcome(.unknown),
            ])
        #expect(scenario.thresholds.map(\.operation) == ["reserve", nil])
        #expect(scenario.thresholds.map(\.limit) == [0.25, 0.05])
    }

    @Test func missingEnvironmentIsAnErrorOnlyWhenResolved() throws {
        let file = try Fixture.file("orders-quota.yaml")
        let errors = #expect(throws: ScenarioErrors.self) { try file.resolve(environment: [:]) }
        #expect(
            errors?.description == """
                orders-quota.yaml:13:25: error: the environment has no PGSERVER
                      postgresql: { url: "${{ env.PGSERVER }}" }     # an existing server; ${{ database.url }} is the fresh database made on it
                                          ^
                """)
    }
}

func literal(_ text: String) -> Template { Template(parts: [.literal(text)]) }
func placeholder(_ name: String) -> Template { Template(parts: [.placeholder(Placeholder(name))]) }
func statuses(_ statuses: Int...) -> AnswerPattern {
    AnswerPattern([.status(StatusSet(statuses.map { $0...$0 }))])
}
