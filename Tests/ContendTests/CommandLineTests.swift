// The command line: help, wrong usage, validation and everything else that starts no cluster.

import Core
import Foundation
import Histories
import TestSupport
import Testing

@Suite struct CommandLineTests {
    static let verbs = [
        "run", "explore", "replay", "keep", "validate", "check", "show", "report", "list", "compare", "bench",
        "init",
        "schema", "demo", "doctor",
        "completions",
    ]

    @Test(arguments: verbs)
    func everyVerbExplainsItselfInEightyColumns(verb: String) async throws {
        let help = try await Contend().run("help", verb)
        #expect(help.status == 0)
        #expect(Golden.difference(of: help.output, from: "help-\(verb).txt") == nil)
        for line in help.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    /// `make man` writes them; this says when that is due.
    @Test(arguments: verbs)
    func theManualPageNamesEveryFlagOfTheVerb(verb: String) async throws {
        let help = try await Contend().run("help", verb)
        let page = try String(
            contentsOfFile: "\(Contend.repository)/docs/man/contend.\(verb).1", encoding: .utf8)
        let flags = help.output.matches(of: /(?m)^  (?:-\w, )?--([a-z-]+)/).map { String($0.1) }
        try #require(!flags.isEmpty)
        for flag in flags { #expect(page.contains("-\(flag)"), "make man: --\(flag) of \(verb)") }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func aShellCompletesEveryVerb(shell: String) async throws {
        let script = try await Contend().run("completions", shell)
        #expect(script.status == 0)
        for verb in Self.verbs { #expect(script.output.contains(verb), "\(shell): \(verb)") }
    }

    @Test func contendAloneExplainsItself() async throws {
        let help = try await Contend().run()
        #expect(help.status == 0)
        #expect(!help.output.contains("supervise"))
        #expect(Golden.difference(of: help.output, from: "help.txt") == nil)
    }

    @Test(arguments: [
        ["nonsense"], ["run"], ["run", "x.yaml", "--times", "0"], ["run", "x.yaml", "--most", "5m"],
        ["run", "x.yaml", "--until", "nonsense"], ["run", "x.yaml", "--until", "finding", "--most", "5"],
        ["run", "x.yaml", "--set", "novalue"], ["run", "x.yaml", "--once", "--matrix"],
        ["run", "a.yaml", "b.yaml", "--keep"], ["init"], ["keep", "no-such-run#1", "name"],
        ["keep", "latest#1"], ["run", "x.yaml", "--once", "--explain"],
        ["run", "x.yaml", "--report", "html,pdf"], ["run", "x.yaml", "--report", ""],
        ["run", "x.yaml", "--fail-on", "unknown"], ["run", "x.yaml", "--fail-on", "violation,pass"],
        ["report", "no-such-run"], ["report", "latest", "--format", "junit", "--open"],
        ["completions", "csh"], ["check", "x", "--model", "register", "--known-findings", "y"],
        ["init", "--command", "a", "--url", "http://127.0.0.1"],
        ["init", "--url", "http://a", "--entity", "b"],
        ["init", "--openapi", "a", "--har", "b"], ["init", "--curl", "wget x"],
        ["init", "--command", "a", "--compose", "b"], ["init", "--url", "http://a", "--service", "b"],
        ["schema"], ["schema", "nonsense"], ["show", "no-such-run"], ["check", "no-such-run"],
        ["check", "x", "--failed-cas", "ignored"], ["check", "x", "--model", "nonsense"],
        ["check", "x", "--model", "register", "--scenario", "y"],
        ["check", "x", "--model", "set", "--budget", "0"],
        ["check", "x", "--model", "register", "--initial", "{"], ["list", "scenarios", "no-such-folder"],
        ["compare", "only-one"], ["compare", "a", "b", "--limit", "much"],
        ["compare", "a", "b", "--report", "pdf"], ["compare", "a", "b", "--report", "junit"], ["bench"],
        ["bench", "x.yaml", "--times", "0"],
        ["bench", "x.yaml", "--clients", "4,0"], ["bench", "x.yaml", "--clients", "4,"],
        ["bench", "x.yaml", "--set", "guard"], ["bench", "x.yaml", "--report", "html,pdf"],
        ["bench", "x.yaml", "--report", "trace"], ["doctor", "--database", "mysql"], ["doctor", "x.yaml"],
    ])
    func aWrongCommandLineIsSixtyFour(arguments: [String]) async throws {
        let contend = try Contend()
        let finished = try await contend.start(arguments).finish()
        #expect(finished.status == 64, "\(finished.error)")
        #expect(!finished.error.isEmpty && finished.output.isEmpty)
        #expect(!contend.exists("reports"))
    }

    @Test func anInvalidScenarioIsSixtyFiveWithEveryErrorAndStartsNothing() async throws {
        let contend = try Contend()
        let bad = try contend.write("version: 1\nname: x\nnonsense: 1\nalso-wrong: 2\n", to: "bad.yaml")
        let good = try contend.write(Scenarios.counter(), to: "good.yaml")
        for verb in [["validate", good, bad], ["run", good, bad], ["run", bad, "--matrix"]] {
            let finished = try await contend.start(verb).finish()
            #expect(finished.status == 65)
            #expect(finished.error.contains("bad.yaml:3:1") && finished.error.contains("bad.yaml:4:1"))
        }
        #expect(!contend.exists("reports"))
    }

    @Test func aScenarioThatCannotBeReadIsSixtyFive() async throws {
        let finished = try await Contend().run("validate", "no-such.yaml")
        #expect(finished.status == 65)
        #expect(finished.error.contains("no-such.yaml"))
    }

    @Test func aValidScenarioIsSaidToBe() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.counter(), to: "good.yaml")
        let finished = try await contend.run("validate", file)
        #expect(finished.status == 0 && finished.output == "\(file): valid\n")
    }

    @Test(arguments: ["verdict", "history", "scenario"])
    func theCommittedSchemasAreThoseThatAreShown(document: String) async throws {
        let finished = try await Contend().run("schema", document)
        #expect(finished.status == 0)
        let file = Golden.repository.appending(path: "schemas/\(document).schema.json")
        #expect(finished.output == (try String(contentsOf: file, encoding: .utf8)))
    }

    @Test func modelsAreListed() async throws {
        let finished = try await Contend().run("list", "models")
        #expect(finished.status == 0)
        #expect(Golden.difference(of: finished.output, from: "list-models.txt") == nil)
    }

    @Test func theShippedScenariosAreListed() async throws {
        let finished = try await Contend().run("list", "scenarios", Contend.repository + "/scenarios")
        #expect(finished.status == 0)
        #expect(finished.output.contains("deactivate-vs-rename.yaml"))
        #expect(finished.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test(arguments: [
        ["--command", "./server --port $PORT --name 'two words'"], ["--command", "python3 server.py {port}"],
        ["--url", "http://127.0.0.1:8080", "--url", "http://127.0.0.1:8081"],
    ])
    func initWritesAScenarioThatValidatesAndNeverOverwrites(arguments: [String]) async throws {
        let contend = try Contend()
        let made = try await contend.start(["init"] + arguments + ["mine.yaml"]).finish()
        #expect(made.status == 0, "\(made.error)")
        let text = try String(contentsOfFile: contend.folder + "/mine.yaml", encoding: .utf8)
        #expect(try await contend.run("validate", "mine.yaml").status == 0)
        #expect(try await contend.start(["init"] + arguments + ["mine.yaml"]).finish().status == 64)
        #expect(try String(contentsOfFile: contend.folder + "/mine.yaml", encoding: .utf8) == text)
    }

