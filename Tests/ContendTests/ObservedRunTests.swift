// A pass speaks only of what was observed: a correct service whose run shows too little is inconclusive, says
// why, and passes as soon as the run shows it.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct ObservedRunTests {
    /// A correct register of each item; `unread` answers every read of the second item with 500, `long` makes
    /// the answers to reads long.
    private static let service = #"""
        import json, sqlite3, sys
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        port, file, mode = int(sys.argv[1]), sys.argv[2], sys.argv[3]
        def database(): return sqlite3.connect(file, timeout=60, isolation_level=None)
        database().execute("create table if not exists items(name text primary key, value text)")
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *arguments): pass
            def reply(self, status, value):
                text = "x" * 4000 if mode == "long" and self.command == "GET" else ""
                data = json.dumps({"value": value, "text": text}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            def run(self, *statement):
                connection = database()
                rows = connection.execute(*statement).fetchall()
                connection.close()
                return rows
            def do_GET(self):
                if self.path == "/ready": return self.reply(200, "")
                if mode == "unread" and self.path.endswith("1"): return self.reply(500, "")
                rows = self.run("select value from items where name = ?", [self.path])
                self.reply(200 if rows else 404, rows[0][0] if rows else "")
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.run("insert into items values (?, 'first')", [self.path])
                self.reply(201, "")
            def do_PUT(self):
                value = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["value"]
                rows = self.run("select 1 from items where name = ?", [self.path])
                self.run("update items set value = ? where name = ?", [value, self.path])
                self.reply(200 if rows else 404, "")
        ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
        """#

    /// What differs between the runs.
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var file = "${{ database.path }}"
        var mode = "plain"
        var load: String
        var status: Int32
        /// A check that the summary names, and a part of its sentence.
        var check: String?
        var sentence = ""

        var testDescription: String { name }

        static let burst = """
            burst: { rounds: 10, clients: 6 }
              keys: { item: { count: 1 } }
              each-round: { before: create, mix: { update: 1 }, after: [show] }
            """
        static let closed = """
            clients: 4
              for: 2s
              keys: { item: { count: 2 } }
              mix: { update: 2, show: 1 }
            """

        static let all = [
            Case(name: "burst", load: burst, status: 0),
            Case(name: "closed", load: closed, status: 0),
            Case(
                name: "unread", mode: "unread", load: closed, status: 2,
                check: "value: read after the last", sentence: "1 of 2 changed keys"),
            Case(
                name: "apart", file: "${{ replica.directory }}/own.sqlite", load: burst, status: 2,
                check: "replicas share the database", sentence: "give every replica the same database"),
            Case(
                name: "elsewhere", file: "../elsewhere.sqlite", load: burst, status: 2,
                check: "replicas use the database", sentence: "nothing was ever written to the SQLite file"),
            Case(
                name: "refused",
                load: closed + """

                    faults:
                      - { at: 100ms, kill: { replica: 0, restart-after: 1h } }
                      - { at: 100ms, kill: { replica: 1, restart-after: 1h } }
                      - { at: 100ms, kill: { replica: 2, restart-after: 1h } }
                    """, status: 2, check: "connections",
                sentence: "met a refused connection and tested nothing"),
        ]
    }

    private func scenario(_ contend: Contend, _ run: Case) throws -> String {
        let service = try contend.write(Self.service, to: "service.py")
        let isClosed = run.load.hasPrefix("clients")
        let setup = """
            setup:
              - { for-each: item, http: "POST /items/${{ item }}", json: {} }
            """
        return try contend.write(
            """
            version: 1
            name: \(run.name)
            target:
              service:
                command: [python3, "\(service)", "${{ port }}", "\(run.file)", "\(run.mode)"]
                replicas: 3
                ready: { http: GET /ready, status: 200, within: \(Patience.text) }
              database: { sqlite: {} }
            \(isClosed ? setup : "")
            operations:
              create: { http: "POST /items/${{ item }}", json: {} }
              update:
                http: PUT /items/${{ item }}
                json: { value: "${{ unique }}" }
            \(TestScenario.reading("value: json $.value, text: json $.text"))
            load:
              \(run.load)
            """, to: "\(run.name).yaml")
    }

    @Test(arguments: Case.all)
    func aPassSpeaksOfWhatWasObserved(_ run: Case) async throws {
        let contend = try Contend()
        let finished = try await contend.run("run", try scenario(contend, run))
        #expect(finished.status == run.status, "\(finished.output) \(finished.error)")
        if let check = run.check {
            #expect(finished.words.contains(check), "\(finished.output)")
            #expect(finished.words.contains(run.sentence), "\(finished.output)")
        }
        let again = try await contend.run("check", "latest")
        #expect(again.status == run.status, "\(again.output) \(again.error)")
    }

    /// As on a full disk: the recorder's second stretch finds no room, nor does the merged history.
    @Test func aHistoryThatMayGrowNoFurtherEndsTheLoadAndIsJudged() async throws {
        let contend = try Contend()
        let load = """
            clients: 1
              for: 5m
              keys: { item: { count: 2 } }
              mix: { update: 1, show: 20 }
            """
        let file = try scenario(contend, Case(name: "full", mode: "long", load: load, status: 2))
        // In blocks of 512 bytes: 4 MiB.
        let finished = try await contend.start(
            program: "/bin/sh",
            ["-c", "ulimit -f 8192; exec \"$@\"", "sh", Contend.program, "run", file, "--sequential"]
        ).finish()
        #expect(finished.status == 2, "\(finished.output) \(finished.error)")
        #expect(finished.words.contains("recording-failed"), "\(finished.output)")
        // Of two keys, one may have been written last: there is nobody to read it any more.
        #expect(finished.words.contains("value held on "), "\(finished.output)")
        let again = try await contend.run("check", "latest")
        #expect(again.status == 2 && again.words.contains("recording-failed"), "\(again.output)")
    }
}
