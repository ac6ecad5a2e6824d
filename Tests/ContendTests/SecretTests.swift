// A secret is planted wherever a service can say it, in every form that it takes on its way, and then looked
// for in all that contend leaves and prints.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct SecretTests {
    private static let secret = "s3cr3t pä\"ss\\w/rd+42"
    private static let other = "plain-token-of-the-environment"

    /// It says the secret raw, in JSON, once more in JSON, percent-encoded and in base64: in its log, in
    /// refusals, in values that are captured, and in a file of its own.
    private static let service = #"""
        import base64, json, os, sys, urllib.parse
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        mode = sys.argv[2] if len(sys.argv) > 2 else "prepare"
        forms = []
        for secret in [os.environ["TOKEN"], os.environ["OTHER"]]:
            quoted = json.dumps(secret)
            forms += [secret, secret.strip(), quoted, json.dumps(quoted)]
            forms += [json.dumps(secret, ensure_ascii=False),
                urllib.parse.quote(secret), urllib.parse.quote_plus(secret), urllib.parse.quote(secret, safe=""),
                base64.b64encode(secret.strip().encode()).decode()]
            for user in ["a", "me", "bob"]:
                forms.append(base64.b64encode((user + ":" + secret.strip()).encode()).decode())
                forms.append(base64.urlsafe_b64encode((user + ":" + secret).encode()).decode())
        sys.stdout.reconfigure(encoding="utf-8")
        print("\n".join(forms), flush=True)
        if mode == "prepare":
            sys.exit(0)
        if mode == "die":
            sys.exit(3)
        if mode == "own":
            open(sys.argv[3], "w").write(forms[0])
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *arguments): pass
            def reply(self, status, value):
                data = value.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.send_header("Location", "http://me:" + urllib.parse.quote(forms[1]) + "@host/")
                self.end_headers()
                self.wfile.write(data)
            def do_GET(self):
                if self.path == "/ready": return self.reply(200, "")
                self.reply(200, json.dumps({"value": forms[hash(self.path) % len(forms)]}))
            def do_PUT(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                print(self.headers["Authorization"], flush=True)
                self.reply(409 if hash(self.path) % 2 else 500, "refused: " + " | ".join(forms))
        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
        """#

    private func scenario(_ contend: Contend, mode: String) throws -> String {
        let service = try contend.write(Self.service, to: "service.py")
        return try contend.write(
            """
            version: 1
            name: secrets
            secrets: [TOKEN]
            target:
              service:
                command: [python3, "\(service)", "${{ port }}", "\(mode)", "${{ replica.directory }}/own.txt"]
                environment: { TOKEN: "${{ secret.TOKEN }}", OTHER: "${{ env.OTHER }}" }
                files:
                  - { path: service.conf, text: "password = ${{ secret.TOKEN }}" }
                  - { path: "replicas/${{ replica.index }}/more.conf", text: "x = ${{ env.OTHER }}" }
                replicas: 2
                ready: { http: GET /ready, status: 200, within: \(Patience.text) }
              database: { sqlite: {} }
              prepare:
                - [python3, "\(service)", "0"]
            defaults:
              headers: { Authorization: "Bearer ${{ env.OTHER }}" }
            operations:
              update:
                http: PUT /items/${{ item }}?token=${{ env.OTHER }}
                json: { value: "${{ unique }}", token: "${{ secret.TOKEN }}" }
            \(TestScenario.reading())
            load:
              burst: { rounds: 4, clients: 4 }
              keys: { item: { count: 2 } }
              each-round: { mix: { update: 1, show: 1 }, after: [show] }

            """, to: "\(mode).yaml")
    }

    /// What must stand nowhere: made here by other means than the redactor's.
    private static let forbidden: [String] = [secret, other].flatMap { secret -> [String] in
        var forms = [secret, String(secret.prefix(10))]
        for user in ["", "a:", "me:", "bob:"] {
            let text = Data((user + secret).utf8).base64EncodedString()
            // Without what stands before and behind it.
            let core = text.dropFirst((user.utf8.count * 8 + 5) / 6).dropLast(6)
            forms.append(String(core))
        }
        forms.append(secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
        return forms.filter { !$0.isEmpty }
    }

    private func found(in data: Data) -> [String] {
        Self.forbidden.filter { data.firstRange(of: Data($0.utf8)) != nil }
    }

    /// Files below the run directories that hold one of them.
    private func leaks(_ contend: Contend) throws -> [String: [String]] {
        var leaks: [String: [String]] = [:]
        let root = contend.folder + "/reports"
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            guard let data = FileManager.default.contents(atPath: root + "/" + name) else { continue }
            let found = found(in: data)
            if !found.isEmpty { leaks[name] = found }
        }
        return leaks
    }

    private let environment = ["TOKEN": secret + "\n", "OTHER": other]

    private func run(_ contend: Contend, _ arguments: [String]) async throws -> Finished {
        let finished = try await contend.start(arguments, environment: environment).finish()
        for text in [finished.output, finished.error] {
            #expect(found(in: Data(text.utf8)).isEmpty, "\(arguments): \(text)")
        }
        return finished
    }

    @Test func aSecretIsNowhereInWhatIsLeftAndPrinted() async throws {
        let contend = try Contend()
        let file = try scenario(contend, mode: "serve")
        let finished = try await run(contend, ["run", file, "--report", "html,junit,markdown,json"])
        #expect([1, 2, 3].contains(finished.status), "\(finished.output) \(finished.error)")
        for arguments in [
            ["run", file, "--once"], ["run", file, "--json"], ["check", "latest"], ["show", "latest"],
            ["show", "latest#1"],
        ] {
            _ = try await run(contend, arguments)
        }
        #expect(try leaks(contend).isEmpty)
        // It was there to be found.
        let log = try contend.read("reports/runs/secrets/latest/replicas/0/output.log")
        #expect(log.contains("[redacted]"), "\(log)")
        let rendered = try contend.read("reports/runs/secrets/latest/service.conf")
        #expect(rendered == "password = [redacted]\n", "\(rendered.debugDescription)")
    }

    @Test func aReplicaThatDiesSaysNoSecret() async throws {
        let contend = try Contend()
        let file = try scenario(contend, mode: "die")
        for arguments in [["run", file], ["run", file, "--once"]] {
            let finished = try await run(contend, arguments)
            #expect(finished.status == 4 && (finished.output + finished.error).contains("[redacted]"))
        }
        #expect(try leaks(contend).isEmpty)
    }

    @Test func aFileThatTheServiceWroteItselfIsNamed() async throws {
        let contend = try Contend()
        let file = try scenario(contend, mode: "own")
        _ = try await run(contend, ["run", file])
        let leaks = try leaks(contend)
        #expect(leaks.keys.allSatisfy { $0.hasSuffix("/own.txt") } && !leaks.isEmpty, "\(leaks)")
        let marker = try contend.read("reports/runs/secrets/latest/UNREDACTED.txt")
        #expect(marker.contains("replicas/0/own.txt") && marker.contains("replicas/1/own.txt"), "\(marker)")
        #expect(!marker.contains("output.log"))
    }

    @Test func anEmptySecretIsAnErrorAndAShortOneIsTold() async throws {
        let contend = try Contend()
        let file = try scenario(contend, mode: "serve")
        let empty = try await contend.run("run", file, environment: ["TOKEN": "\n", "OTHER": Self.other])
        #expect(empty.status == 4)
        #expect((empty.output + empty.error).contains("the secret TOKEN is empty"), "\(empty.output)")
        let short = try await contend.run("run", file, environment: ["TOKEN": "abc", "OTHER": Self.other])
        #expect(short.error.contains("the secret TOKEN is shorter than"), "\(short.error)")
    }
}