    @Test func initNamesFilesOfThisFolderFromTheScenario() async throws {
        let contend = try Contend()
        _ = try contend.write("", to: "server.py")
        #expect(try await contend.run("init", "--command", "python3 server.py $PORT").status == 0)
        let text = try String(contentsOfFile: contend.folder + "/contend.yaml", encoding: .utf8)
        #expect(text.contains(#"["python3", "${{ scenario.directory }}/server.py", "${{ port }}"]"#))
    }

    private static let description = """
        openapi: 3.0.0
        info: { title: Notes }
        paths:
          /notes: { post: { requestBody: { $ref: "#/components/requestBodies/Note" } } }
          /notes/{id}:
            get: {}
            patch: { requestBody: { $ref: "#/components/requestBodies/Note" } }
        components:
          requestBodies:
            Note:
              content:
                application/json: { schema: { type: object, properties: { text: { type: string } } } }
        """

    @Test func initDraftsFromADescriptionOrFromRequests() async throws {
        let contend = try Contend()
        _ = try contend.write(Self.description, to: "api.yaml")
        let made = try await contend.run(
            "init", "--openapi", "api.yaml", "--command", "./serve $PORT", "mine.yaml")
        #expect(made.status == 0 && made.output.contains("Look at these first"), "\(made.error)")
        #expect(made.output.contains("contend run mine.yaml --once"))
        #expect(try contend.read("mine.yaml").contains(#"command: ["./serve", "${{ port }}"]"#))
        #expect(try await contend.run("validate", "mine.yaml").status == 0)
        let command = "curl http://127.0.0.1:1/notes"
        let requests = [
            "--curl", command + " --json '{\"text\":\"a b\"}'", "--curl", command + "/7",
            "--curl", command + "/7 -X PATCH --json '{\"text\":\"c\"}'",
        ]
        #expect(try await contend.start(["init"] + requests + ["curl.yaml"]).finish().status == 0)
        #expect(try await contend.run("validate", "curl.yaml").status == 0)
    }

