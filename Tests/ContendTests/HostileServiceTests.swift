// A service that writes escape sequences, marks of direction and commands of a pipeline wherever it can: none
// of them reaches the terminal as one.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct HostileServiceTests {
    /// What it says in every body, header, status line and line of its log; `die` ends it before it is ready.
    private static let service = #"""
        import json, sys
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        port, mode = int(sys.argv[1]), sys.argv[2]
        evil = "\x1b[2J\x1b]0;pwned\x07\x9b31m\u202eevil\u2066\r\n::error::evil\n  ##[error]evil\n"
        sys.stdout.reconfigure(encoding="utf-8", newline="")
        print(evil, flush=True)
        print("::set-output name=x::evil", flush=True)
        if mode == "die":
            sys.exit(3)
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *arguments): pass
            def reply(self, status, value):
                data = json.dumps({"value": value, "text": evil}, ensure_ascii=False).encode()
                if status >= 400: data = evil.encode()
                self.send_response(status, "OK \x1b[31m")
                self.send_header("Content-Length", str(len(data)))
                self.send_header("X-Evil", "\x1b]0;pwned\x07")
                self.end_headers()
                self.wfile.write(data)
            def do_GET(self):
                if self.path == "/ready": return self.reply(200, "")
                self.reply(200, evil)
            def do_PUT(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.reply(409 if mode == "refuse" else 500 if self.path.endswith("x") else 200, "")
        ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
        """#

    private func scenario(_ contend: Contend, mode: String) throws -> String {
        let service = try contend.write(Self.service, to: "service.py")
        return try contend.write(
            """
            version: 1
            name: hostile
            target:
              service:
                command: [python3, "\(service)", "${{ port }}", "\(mode)"]
                replicas: 2
                ready: { http: GET /ready, status: 200, within: \(Patience.text) }
            setup:
              - { http: PUT /items/setup, json: { value: "x" } }
            operations:
              update:
                http: PUT /items/${{ item }}
                json: { value: "${{ unique }}" }
            \(TestScenario.reading())
            load:
              burst: { rounds: 3, clients: 4 }
              keys: { item: { count: 1 } }
              each-round: { mix: { update: 1, show: 1 }, after: [show] }

            """, to: "\(mode).yaml")
    }

    /// Nothing in it acts on a terminal or a runner.
    private func expectHarmless(_ finished: Finished, _ name: String) {
        for (stream, text) in [("output", finished.output), ("error", finished.error)] {
            let acting = text.unicodeScalars.filter { scalar in
                switch scalar.value {
                case 0x09, 0x0A: false
                case 0x00...0x1F, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
                default: false
                }
            }
            #expect(acting.isEmpty, "\(name), \(stream): \(text.debugDescription)")
            for line in text.split(separator: "\n") {
                let start = line.drop { $0.isWhitespace }
                #expect(!start.hasPrefix("::") && !line.contains("##["), "\(name), \(stream): \(line)")
            }
        }
    }

    @Test func everyVerbShowsWhatItSaysWithoutDoingIt() async throws {
        let contend = try Contend()
        let file = try scenario(contend, mode: "serve")
        let run = try await contend.run("run", file)
        #expect(run.status == 1, "\(run.output) \(run.error)")
        #expect(run.output.contains("\\u001b]0;pwned"), "\(run.output)")
        expectHarmless(run, "run")
        // `--once` comes last: it leaves a latest run that has no verdict to show.
        for arguments in [
            ["show", "latest"], ["show", "latest#1"], ["check", "latest"], ["check", "latest", "--json"],
            ["run", file, "--json", "--quiet"], ["list", "runs"], ["run", file, "--once"],
        ] {
            let finished = try await contend.start(arguments).finish()
            expectHarmless(finished, arguments.joined(separator: " "))
            #expect(!finished.output.isEmpty, "\(arguments): \(finished.error)")
        }
        let once = try await contend.run("run", file, "--once")
        let answers = once.output.split(separator: "\n").filter { $0.contains("pwned") }
        #expect(!answers.isEmpty && answers.allSatisfy { $0.hasPrefix("< ") || $0.hasPrefix("  captured") })
    }

    @Test(arguments: ["die", "refuse"])
    func anExperimentThatDidNotHappenIsToldHarmlessly(mode: String) async throws {
        let contend = try Contend()
        let file = try scenario(contend, mode: mode)
        for arguments in [["run", file], ["run", file, "--once"], ["show", "latest"]] {
            let finished = try await contend.start(arguments).finish()
            expectHarmless(finished, arguments.joined(separator: " "))
        }
        let run = try await contend.run("run", file)
        #expect(run.status == 4 && run.output.contains("evil"), "\(run.output) \(run.error)")
    }

    /// On GitHub the only commands are contend's own.
    @Test func annotationsHoldNoCommandOfTheService() async throws {
        let contend = try Contend()
        let file = try scenario(contend, mode: "serve")
        let run = try await contend.run(
            "run", file, environment: ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": ""])
        let commands = run.error.split(separator: "\n").filter { $0.drop { $0.isWhitespace }.hasPrefix("::") }
        #expect(!commands.isEmpty)
        #expect(commands.allSatisfy { $0.hasPrefix("::error file=") || $0.hasPrefix("::warning file=") })
        #expect(!run.error.unicodeScalars.contains("\u{1B}") && !run.error.contains("\u{202E}"))
    }

    @Test func aHostileScenarioIsRefusedHarmlessly() async throws {
        let contend = try Contend()
        let file = try contend.write(
            "version: 1\nname: \"\\e[2J\u{202E}\"\n::error::evil: \u{9B}31m ##[error]\n", to: "evil.yaml")
        let finished = try await contend.run("validate", file)
        #expect(finished.status == 65)
        expectHarmless(finished, "validate")
    }
}
