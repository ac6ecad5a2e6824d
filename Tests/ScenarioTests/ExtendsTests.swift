// `extends`, parameters, and the axes that every scenario has.

import Core
import Testing

@testable import Scenarios

@Suite struct ExtendsTests {
    @Test func childOverridesMapsDeeplyAndListsWhole() throws {
        let child = """
            extends: ../base/small.yaml
            name: child
            tags: [b]
            target: { service: { replicas: 5 }, database: { postgresql: {} } }
            operations:
              put: { body: null, json: { a: 1 } }
              get: { http: GET /item, effect: none }
            load: { burst: { rounds: 3, clients: 4 }, each-round: { mix: { put: 1 } } }
            """
        let base = scenario(more: "tags: [a, c]\nseed: 4")
        let file = try Fixture.parse(
            child, path: "runs/mine/child.yaml", others: ["runs/base/small.yaml": base])
        let resolved = try file.resolve(environment: [:])
        #expect(file.name == "child")
        #expect(resolved.tags == ["b"])
        #expect(resolved.seed == 4)
        #expect(resolved.target.service.replicas == 5)
        #expect(resolved.target.service.command.count == 2)
        #expect(resolved.target.database == .postgresql(settings: [:], url: nil))
        #expect(resolved.operations.map(\.name) == ["put", "get"])
        #expect(resolved.operations[0].steps[0].request.body == .json(.object(["a": .literal(1)])))
        #expect(resolved.load.shape == .burst(rounds: 3, clients: 4))
    }

    @Test(arguments: [
        (
            "ramp: [1, 2], for: 3s", "burst: { rounds: 3, clients: 4 }, each-round: { mix: { put: 1 } }",
            Load.Shape.burst(rounds: 3, clients: 4)
        ),
        ("ramp: [1, 2], for: 3s", "clients: 5", .closed(clients: 5, duration: .seconds(3))),
        (
            "ramp: [1, 2], for: 3s", "rate: 4/s, clients: 5",
            .open(perSecond: 4, startClients: 5, clients: 5, duration: .seconds(3))
        ),
        ("clients: 5, for: 3s", "ramp: [1, 2]", .ramp(clients: [1, 2], duration: .seconds(3))),
        ("rate: 4/s, clients: 5, for: 3s", "ramp: [1, 2]", .ramp(clients: [1, 2], duration: .seconds(3))),
    ])
    func aLoadOfAnotherShapeReplacesTheInheritedOne(
        base: String, child: String, shape: Load.Shape
    ) throws {
        let file = try Fixture.parse(
            "extends: base.yaml\nname: child\nload: { \(child) }\n", path: "child.yaml",
            others: ["base.yaml": scenario(load: "{ \(base), mix: { put: 1 } }")])
        #expect(try file.resolve(environment: [:]).load.shape == shape)
    }