    @Test func initTakesAFolderOnlyWhenItMay() async throws {
        let contend = try Contend()
        _ = try contend.write("app = Flask(__name__)", to: "app.py")
        let asked = try await contend.run("init")
        #expect(asked.status == 64 && asked.error.contains("Found Flask") && asked.error.contains("--yes"))
        #expect(!contend.exists("contend.yaml"))
        #expect(try await contend.run("init", "--yes").status == 0)
        #expect(try contend.read("contend.yaml").contains("\"${{ scenario.directory }}/app.py\""))
        #expect(try await contend.run("validate", "contend.yaml").status == 0)
    }

    @Test func initReadsAComposeFile() async throws {
        let contend = try Contend()
        _ = try contend.write(
            "services: { api: { build: ., command: [./api, \"8000\"], ports: [8000] } }", to: "compose.yaml")
        let made = try await contend.run("init", "--compose", "compose.yaml", "mine.yaml")
        #expect(made.status == 0 && made.output.contains("it ran in a container"), "\(made.error)")
        #expect(try contend.read("mine.yaml").contains(#"["./api", "${{ port }}"]"#))
        let wrong = try await contend.run(
            "init", "--compose", "compose.yaml", "--service", "web", "other.yaml")
        #expect(wrong.status == 64 && wrong.error.contains("has no service web; there are api"))
    }

