// The same history in the forms in which programs write it: each is read as the plain one is.

import Core
import Testing

@testable import Histories

@Suite struct ForeignFormTests {
    private func read(_ text: String, independent: Bool = false, onlyWord: String? = nil) throws
        -> [ForeignOperation]
    {
        let folder = try RunFolder()
        try folder.write(text, to: folder.merged)
        return try ForeignHistory.operations(folder.merged, independent: independent, onlyWord: onlyWord)
    }

    /// Without lines, in which the forms differ.
    private func content(_ operations: [ForeignOperation]) -> [ForeignOperation] {
        operations.map {
            var operation = $0
            operation.line = 0
            return operation
        }
    }

    private static let events: [String] = [
        #"{"process":0,"type":"invoke","f":"read","value":null}"#,
        #"{"process":1,"type":"invoke","f":"cas","value":[1,2]}"#,
        #"{"process":0,"type":"ok","f":"read","value":{"a":[3,"]"]}}"#,
        #"{"process":"nemesis","type":"info","f":"kill","value":null}"#,
        #"{"process":1,"type":"fail","f":"cas","value":[1,2]}"#,
        #"{"process":2,"type":"invoke","f":"write","value":5}"#,
    ]

    private func plain() throws -> [ForeignOperation] {
        let operations = try read(Self.events.joined(separator: "\n"))
        #expect(operations.count == 3 && operations.map(\.outcome) == [.ok, .fail, .unknown])
        return content(operations)
    }

    /// As `jq .` prints it.
    private func pretty(_ event: String) -> String {
        event.replacing(",\"", with: ",\n  \"").replacing("{\"process", with: "{\n  \"process") + "\n"
    }

    @Test func anArrayOfJSONIsReadOverAnyLines() throws {
        let plain = try plain()
        for separator in [",", ",\n", "\n,\n", " , ", ",\r\n  "] {
            let events = Self.events.joined(separator: separator)
            for text in ["[\(events)]", "[\n\(events)\n]\n", "\n\n  [\n\n\(events)]", "\u{FEFF}[\(events)]"] {
                #expect(content(try read(text)) == plain, "\(text)")
            }
        }
    }

    @Test func prettyPrintedJSONIsReadAsOneArrayOrOneAfterAnother() throws {
        let plain = try plain()
        let events = Self.events.map(pretty)
        #expect(content(try read(events.joined())) == plain)
        #expect(content(try read("[\n" + events.joined(separator: ",") + "]")) == plain)
        #expect(content(try read(Self.events.joined(separator: " "))) == plain)
    }

    @Test func linesOfADocumentAreThoseOfItsInvocations() throws {
        let lines = try read("[\n" + Self.events.joined(separator: ",\n") + "\n]").map(\.line)
        #expect(lines == [2, 3, 7])
        let pretty = try read(Self.events.map(pretty).joined()).map(\.line)
        #expect(pretty == [1, 6, 27])
    }

