// Requests as curl commands and HTTP Archives, and what is drafted from them.

import Scenarios
import Testing

@testable import Drafting

@Suite struct RecordedDraftTests {
    private static func text(_ source: DraftSource, entity: String? = nil) throws -> String {
        let text = try ScenarioDraft(from: source, name: nil, entity: entity, target: nil).text
        _ = try ScenarioFile(text: text, path: "draft.yaml") { _ in "" }
        return text
    }

    static let commands = [
        #"curl 'http://127.0.0.1:8000/notes' -X POST -H 'Authorization: Bearer top.secret.word' -H 'content-type: application/json' --data-raw $'{"title":"it\'s new","kind":"memo","password":"hunter22","n":3}' --compressed"#,
        #"curl -sS -XPATCH http://127.0.0.1:8000/notes/42?api_key=key-in-clear -H "X-Tenant: acme" -b 'sid=cookie-in-clear' --json '{"title":"other"}'"#,
        "curl \\\n  http://127.0.0.1:8000/notes/42 -u me:word-in-clear -o /dev/null",
    ]

    @Test func curlCommandsBecomeAScenario() throws {
        let text = try Self.text(.curl(Self.commands))
        #expect(text.contains("http: POST /notes?api_key=${{ secret.API_KEY }}\n"))
        #expect(text.contains("http: PATCH /notes/${{ note-id }}?api_key=${{ secret.API_KEY }}\n"))
        #expect(
            text.contains(
                #"json: { kind: "memo", n: 3, password: "${{ secret.PASSWORD }}", title: "${{ note }}" }"#))
        #expect(text.contains(#"json: { title: "${{ unique }}" }"#) && text.contains("GUESS"))
        #expect(text.contains("X-Tenant: \"acme\"") && text.contains("Cookie: \"${{ secret.COOKIE }}\""))
        #expect(text.contains("Authorization: \"Bearer ${{ secret.API_TOKEN }}\""))
        #expect(text.contains("secrets: [API_TOKEN, COOKIE, PASSWORD, API_KEY]"))
        #expect(text.contains("$.id is a guess of where its answer has the id."))
    }

    @Test func nothingSecretIsWrittenInClear() throws {
        let text = try Self.text(.curl(Self.commands)) + Self.text(.har(Self.archive, name: "x.har"))
        for word in [
            "top.secret.word", "hunter22", "key-in-clear", "cookie-in-clear", "word-in-clear",
            "archive-token",
        ] {
            #expect(!text.contains(word))
        }
    }

    @Test(arguments: [
        ("wget x", "begins with curl"), ("curl ftp://a/b", "no http URL"), ("curl -X", "-X has no value"),
        ("curl http://a/b -d @file", "reads a file"), ("curl http://a/b -F a=b", "(-F)"),
    ])
    func whatIsNoCommandIsRefused(command: String, sentence: String) {
        #expect { try SeenRequest.curl(command) } throws: { "\($0)".contains(sentence) }
    }

    @Test func shellWordsAreSplitAsAShellDoes() {
        #expect(
            ShellWords.split(#"a 'b c' "d \"e\" \n" f\ g $'h\'\n'"#) == [
                "a", "b c", #"d "e" \n"#, "f g", "h'\n",
            ])
        #expect(ShellWords.split("a \\\n  b ''") == ["a", "b", ""])
        #expect(ShellWords.ofCommand("run $PORT --x={port}") == ["run", "${{ port }}", "--x=${{ port }}"])
    }

    static func entry(
        _ method: String, _ path: String, sent: String? = nil, status: Int, answer: String,
        type: String = "application/json"
    ) -> String {
        let body =
            sent.map { #", "postData": {"mimeType": "application/json", "text": \#(quoted($0))}"# } ?? ""
        return """
            {"request": {"method": "\(method)", "url": "http://shop.local:80\(path)",
              "headers": [{"name": ":authority", "value": "x"}, {"name": "X-CSRF-Token", "value": "archive-token"}]\(body)},
             "response": {"status": \(status), "content": {"mimeType": "\(type)", "text": \(quoted(answer))}}}
            """
    }

    private static func quoted(_ text: String) -> String { "\"" + text.replacing("\"", with: "\\\"") + "\"" }

    static let archive = """
        {"log": {"entries": [
        \(entry("GET", "/page.html", status: 200, answer: "x", type: "text/html")),
        \(entry("POST", "/api/vouchers", sent: #"{"code":"SPRING","limit":2}"#, status: 201, answer: #"{"voucher":{"code":"SPRING","used":0}}"#)),
        \(entry("GET", "/api/vouchers/SPRING", status: 200, answer: #"{"voucher":{"code":"SPRING","used":0}}"#)),
        \(entry("POST", "/api/vouchers/SPRING/redeem", status: 200, answer: "{}"))
        ]}}
        """

    @Test func anArchiveTellsWhereIdsComeFromAndWhatIsCounted() throws {
        let text = try Self.text(.har(Self.archive, name: "shop.har"))
        #expect(text.contains(#"json: { code: "${{ voucher }}", limit: 5 }"#))
        #expect(text.contains("http: POST /api/vouchers/${{ voucher }}/redeem"))
        #expect(text.contains(#"capture: { used: "json $.voucher.used" }"#))
        #expect(text.contains("finally: show-voucher.used == count(redeem)"))
        #expect(text.contains("X-CSRF-Token: \"${{ secret.X_CSRF_TOKEN }}\"") && !text.contains("page.html"))
    }

    @Test(arguments: [
        ("{", "no HTTP Archive"), ("{}", "no log.entries"), (#"{"log":{"entries":[]}}"#, "no request"),
    ])
    func whatIsNoArchiveIsRefused(text: String, sentence: String) {
        #expect { try Self.text(.har(text, name: "x.har")) } throws: { "\($0)".contains(sentence) }
    }
}
