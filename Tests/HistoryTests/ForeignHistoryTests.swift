// Histories that other projects recorded: each form of them, what is refused, and the whole collection where
// it lies.

import Core
import Foundation
import Testing

@testable import Histories

@Suite struct ForeignHistoryTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()

    private static var folder: String {
        ProcessInfo.processInfo.environment["CONTEND_HISTORIES"]
            ?? root.appendingPathComponent("../shared/data/histories").standardized.path
    }

    private func read(_ text: String, independent: Bool = false) throws -> [ForeignOperation] {
        let folder = try RunFolder()
        try folder.write(text, to: folder.merged)
        return try ForeignHistory.operations(folder.merged, independent: independent)
    }

    @Test func everyHistoryOfTheCollectionIsReadWithAllItsInvocations() throws {
        let index = Self.folder + "/expected.tsv"
        guard let table = try? String(contentsOfFile: index, encoding: .utf8) else {
            print(
                "SKIPPED: no foreign histories at \(Self.folder); set CONTEND_HISTORIES to their folder"
            )
            #expect(ProcessInfo.processInfo.environment["CI"] != "true", "the histories must be there in CI")
            return
        }
        let rows = table.split(whereSeparator: \.isNewline).dropFirst().map {
            $0.split(separator: "\t").map(String.init)
        }
        #expect(rows.count == 186)
        for row in rows {
            let file = Self.folder + "/jsonl/" + row[0]
            let invocations = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
                .count { $0.contains("\"type\":\"invoke\"") }
            let operations = try ForeignHistory.operations(file)
            #expect(operations.count == invocations, "\(row[0])")
            #expect(operations.allSatisfy { ($0.outcome == .unknown) == ($0.returned == nil) })
        }
    }

    // MARK: - Forms

    /// One process reads, one writes and is refused, one never hears, the nemesis does what it does.
    private static let expected = [
        ForeignOperation(
            process: 0, f: "read", result: 3, outcome: .ok, invoked: 0, returned: 2, line: 1),
        ForeignOperation(
            process: 1, f: "cas", argument: .array([1, 2]), result: .array([1, 2]), outcome: .fail,
            invoked: 1,
            returned: 3, line: 2),
        ForeignOperation(
            process: 2, f: "write", argument: 5, result: 5, outcome: .unknown, invoked: 4, returned: nil,
            line: 6),
        ForeignOperation(process: 3, f: "read", outcome: .unknown, invoked: 6, returned: nil, line: 8),
    ]

    private func expectSame(_ operations: [ForeignOperation], linesFrom first: Int = 0) {
        #expect(operations.count == Self.expected.count)
        for (operation, expected) in zip(operations, Self.expected) {
            var operation = operation
            operation.isEnded = false
            operation.line -= first
            #expect(operation == expected)
        }
    }

    @Test func jsonLinesAreReadWhateverTheOrderOfTheirMembers() throws {
        expectSame(
            try read(
                """
                {"index":0,"process":0,"type":"invoke","f":"read","value":null,"key":0,"time":1}
                {"index":1,"process":1,"type":"invoke","f":"cas","value":[1,2],"key":0,"time":2}
                {"value":3,"f":"read","type":"ok","process":0,"more":{"a":[1]},"a longer name":1}
                {"index":3,"process":1,"type":"fail","f":"cas","value":[1,2]}
                {"index":4,"process":"nemesis","type":"info","f":"kill","value":null}
                {"index":5,"process":2,"type":"invoke","f":"write","value":5}
                {"index":6,"process":2,"type":"info","f":"write","value":5}
                {"index":7,"process":3,"type":"\\u0069nvoke","f":"read"}

                """))
    }

    @Test func jepsensEDNIsReadMapByMapOrAsOneVector() throws {
        let maps = """
            {:type :invoke, :f :read, :value nil, :process 0, :time 1, :index 0}
            #jepsen.history.Op{:index 1, :process 1, :type :invoke, :f :cas, :value [1 2]}
            {:type :ok, :f :read, :value 3, :process 0} ; a comment
            {:type :fail, :f :cas, :value (1 2), :process 1, :error #{:a "b"}} #_{:type :broken}
            {:type :info, :f :kill, :value {:a 1.5e3, [1 2] \\newline}, :process :nemesis}
            {:type :invoke, :f :write, :value 5N, :process 2}
            {:type :info, :f :write, :value 5, :process 2, :error "\\u0041\\n"}
            {:type :invoke, :f :read, :value nil, :process 3}
            """
        expectSame(try read(maps))
        expectSame(try read("[" + maps + "]"))
        expectSame(try read("; Jepsen\n\n(" + maps + "\n)\n"), linesFrom: 2)
    }

    @Test func oldLogsAreReadBetweenTheirOtherLines() throws {
        let log = """
            INFO  jepsen.util - 0\t:invoke\t:read\tnil
            INFO  jepsen.util - 1\t:invoke\t:cas\t[1 2]
            INFO  jepsen.util - 0\t:ok\t:read\t3
            INFO  jepsen.util - 1\t:fail\t:cas\t[1 2]
            WARN  jepsen.util - :nemesis\t:info\t:kill\tnil
            INFO  jepsen.util - 2\t:invoke\t:write\t5
            INFO  jepsen.util - 2\t:info\t:write\t5\t:timed-out
            INFO  jepsen.util - 3\t:invoke\t:read\tnil
            INFO  jepsen.core - Everything looks good!
            """
        expectSame(try read(log))
        expectSame(try read("INFO  jepsen.core - Running\n" + log), linesFrom: 1)
    }

    @Test func independentValuesAreAKeyAndAValue() throws {
        let operations = try read(
            """
            {:type :invoke, :f :write, :value ["x" 1], :process 0}
            {:type :ok, :f :write, :value ["x" 1], :process 0}
            """, independent: true)
        #expect(operations.map(\.key) == ["x"])
        #expect(operations.map(\.argument) == [1])
    }

    // MARK: - Refusals

    private static let begin = #"{"process":1,"type":"invoke","f":"read"}"#

    @Test(arguments: [
        (
            #"{"process":1,"type":"done","f":"read"}"#, 2, HistoryError.Code.malformed,
            "not invoke, ok, fail or info"
        ),
        (#"{"process":1,"type":"ok"}"#, 2, .malformed, "its f is missing"),
        (#"{"type":"ok","f":"read"}"#, 2, .inconsistent, "never began"),
        (#"{"process":1,"type":"ok","f":"read""#, 2, .malformed, "end of the object"),
        ("[1]", 2, .malformed, "an object should be here"),
        (#"{"process":2,"type":"ok","f":"read"}"#, 2, .inconsistent, "never began"),
        (#"{"process":1,"type":"invoke","f":"read"}"#, 2, .inconsistent, "still open"),
        (#"{"process":1,"type":"ok","f":"write"}"#, 2, .inconsistent, "began a read in line 1"),
        (
            #"{"process":1,"type":"info","f":"read"}"# + "\n" + #"{"process":1,"type":"invoke","f":"read"}"#,
            3,
            .inconsistent, "ended in info"
        ),
        (
            #"{"process":1,"type":"info","f":"read"}"# + "\n" + #"{"process":1,"type":"ok","f":"read"}"#, 3,
            .inconsistent, "never began"
        ),
    ])
    func aDefectIsAnErrorWithItsLine(line: String, number: Int, code: HistoryError.Code, words: String) throws
    {
        let error = #expect(throws: HistoryError.self) { try read(Self.begin + "\n\(line)\n") }
        #expect(error?.code == code)
        #expect(error?.line == number)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        ("{:type :ok, :f :read", "ends inside"), ("{:type :ok :f}", "has no value"),
        ("{:type :ok, :f :read, :process 0 :value \"\\x\"}", "no such escape"),
        ("{:f :read, :process 0}", ":type"),
        ("{:type :ok, :process 1}", ":f"), ("{:a 1]", "should be here"), ("[1]", "a map such as"),
        ("{:type :invoke, :f :read, :process 0, :value 1x}", "no number"),
        ("{:a " + String(repeating: "[", count: 600), "nest deeper"),
        ("{:a " + String(repeating: "#_", count: 600), "nest deeper"),
    ])
    func aDefectOfEDNIsAnErrorWithItsLine(text: String, words: String) throws {
        let first = "{:type :invoke, :f :read, :process 1}\n"
        let error = #expect(throws: HistoryError.self) { try read(first + text) }
        #expect(error?.code == .malformed)
        #expect(error?.line == 2)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func aFileWithoutOperationsIsRefused() throws {
        for text in ["", "\n \n", "hello\nworld\n", "[]", #"{"process":"n","type":"info","f":"kill"}"#] {
            let error = #expect(throws: HistoryError.self) { try read(text) }
            #expect(error?.message.contains("no operation found") == true, "\(text)")
        }
    }

    @Test func tornTextIsReadOrRefusedAtEveryByte() throws {
        let edn = Array(
            #"[#a.b{:type :invoke, :f :read, :process 0, :value [1 "a\n" \a #{2} {3 4.5}]} #_x ; c"#.utf8)
        let json = Array(#"{"process":1,"type":"invoke","f":"read","value":[1,"a\n",{"b":2.5}]}"#.utf8)
        for text in [edn, json] {
            for count in text.indices {
                let part = String(decoding: text[..<count], as: UTF8.self)
                do { _ = try read(part) } catch { #expect(error is HistoryError) }
            }
        }
    }

    // MARK: - EDN

    @Test func randomValuesSurviveEDN() throws {
        for seed in UInt64(1)...300 {
            var generator = SeededGenerator(state: seed)
            let value = randomValue(depth: 4, &generator)
            let text = edn(value, &generator)
            let bytes = Array(text.utf8)
            let read = try bytes.withUnsafeBufferPointer { bytes in
                var scanner = EDNScanner(bytes)
                return try scanner.whole()
            }
            #expect(read == value, "seed \(seed): \(text)")
        }
    }

    private func randomValue(depth: Int, _ generator: inout SeededGenerator) -> Value {
        switch Int.random(in: 0...(depth > 0 ? 7 : 5), using: &generator) {
        case 0: .null
        case 1: .bool(.random(using: &generator))
        case 2: .int(.random(in: .min ... .max, using: &generator))
        case 3: .double(Double.random(in: -1e9...1e9, using: &generator))
        case 4: .string(["word", "a-b", "x.y/z"].randomElement(using: &generator) ?? "")
        case 5:
            .string(
                ["", "a \"b\" \\", "tab\tnew\nline", "ü€😀", "; no comment", "[", "12"]
                    .randomElement(using: &generator) ?? "")
        case 6:
            .array(
                (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                    randomValue(depth: depth - 1, &generator)
                })
        default:
            .object(
                Dictionary(
                    (0..<Int.random(in: 0...3, using: &generator)).map {
                        ("k\($0)", randomValue(depth: depth - 1, &generator))
                    }
                ) { first, _ in first })
        }
    }

    private func edn(_ value: Value, _ generator: inout SeededGenerator) -> String {
        let space = [" ", ", ", "\n", " ; c\n", " #_ignored ", ",,"].randomElement(using: &generator) ?? " "
        switch value {
        case .null: return "nil"
        case .bool(let value): return "\(value)"
        case .int(let value): return "\(value)" + (Bool.random(using: &generator) ? "N" : "")
        case .double(let value): return "\(value)"
        case .string(let text):
            let isWord =
                text.first?.isLetter == true
                && text.allSatisfy { $0.isASCII && !$0.isWhitespace && $0 != "\"" }
            if isWord { return [":\(text)", text, "\"\(text)\""].randomElement(using: &generator) ?? text }
            return JSON.text(.string(text))
        case .array(let values):
            let brackets = [("[", "]"), ("(", ")"), ("#{", "}"), ("#a.b/C [", "]")].randomElement(
                using: &generator)
            let inner = values.map { edn($0, &generator) }.joined(separator: space)
            return (brackets?.0 ?? "[") + inner + space + (brackets?.1 ?? "]")
        case .object(let members):
            let inner = members.map { ":\($0.key)\(space)\(edn($0.value, &generator))" }.joined(
                separator: space)
            return "{" + inner + space + "}"
        }
    }
}
