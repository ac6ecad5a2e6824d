// The command line: help, wrong usage, validation and everything else that starts no cluster.

import Foundation
import History
import TestSupport
import Testing

@Suite struct CommandLineTests {
    static let verbs = ["run", "validate", "check", "show", "list", "init", "demo"]

    @Test(arguments: verbs)
    func everyVerbExplainsItselfInEightyColumns(verb: String) async throws {
        let help = try await Contend().run("help", verb)
        #expect(help.status == 0)
        #expect(Golden.difference(of: help.output, from: "help-\(verb).txt") == nil)
        for line in help.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
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
        ["run", "a.yaml", "b.yaml", "--keep"], ["init"],
        ["init", "--command", "a", "--url", "http://127.0.0.1"],
        ["show", "no-such-run"], ["check", "no-such-run"], ["list", "scenarios", "no-such-folder"],
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
}