    @Test func errorsInTheBaseNameTheBase() {
        let base = scenario(load: "{ clients: 0, for: 1s, mix: { put: 1 } }")
        let text = Fixture.problems("extends: base.yaml\nname: child\n", others: ["base.yaml": base])
        #expect(
            text == """
                base.yaml:8:18: error: 0 is out of range
                  load: { clients: 0, for: 1s, mix: { put: 1 } }
                                   ^
                  expected a whole number from 1 to 100000
                """)
    }

    @Test func cyclesMissingFilesAndDepthAreErrors() {
        let cycle = Fixture.problems("extends: a.yaml\n", others: ["a.yaml": "extends: ./test.yaml\n"])
        #expect(
            cycle.contains(
                "a.yaml:1:10: error: `./test.yaml` extends this file in turn: test.yaml → a.yaml → test.yaml")
        )
        #expect(Fixture.problems("extends: b.yaml\n").contains("`b.yaml` cannot be read: no such file"))
        let chain = Dictionary(
            uniqueKeysWithValues: (0..<20).map { ("\($0).yaml", "extends: \($0 + 1).yaml\n") })
        #expect(
            Fixture.problems("extends: 0.yaml\n", others: chain).contains(
                "more than 8 files extend each other"))
    }

    @Test func aLoneParameterKeepsItsTypeWhereverItStands() throws {
        let text = scenario(
            service: "{ command: [server, \"--n=${{ n }}\"], replicas: \"${{ n }}\" }",
            operations:
                "  put: { http: \"PUT /item\", json: { n: \"${{ n }}\", t: \"x${{ n }}\", l: \"${{ list }}\" } }\n",
            load: "{ clients: \"${{ n }}\", for: \"${{ time }}\", mix: { put: \"${{ n }}\" } }",
            more: "parameters: { n: 2, time: 3s, list: [1, a] }")
        let resolved = try Fixture.resolve(text, ["n": 4])
        #expect(resolved.target.service.replicas == 4)
        #expect(resolved.target.service.command[1] == literal("--n=4"))
        #expect(resolved.load.shape == .closed(clients: 4, duration: .seconds(3)))
        #expect(resolved.load.mix == [MixEntry(operation: "put", weight: 4)])
        #expect(
            resolved.operations[0].steps[0].request.body
                == .json(
                    .object([
                        "n": .literal(4), "t": .literal("x4"), "l": .array([.literal(1), .literal("a")]),
                    ])))
    }

    @Test(arguments: [
        ("{ nodes: 0 }", "0 is out of range"), ("{ nodes: 8 }", "8 is out of range"),
        ("{ nodes: three }", "expected a whole number"),
        ("{ url: \"mysql://h/\" }", "write `mariadb: { url: … }`"),
        ("{ settings: 5 }", "expected a map of the server's settings"),
    ])
    func whatNoClusterCanBeIsRefused(galera: String, message: String) {
        let problems = Fixture.problems(scenario(database: "{ galera: \(galera) }"))
        #expect(problems.contains(message), "\(problems)")
    }

    @Test func aClusterIsWrittenAndReadAgain() throws {
        let read = try Fixture.resolve(
            scenario(database: "{ galera: { nodes: 2, settings: { wsrep_sync_wait: 1 } } }"))
        #expect(try Fixture.resolve(read.resolvedYAML()).target.database == read.target.database)
    }

    @Test func builtInAxesActAsTheFlagsWould() throws {
        let both = "{ postgresql: { settings: { fsync: off } }, sqlite: {} }"
        let text = scenario(database: both)
        let fsyncOff = DatabaseDeclaration.postgresql(settings: ["fsync": "off"], url: nil)
        #expect(try Fixture.resolve(text).target.database == fsyncOff)
        #expect(try Fixture.resolve(text, ["database": "postgresql"]).target.database == fsyncOff)
        #expect(try Fixture.resolve(text, ["database": "sqlite"]).target.database == .sqlite)
        #expect(
            try Fixture.resolve(text, ["database": "postgresql://h/"]).target.database
                == .postgresql(settings: [:], url: literal("postgresql://h/")))
        let maria = scenario(database: "{ sqlite: {}, mariadb: { settings: { max_connections: 9 } } }")
        #expect(try Fixture.resolve(maria).target.database == .sqlite)
        #expect(
            try Fixture.resolve(maria, ["database": "mariadb"]).target.database
                == .mariadb(settings: ["max_connections": "9"], url: nil))
        let galera = scenario(
            database: "{ sqlite: {}, galera: { nodes: 5, settings: { max_connections: 9 } } }")
        #expect(
            try Fixture.resolve(galera, ["database": "galera"]).target.database
                == .galera(nodes: 5, settings: ["max_connections": "9"]))
        #expect(
            try Fixture.resolve(text, ["database": "galera"]).target.database
                == .galera(nodes: 3, settings: [:]))
        for url in ["mysql://h/", "mariadb://h/"] {
            #expect(
                try Fixture.resolve(text, ["database": .string(url)]).target.database
                    == .mariadb(settings: [:], url: literal(url)))
        }
        #expect(throws: ScenarioErrors.self) { try Fixture.resolve(text, ["database": "oracle"]) }
        #expect(try Fixture.resolve(text, ["replicas": 7]).target.service.replicas == 7)
        #expect(try Fixture.resolve(text, ["clients": 9]).load.clients == 9)
        let open = scenario(load: "{ rate: 5/s, clients: { start: 8, most: 16 }, for: 1s, mix: { put: 1 } }")
        #expect(
            try Fixture.resolve(open, ["clients": 4]).load.shape
                == .open(perSecond: 5, startClients: 4, clients: 4, duration: .seconds(1)))
        let burst = scenario(load: "{ burst: { rounds: 2, clients: 3 }, each-round: { mix: { put: 1 } } }")
        #expect(try Fixture.resolve(burst, ["clients": 4]).load.shape == .burst(rounds: 2, clients: 4))
    }

    @Test func unknownSettingsNameTheNearestParameter() {
        let errors = #expect(throws: ScenarioErrors.self) {
            try Fixture.resolve(scenario(more: "parameters: { guard: a }"), ["gaurd": "b"])
        }
        #expect(errors?.diagnostics.first?.message == "there is no parameter `gaurd` to set")
        #expect(errors?.diagnostics.first?.suggestion == "did you mean `guard`?")
    }

    @Test func environmentTextServesWhereANumberIsWanted() throws {
        let file = try Fixture.parse(
            scenario(load: "{ clients: \"${{ env.N }}\", for: 1s, mix: { put: 1 } }"))
        #expect(try file.resolve(environment: ["N": "12"]).load.clients == 12)
        #expect(throws: ScenarioErrors.self) { try file.resolve(environment: ["N": "many"]) }
        #expect(throws: ScenarioErrors.self) { try file.resolve(environment: [:]) }
    }

    @Test func defaultHeadersAreInheritedUnlessReplaced() throws {
        let text = scenario(
            operations: "  put: { http: PUT /item, headers: { accept: b } }\n",
            more: "defaults: { timeout: 3s, headers: { Accept: a, X: c } }")
        let request = try Fixture.resolve(text).operations[0].steps[0].request
        #expect(request.timeout == .seconds(3))
        #expect(
            request.headers == [
                HeaderTemplate(name: "X", value: literal("c")),
                HeaderTemplate(name: "accept", value: literal("b")),
            ])
    }

    @Test func aNeedingOperationKnowsWhatItNeedsByBothNames() throws {
        let operations = """
              add: { http: POST /a, vary: { n: 1..2 }, capture: { id: json $.id } }
              put: { needs: add, http: "PUT /${{ id }}/${{ add.id }}/${{ n }}/${{ add.n }}" }
              cut: { needs: put, http: "DELETE /${{ add.id }}" }

            """
        #expect(Fixture.problems(scenario(operations: operations)).isEmpty)
        let circle =
            "  a: { needs: b, http: GET / }\n  put: { needs: a, http: GET / }\n  b: { needs: a, http: GET / }\n"
        #expect(Fixture.problems(scenario(operations: circle)).contains("`a` needs itself"))
    }
}
