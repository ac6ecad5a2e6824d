// The text of each class of error, as a user reads it.

import Testing

@testable import Scenarios

@Suite struct DiagnosticTests {
    @Test func unknownKeyNamesTheNearest() {
        #expect(
            Fixture.problems(scenario(more: "thresholdz: {}")) == """
                test.yaml:9:1: error: unknown key `thresholdz` in a scenario
                  thresholdz: {}
                  ^
                  did you mean `thresholds`?
                """)
    }

    @Test func wrongTypeSaysWhatWasExpected() {
        expect(
            scenario(load: "{ clients: many, for: 1s, mix: { put: 1 } }"),
            """
            test.yaml:8:18: error: this is text
              load: { clients: many, for: 1s, mix: { put: 1 } }
                               ^
              expected a whole number from 1 to 100000
            """)
        expect(
            scenario(load: "[1]"),
            """
            test.yaml:8:7: error: this is a list
              load: [1]
                    ^
              expected a map with keys such as `clients`, `for`, `ramp`, `rate`, `burst`, `each-round`
            """)
        expect(
            scenario(load: "{ clients: \"2\", for: 1s, mix: { put: 1 } }"),
            """
            test.yaml:8:18: error: this is text
              load: { clients: "2", for: 1s, mix: { put: 1 } }
                               ^
              expected a whole number from 1 to 100000
            """)
    }

    @Test func missingKeyIsNamed() {
        expect(
            scenario(load: "{ clients: 2, mix: { put: 1 } }"),
            """
            test.yaml:8:7: error: `for` is missing in load
              load: { clients: 2, mix: { put: 1 } }
                    ^
            """)
    }

    @Test func missingAndUnknownUnitsAreTold() {
        expect(
            scenario(load: "{ clients: 2, for: 30, mix: { put: 1 } }"),
            """
            test.yaml:8:28: error: `30` has no unit
              load: { clients: 2, for: 30, mix: { put: 1 } }
                                         ^
              expected a duration such as 250ms, 2s, 10m or 1h
            """)
        expect(
            scenario(load: "{ clients: 2, for: 30sec, mix: { put: 1 } }"),
            """
            test.yaml:8:28: error: `sec` is no unit of time
              load: { clients: 2, for: 30sec, mix: { put: 1 } }
                                         ^
              expected a duration such as 250ms, 2s, 10m or 1h
            """)
        expect(
            scenario(load: "{ clients: 2, rate: 400, for: 3s, mix: { put: 1 } }"),
            """
            test.yaml:8:30: error: `400` has no unit
              load: { clients: 2, rate: 400, for: 3s, mix: { put: 1 } }
                                           ^
              expected a rate such as 400/s
            """)
        expect(
            scenario(more: "thresholds: { unknown: \"rate<5\" }"),
            """
            test.yaml:9:31: error: `5` has no unit
              thresholds: { unknown: "rate<5" }
                                            ^
              expected a share such as 20%
            """)
        expect(
            scenario(operations: "  put: { http: PUT /item, body: 5 of zeros }\n"),
            """
            test.yaml:7:34: error: `5` has no unit
                put: { http: PUT /item, body: 5 of zeros }
                                               ^
              expected a size such as 512 B, 1 KiB or 2 MiB
            """)
    }

    @Test func undefinedPlaceholderNamesTheNearest() {
        expect(
            scenario(
                operations: "  put: { http: PUT /item, vary: { word: unique }, body: \"a ${{ wrod }}\" }\n"),
            """
            test.yaml:7:60: error: undefined placeholder `wrod` in `put`
                put: { http: PUT /item, vary: { word: unique }, body: "a ${{ wrod }}" }
                                                                         ^
              did you mean `word`?
            """)
    }

    @Test func captureNeverMadeNamesWhoMakesIt() {
        let operations =
            "  make: { http: POST /items, capture: { item: json $.id } }\n  put: { http: \"PUT /${{ item }}\" }\n"
        expect(
            scenario(operations: operations),
            """
            test.yaml:8:22: error: `item` is a capture never made before `put`
                put: { http: "PUT /${{ item }}" }
                                   ^
              `make` captures it: let `put` need it, or a round run it before
            """)
        let burst = "{ burst: { rounds: 1, clients: 2 }, each-round: { before: [make], mix: { put: 1 } } }"
        #expect(Fixture.problems(scenario(operations: operations, load: burst)).isEmpty)
    }

    @Test func secretsMustBeListed() {
        expect(
            scenario(
                operations: "  put: { http: PUT /item, body: \"${{ secret.TOKN }}\" }\n",
                more: "secrets: [TOKEN]"),
            """
            test.yaml:7:34: error: `TOKN` is not listed under `secrets`
                put: { http: PUT /item, body: "${{ secret.TOKN }}" }
                                               ^
              did you mean `secret.TOKEN`?
            """)
    }

    @Test func operationNamedButNotDefined() {
        expect(
            scenario(load: "{ clients: 2, for: 1s, mix: { pit: 1 } }"),
            """
            test.yaml:8:37: error: the operation `pit` is not defined
              load: { clients: 2, for: 1s, mix: { pit: 1 } }
                                                  ^
              did you mean `put`?
            """)
        expect(
            scenario(more: "invariants: [{ name: a, always: putt.code <= 3 }]"),
            """
            test.yaml:9:33: error: the operation `putt` is not defined
              invariants: [{ name: a, always: putt.code <= 3 }]
                                              ^
              did you mean `put`?
            """)
    }

    @Test func syntaxErrorsHaveAPlace() {
        expect(
            "version: 1\nname: \"never closed\n",
            """
            test.yaml:3:1: error: YAML: while scanning a quoted scalar, found unexpected end of stream
            \("  ")
              ^
            """)
    }

    @Test func unquotedPlaceholderInFlowStyleGetsAHint() {
        let text = Fixture.problems(scenario(operations: "  put: { http: PUT /item, body: ${{ unique }} }\n"))
        #expect(text.hasPrefix("test.yaml:7:"))
        #expect(text.contains("YAML: while parsing a flow mapping"))
        #expect(text.hasSuffix("inside { } and [ ] a placeholder needs quotes: \"${{ name }}\""))
    }

    @Test func statusListsThatFallApartGetAHint() {
        expect(
            scenario(operations: "  put: { http: PUT /item, outcome: { fail: status 403, 404 } }\n"),
            """
            test.yaml:7:56: error: `404` became a key of its own
                put: { http: PUT /item, outcome: { fail: status 403, 404 } }
                                                                     ^
              inside { } a list of statuses needs quotes: "status 403, 404"
            """)
        let text = Fixture.problems(
            scenario(operations: "  put: { http: PUT /item, outcome: { fail: [status 403, 404] } }\n"))
        #expect(text.contains("hint: `status 403, 404` without quotes are two entries of this list"))
    }

    @Test func duplicateKeysAreTold() {
        let text = Fixture.problems("version: 1\nname: a\nname: b\n")
        #expect(text.contains("error: the key `name` is given twice in one map"))
        #expect(text.hasPrefix("test.yaml:2:1"))
    }

    @Test func wordsThatAreBooleansToSomeReadersAreRefused() {
        expect(
            scenario(operations: "  put: { http: PUT /item, json: { a: yes } }\n"),
            """
            test.yaml:7:38: error: `yes` is a boolean in YAML 1.1 and text in YAML 1.2
                put: { http: PUT /item, json: { a: yes } }
                                                   ^
              expected true or false, or "yes" in quotes
            """)
        expect(
            scenario(
                operations: "  put: { http: PUT /item, retry: { on: status 409, when: 409, attempts: 2 } }\n"),
            """
            test.yaml:7:36: error: `on` is no key of retry: YAML 1.1 reads it as a boolean
                put: { http: PUT /item, retry: { on: status 409, when: 409, attempts: 2 } }
                                                 ^
              write `when`
            """)
    }

    @Test func laterWorkIsRefused() {
        expect(
            scenario(load: "{ clients: 2, for: 1s, think: 5s, mix: { put: 1 } }"),
            """
            test.yaml:8:30: error: `think` is not supported yet
              load: { clients: 2, for: 1s, think: 5s, mix: { put: 1 } }
                                           ^
            """)
        #expect(Fixture.problems(scenario(more: "schedule: {}")).contains("`schedule` is not supported yet"))
        #expect(
            Fixture.problems(scenario(more: "thresholds: { livelock: \"rate<1%\" }"))
                .contains("a threshold on `livelock` is not supported yet"))
    }

    @Test func loadsHaveExactlyOneShape() {
        let text = Fixture.problems(
            scenario(load: "{ burst: { rounds: 1, clients: 2 }, for: 1s, each-round: { mix: { put: 1 } } }"))
        #expect(text.contains("`for` cannot stand beside `burst`"))
        #expect(Fixture.problems(scenario(load: "{ mix: { put: 1 } }")).contains("load has no shape"))
    }

    @Test func whatIsReadMustBeARead() {
        let operations = "  put: { http: PUT /item, capture: { n: json $.n } }\n"
        let load = "{ burst: { rounds: 1, clients: 2 }, each-round: { mix: { put: 1 }, after: [put] } }"
        expect(
            scenario(operations: operations, load: load),
            """
            test.yaml:8:82: error: `put` is no read, and `after` takes only reads
              load: { burst: { rounds: 1, clients: 2 }, each-round: { mix: { put: 1 }, after: [put] } }
                                                                                               ^
              give `put` effect: none if it changes nothing
            """)
        let more = """
            invariants: [{ name: a, finally: put.n == 1 }]
            models: { m: { register: { key: k, write: { operation: put, value: "${{ unique }}" },
                read: { operation: put, value: "${{ n }}" } } } }
            """
        let text = Fixture.problems(scenario(operations: operations, more: more))
        #expect(text.contains("`put` is no read, and `finally` takes only reads"))
        #expect(text.contains("`put` is no read, and `read` takes only reads"))
    }

    @Test func finallyComparesReadsAndUniqueKnowsWhatPutsOperationsTogether() {
        let operations = """
              put: { http: PUT /item, vary: { n: 1..3 }, capture: { id: json $.id } }
              show: { http: GET /item, effect: none, capture: { n: json $.n } }
              list: { http: GET /items, effect: none, capture: { n: json $.n } }

            """
        func problems(_ invariant: String) -> String {
            Fixture.problems(
                scenario(operations: operations, more: "invariants: [{ name: a, \(invariant) }]"))
        }
        #expect(problems("finally: show.n == sum(put.n)").isEmpty)
        #expect(
            problems("finally: \"show.n == list.n || !(list.n > 2 * count(put where put.n == 1))\"").isEmpty)
        #expect(problems("unique: put.id").isEmpty && problems("unique: put.id, per: run").isEmpty)
        #expect(problems("unique: put.id, per: \"${{ client }}\"").isEmpty)
        for (invariant, message) in [
            ("finally: sum(put.n) <= 3", "name what a read shows, as in usage.used == sum(reserve.units)"),
            (
                "finally: show.n == count(show)",
                "`finally` cannot sum or count `show`, a read that it compares"
            ),
            ("unique: put.id, per: key", "expected `run`, or a text with placeholders such as ${{ client }}"),
            ("unique: put.id, per: \"${{ shop }}\"", "undefined placeholder `shop` in `put`"),
            ("always: show.n <= 3, per: run", "`per` belongs to `unique`"),
            ("always: show.n == list.n", "`always` compares values of one operation"),
            ("always: \"show.n == 1 || list.n == 1\"", "`always` compares values of one operation"),
            ("always: \"(show.n == 1\"", "this parenthesis is never closed"),
            ("always: \"\(String(repeating: "(", count: 100_000))\"", "these parentheses are too deep"),
            ("always: \"(show.n + 1) * 2 == 4\"", "without parentheses"),
            ("always: \"!show.n == 1\"", "`!` stands before a comparison in parentheses"),
            ("always: \"show.n == 1 &&\"", "a value must stand here"),
            ("always: \"show.n == 1 & show.n == 2\"", "`& show.n == 2` does not belong here"),
            ("finally: \"show.n == sum(put.n where put.m == 1)\"", "`put` has no value `m`"),
            ("finally: \"show.n == count(put where show.n == 1)\"", "`where` compares values of `put`"),
            ("finally: \"show.n == count(put where count(put) == 1)\"", "`where` compares values of `put`"),
        ] {
            #expect(problems(invariant).contains(message), "\(problems(invariant))")
        }
    }

    @Test func everyErrorOfAFileIsToldAtOnceInOrder() {
        let text = """
            version: 2
            name: a b
            target:
              service: { command: [] , replicas: 0 }
              database: { mysql: {} }
            operations:
              put: { http: PUTT /x, vary: { n: 3..1 }, needs: gone }
              get: { http: GET x, effect: some }
            load: { clients: 1, for: 1, mix: { put: 0, none: 1 } }
            models: { m: { register: { write: { operation: put, value: "${{ x }}" } } } }
            faults: [{ at: 1s, pause: { replica: 9, for: 1s }, kill: {} }]
            """
        let lines = Fixture.problems(text).split(separator: "\n").filter { $0.hasPrefix("test.yaml") }.map(
            String.init)
        let messages = lines.map { String($0.split(separator: " ", maxSplits: 2)[2]) }
        #expect(
            lines.map { $0.split(separator: ":")[1] }
                == lines.map { $0.split(separator: ":")[1] }.sorted { Int($0)! < Int($1)! })
        for message in [
            "version 2 is not known to this contend", "`a b` is no name of a scenario",
            "this command is empty",
            "0 is out of range", "`mysql` is not supported yet", "`PUTT` is no HTTP method",
            "the range `3..1` is empty",
            "the operation `gone` is not defined", "the path must begin with /", "`some` is no effect",
            "`1` has no unit",
            "the operation `none` is not defined", "`read` is missing in register",
            "`key` is missing in the model `m`",
            "undefined placeholder `x` in `put`", "`kill` cannot stand beside `pause`",
        ] { #expect(messages.contains(message), "\(message) in \(messages)") }
    }

    @Test func axisValuesAreValidatedOneByOne() {
        let text = scenario(
            load: "{ clients: 2, for: \"${{ time }}\", mix: { put: 1 } }",
            more: "parameters: { time: 1s }\nmatrix: { time: [1s, 5] }")
        #expect(
            Fixture.problems(text) == """
                test.yaml:8:26: error: `5` has no unit (with time: 5)
                  load: { clients: 2, for: "${{ time }}", mix: { put: 1 } }
                                           ^
                  expected a duration such as 250ms, 2s, 10m or 1h
                """)
    }

    @Test(arguments: [1, 90, 5_000, 9_990])
    func ofALongLineOnlyTheSurroundingsAreShown(column: Int) {
        let line =
            String(repeating: "a", count: column - 1) + "!" + String(repeating: "b", count: 10_000 - column)
        let diagnostic = Diagnostic(
            file: "f.yaml", position: SourcePosition(line: 1, column: column),
            message: "`\(line)` is no name", suggestion: line, line: line)
        let lines = diagnostic.description.split(separator: "\n").map(String.init)
        #expect(lines.count == 4 && lines.allSatisfy { $0.count < 500 }, "\(lines)")
        #expect(lines[1].count <= 2 + Diagnostic.lineLimit + 2)
        let caret = lines[2].distance(
            from: lines[2].startIndex, to: lines[2].firstIndex(of: "^") ?? lines[2].endIndex)
        #expect(Array(lines[1])[caret] == "!", "\(diagnostic)")
        #expect(lines[0].hasPrefix("f.yaml:1:\(column): error: `") && lines[0].hasSuffix("` is no name"))
    }

    @Test func controlCharactersOfAFileNeverReachTheTerminal() {
        let diagnostic = Diagnostic(
            file: "f", position: SourcePosition(line: 1, column: 4), message: "wrong", line: "\ta\u{1B}[31m")
        #expect(diagnostic.description == "f:1:4: error: wrong\n  \ta\u{FFFD}[31m\n  \t  ^")
    }

    private func expect(_ text: String, _ golden: String, location: SourceLocation = #_sourceLocation) {
        #expect(Fixture.problems(text) == golden, sourceLocation: location)
    }
}