    @Test func aDefectInADocumentIsToldWithItsLine() throws {
        for (text, line, words) in [
            ("[\n\(Self.events[0]),\n{\"process\":1,\"type\":\"done\",\"f\":\"read\"}]", 3, "`done`"),
            ("[\n\(Self.events[0])\n\(Self.events[1])]", 3, "a comma or the end"),
            ("[\n\(Self.events[0]),\n\(Self.events[0])]", 3, "still open"),
            ("[\n\(Self.events[0]),\n\(Self.events[0])\nrubbish", 3, "still open"),
            ("{\n\"process\": 1,\n\"type\": \"ok\"\n", 3, "end of the object"),
        ] {
            let error = #expect(throws: HistoryError.self) { try read(text) }
            #expect(
                error?.line == line && error?.message.contains(words) == true,
                "\(text): \(String(describing: error))")
        }
    }

    @Test func logsAreReadWithSpacesForTabsAndInTheirLaterForm() throws {
        let tabs = """
            INFO  jepsen.util - 0\t:invoke\t:read\tnil
            INFO  jepsen.util - 1\t:invoke\t:cas\t[1 2]
            INFO  jepsen.util - 0\t:ok\t:read\t3
            INFO  jepsen.util - 1\t:info\t:cas\t[1 2]\ttimed out
            """
        let plain = content(try read(tabs))
        #expect(plain.map(\.outcome) == [.ok, .unknown])
        #expect(content(try read(tabs.replacing("\t", with: " "))) == plain)
        #expect(content(try read(tabs.replacing("\t", with: "    "))) == plain)
        let later = tabs.replacing(
            "INFO  jepsen.util - ",
            with: "2024-05-01 10:00:00,000{GMT}\tINFO\t[jepsen worker 1] jepsen.util: ")
        #expect(content(try read(later)) == plain)
    }

    @Test func wordsMayBeTextWithOrWithoutAColon() throws {
        let plain = content(
            try read(
                """
                {:type :invoke, :f :read, :value nil, :process 0}
                {:type :ok, :f :read, :value 3, :process 0}
                """))
        for text in [
            """
            {"type" "invoke", "f" "read", "value" nil, "process" 0}
            {"type" "ok", "f" "read", "value" 3, "process" 0}
            """,
            """
            {"type" :invoke, "f" :read, "value" nil, "process" 0}
            {"type" :ok, "f" :read, "value" 3, "process" 0}
            """,
            """
            {"type":":invoke","f":":read","value":null,"process":"0"}
            {":type":":ok",":f":":read",":value":3,":process":0}
            """,
            """
            {:type ":invoke", ":f" "read", :process "0"}
            {:type ":ok", ":f" "read", :value 3, :process "0"}
            """,
        ] {
            #expect(content(try read(text)) == plain, "\(text)")
        }
    }

    @Test func theOnlyWordOfAModelMayBeLeftOut() throws {
        let edn = """
            {:type :invoke, :value [[:append 1 2]], :process 0}
            {:type :ok, :value [[:append 1 2]], :process 0}
            """
        let json = """
            {"type":"invoke","value":[["append",1,2]],"process":0}
            {"type":"ok","f":null,"value":[["append",1,2]],"process":0}
            """
        for text in [edn, json, "[\(edn)]", "[\(json.replacing("\n", with: ","))]"] {
            #expect(throws: HistoryError.self) { try read(text) }
            #expect(try read(text, onlyWord: "txn").map(\.f) == ["txn"], "\(text)")
        }
    }

    // MARK: - Without processes

    @Test func withoutProcessesEachPairOfEventsIsOneOfItsOwn() throws {
        let operations = try read(
            """
            {:type :invoke, :f :read, :value nil}
            {:type :invoke, :f :write, :value 4}
            {:type :invoke, :f :write, :value 5}
            {:type :ok, :f :write, :value 5}
            {:type :fail, :f :write, :value 4}
            {:type :ok, :f :read, :value [4]}
            {:type :invoke, :f :txn, :value [[:r 1 nil] [:w 2 3]]}
            {:type :invoke, :f :txn, :value [[:r 1 nil] [:w 2 4]]}
            {:type :ok, :f :txn, :value [[:r 1 [7]] [:w 2 4]]}
            {:type :info, :f :txn, :value :timed-out, :process nil}
            """)
        #expect(operations.map(\.process) == [0, 1, 2, 3, 4])
        #expect(operations.map(\.outcome) == [.ok, .fail, .ok, .unknown, .ok])
        #expect(operations.map(\.returned) == [5, 4, 3, nil, 8])
    }

    @Test func unnamedProcessesTakeNumbersThatNobodyHas() throws {
        let operations = try read(
            """
            {"type":"invoke","f":"read","process":0}
            {"type":"invoke","f":"read"}
            {"type":"invoke","f":"write","process":2,"value":1}
            {"type":"invoke","f":"write","value":1}
            {"type":"invoke","f":"write","process":\(Int.max),"value":1}
            """)
        #expect(operations.map(\.process) == [0, 1, 2, 3, .max])
    }

    @Test(arguments: [
        (#"{"type":"ok","f":"read","value":1}"#, "lines 1 or 2"),
        (#"{"type":"ok","f":"write","value":1}"#, "never began"),
    ])
    func anEndThatFitsNoneOrTwoIsRefused(end: String, words: String) throws {
        let begin = #"{"type":"invoke","f":"read"}"# + "\n"
        let error = #expect(throws: HistoryError.self) { try read(begin + begin + end) }
        #expect(error?.code == .inconsistent && error?.line == 3)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func onlySoManyOperationsWithoutAProcessAreOpenAtOnce() throws {
        let begin = #"{"type":"invoke","f":"read"}"# + "\n"
        let most = String(repeating: begin, count: ForeignPairing.unnamedLimit)
        #expect(try read(most).count == ForeignPairing.unnamedLimit)
        let error = #expect(throws: HistoryError.self) { try read(most + begin) }
        #expect(error?.message.contains("open already") == true)
    }
}