    @Test func initSaysWhatADescriptionLacks() async throws {
        let contend = try Contend()
        _ = try contend.write("openapi: 3.0.0\npaths: { /a: { get: {} } }", to: "api.yaml")
        let empty = try await contend.run("init", "--openapi", "api.yaml")
        #expect(empty.status == 65 && empty.error.contains("nothing that can be raced"))
        let missing = try await contend.run("init", "--openapi", "none.yaml")
        #expect(
            missing.status == 65 && missing.error.contains("none.yaml cannot be read: there is no such file"))
        let unreachable = try await contend.run("init", "--openapi", "http://127.0.0.1:1/openapi.json")
        #expect(unreachable.status == 65 && unreachable.error.contains("curl ended with 7"))
        #expect(!contend.exists("contend.yaml"))
    }

    @Test func initSaysWhyItCannotWrite() async throws {
        let made = try await Contend().run("init", "--command", "x", "/proc/contend/mine.yaml")
        #expect(made.status == 64)
        #expect(made.error == "contend: cannot write /proc/contend/mine.yaml: No such file or directory\n")
    }

    @Test func initRefusesANameThatNoScenarioMayHave() async throws {
        let contend = try Contend()
        let made = try await contend.run("init", "--command", "x", "--name", "odd: \"name\" #1", "mine.yaml")
        #expect(made.status == 64 && made.error.contains("name"))
        #expect(!contend.exists("mine.yaml"))
    }

    @Test func completionsComeForEveryShell() async throws {
        for shell in ["bash", "zsh", "fish"] {
            let finished = try await Contend().run("--generate-completion-script", shell)
            #expect(finished.status == 0 && finished.output.contains("validate"))
        }
    }
    // MARK: - Foreign histories

    private static let events = """
        {:type :invoke, :f :write, :value 1, :process 0}
        {:type :ok, :f :write, :value 1, :process 0}
        {:type :invoke, :f :read, :value nil, :process 1}
        {:type :ok, :f :read, :value VALUE, :process 1}

        """

    @Test func aForeignHistoryIsJudgedByAModelOfItsField() async throws {
        let contend = try Contend()
        let good = try contend.write(Self.events.replacing("VALUE", with: "1"), to: "good.edn")
        let bad = try contend.write(Self.events.replacing("VALUE", with: "7"), to: "bad.edn")
        let passed = try await contend.run("check", good, "--model", "register", "--certificate", "c.json")
        #expect(passed.status == 0 && passed.output.contains("PASS"), "\(passed.output)\(passed.error)")
        #expect(passed.output.contains("A read of nil asserts that nothing had been written."))
        let certificate = try JSON.parse(try contend.read("c.json").utf8)
        guard case .object(let members) = certificate,
            case .object(let order)? = members["orders"]?.elements?.first
        else { return #expect(Bool(false), "\(certificate)") }
        #expect(order["lines"] == .array([1, 3]))
        let violated = try await contend.run("check", bad, "--model", "register", "--json")
        #expect(violated.status == 1)
        guard case .object(let verdict) = try JSON.parse(violated.output.utf8) else {
            return #expect(Bool(false), "\(violated.output)")
        }
        #expect(verdict["verdict"] == "violation")
        let text = try await contend.run("check", bad, "--model", "register")
        #expect(text.status == 1 && text.output.contains("process 1 read 7, which nobody wrote."))
        #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func aForeignHistoryThatCannotBeUsedIsSixtyFiveWithItsLine() async throws {
        let contend = try Contend()
        let file = try contend.write(Self.events.replacing("VALUE", with: "1}"), to: "torn.edn")
        let torn = try await contend.run("check", file, "--model", "register")
        #expect(torn.status == 65 && torn.error.contains("torn.edn:4: "), "\(torn.error)")
        let other = try contend.write(Self.events.replacing("VALUE", with: "1"), to: "other.edn")
        let wrong = try await contend.run("check", other, "--model", "mutex")
        #expect(
            wrong.status == 65 && wrong.error.contains("other.edn:1: `write` means nothing"), "\(wrong.error)"
        )
        let missing = try await contend.run("check", "none.edn", "--model", "mutex")
        #expect(missing.status == 65 && missing.error.contains("none.edn"), "\(missing.error)")
    }

    @Test func aUsedUpBudgetIsTwoAndSaysHowFarItCame() async throws {
        let contend = try Contend()
        let writes = (0..<8).map { "{:type :invoke, :f :write, :value \($0 % 4), :process \($0)}\n" }
        let ends = (0..<8).map { "{:type :ok, :f :write, :value \($0 % 4), :process \($0)}\n" }
        // Mismatches make every value matter to somebody, so that none stands for another.
        let misses = (0..<4).flatMap { value in
            ["invoke", "fail"].map {
                "{:type :\($0), :f :cas, :value [\(value) 9], :process \(20 + value)}\n"
            }
        }
        let cas = ["invoke", "ok"].map { "{:type :\($0), :f :cas, :value [9 1], :process 9}\n" }.joined()
        let file = try contend.write(
            (writes + misses.filter { $0.contains(":invoke") } + ends).joined()
                + misses.filter { $0.contains(":fail") }.joined() + cas, to: "h.edn")
        let finished = try await contend.run("check", file, "--model", "cas-register", "--budget", "20")
        #expect(finished.status == 2 && finished.output.contains("UNKNOWN"), "\(finished.output)")
        #expect(finished.output.contains("not decided") && finished.output.contains("%"))
    }
}
