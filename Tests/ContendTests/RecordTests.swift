// `contend init --record`: from requests that somebody makes to a scenario that validates.

import Foundation
import Glibc
import Testing

@Suite struct RecordTests {
    private static let service = """
        import json, sys
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        notes = {}
        class Handler(BaseHTTPRequestHandler):
            def answer(self, status, document):
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def document(self):
                return json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            def do_POST(self):
                note = dict(self.document(), id=f"n{len(notes)}")
                notes[note["id"]] = note
                self.answer(201, note)
            def do_PUT(self):
                notes[self.path[7:]].update(self.document())
                self.answer(200, notes[self.path[7:]])
            def do_GET(self):
                self.answer(200, notes[self.path[7:]])
            def log_message(self, *_): pass
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_port, flush=True)
        server.serve_forever()
        """
    private static let client = """
        import json, sys, urllib.request
        def send(method, path, document=None):
            request = urllib.request.Request(sys.argv[1] + path, method=method,
                data=json.dumps(document).encode() if document else None,
                headers={"Content-Type": "application/json", "Authorization": "Bearer hush-hush"})
            return json.load(urllib.request.urlopen(request))
        note = send("POST", "/notes", {"title": "first"})
        send("PUT", "/notes/" + note["id"], {"title": "second"})
        send("GET", "/notes/" + note["id"])
        """

    @Test func whatIsRecordedBecomesAScenario() async throws {
        let contend = try Contend()
        _ = try contend.write(Self.service, to: "service.py")
        _ = try contend.write(Self.client, to: "client.py")
        let service = try contend.start(program: "/usr/bin/env", ["python3", "service.py"])
        defer { kill(service.pid, SIGKILL) }
        func port() -> String {
            String(decoding: FileManager.default.contents(atPath: service.output) ?? Data(), as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
        #expect(await eventually { !port().isEmpty })
        let recording = try contend.start([
            "init", "--record", "0", "--url", "http://127.0.0.1:\(port())", "notes.yaml",
        ])
        #expect(await eventually { recording.told.contains("press Ctrl-C") }, "\(recording.told)")
        let words = recording.told.split(separator: " ").map(String.init)
        let place = try #require(words.first { $0.hasPrefix("http://127.0.0.1:") })
        let used = try await contend.start(program: "/usr/bin/env", ["python3", "client.py", place]).finish()
        #expect(used.status == 0, "\(used.error)")
        kill(recording.pid, SIGINT)
        let finished = await recording.finish()
        #expect(finished.status == 0, "\(finished.error)")
        #expect(
            finished.error.contains("POST /notes 201") && finished.error.contains("notes.har: 3 exchanges"))
        let scenario = try contend.read("notes.yaml")
        #expect(scenario.contains("http: PUT /notes/${{") && !scenario.contains("hush-hush"))
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(contend.folder)/notes.har")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try await contend.run("validate", "notes.yaml").status == 0)
        // The recording is drafted from again.
        #expect(try await contend.run("init", "--har", "notes.har", "again.yaml").status == 0)
        _ = await eventually { kill(service.pid, SIGKILL) == 0 }
        _ = await service.finish()
    }

    @Test(arguments: [
        (["--record", "8080"], "--record needs one --url"),
        (["--record", "70000", "--url", "http://127.0.0.1:1"], "a port is 1 to 65535"),
        (["--record", "0", "--url", "https://127.0.0.1:1"], "expected http://host:port"),
        (["--record", "0", "--url", "http://127.0.0.1:1", "--har", "a"], "give one of --openapi"),
    ])
    func whatCannotBeRecordedIsAnError(arguments: [String], error: String) async throws {
        let contend = try Contend()
        let finished = try await contend.start(["init"] + arguments).finish()
        #expect(finished.status == 64 && finished.error.contains(error), "\(finished.error)")
    }
}
