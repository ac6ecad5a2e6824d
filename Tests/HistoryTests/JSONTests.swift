// JSON text: what must be read, what must be refused and where, and that text and values are each other's
// inverse.

import Core
import Testing

@testable import Histories

@Suite struct JSONTests {
    @Test(arguments: [
        ("null", Value.null), (" true ", true), ("false", false), ("0", 0), ("-0", 0), ("-12", -12),
        ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
        ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1.0", .double(1)),
        ("1e2", .double(100)),
        ("-1.5E-3", .double(-0.0015)), ("\"\"", ""), (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u00e9\ud83d\ude00é😀""#, "é😀é😀"), ("[]", .array([])),
        ("[ 1 ,\t[2]\r\n]", .array([1, .array([2])])),
        ("{}", .object([:])), (#"{"a":1,"b":{"c":null}}"#, .object(["a": 1, "b": .object(["c": .null])])),
        (#"{"a":1,"a":2}"#, .object(["a": 2])),
    ])
    func textIsReadAsTheValueItMeans(text: String, value: Value) throws {
        #expect(try JSON.parse(text.utf8) == value)
        #expect(try JSON.parse(Array(text.utf8).lazy.map { $0 }) == value)
    }

    @Test(arguments: [
        ("", 0), ("  ", 2), ("nul", 3), ("nulL", 3), ("tru", 3), ("01", 0), ("-01", 1), ("-", 1), ("+1", 0),
        ("1.", 2),
        (".5", 0), ("1e", 2), ("1e+", 3), ("1e999", 0), ("0999999999999999999999", 0), ("1 2", 2),
        ("[1,]", 3),
        ("[1 2]", 3), ("[", 1), ("{", 1), ("{1:2}", 1), (#"{"a"}"#, 4), (#"{"a":1,}"#, 7), (#"{"a":1"#, 6),
        ("\"a", 2), ("\"\t\"", 1), ("\"\\x\"", 2), ("\"\\", 2), (#""\ud83d""#, 3), (#""\ud83d\n""#, 8),
        (#""\ud83d\u0041""#, 3), (#""\ud83d\ud83d""#, 3), (#""\ude00""#, 3), (#""\u12g4""#, 5), ("'a'", 0),
        ("NaN", 0),
        ("\u{FEFF}1", 0),
    ])
    func defectiveTextIsRefusedWhereItIsDefective(text: String, offset: Int) throws {
        let error = try #require(throws: JSONError.self) { try JSON.parse(text.utf8) }
        #expect(error.offset == offset)
        #expect(!error.message.isEmpty)
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
        ] as [[UInt8]])
    func bytesThatAreNotUTF8AreRefusedInStrings(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSON.parse([0x22] + bytes + [0x22]) }
        #expect(throws: JSONError.self) { try JSON.parse([0x22] + Array(#"\n"#.utf8) + bytes + [0x22]) }
    }

    @Test func textNestsUpToTheLimitAndNoDeeper() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(String(repeating: "[", count: depth).utf8)
                + Array(String(repeating: "]", count: depth).utf8)
        }
        _ = try JSON.parse(nested(JSON.depthLimit))
        #expect(throws: JSONError.self) { try JSON.parse(nested(JSON.depthLimit + 1)) }
        #expect(throws: JSONError.self) {
            try JSON.parse(Array(repeating: UInt8(ascii: "["), count: 1_000_000))
        }
        let wide = "[" + Array(repeating: "[]", count: 2000).joined(separator: ",") + "]"
        #expect(try JSON.parse(wide.utf8).elements?.count == 2000)
    }

    @Test func membersAreWrittenInOrderOfTheirNamesOnOneLine() {
        let value = Value.object([
            "b": 1, "a": .array(["x\n\"\\\u{1}\u{1F}", .double(1), .double(.nan)]), "": .null,
        ])
        #expect(JSON.text(value) == #"{"":null,"a":["x\n\"\\\u0001\u001f",1.0,null],"b":1}"#)
    }

    @Test func everyValueSurvivesTextAndBack() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(state: seed)
        for _ in 0..<2000 {
            let value = generator.value()
            let text = JSON.text(value)
            #expect(try JSON.parse(text.utf8) == value, "seed \(seed): \(text)")
        }
    }

    @Test func noTextMakesTheParserTrap() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(state: seed)
        let pieces =
            Array(#"{}[]",:\u00d8ntfae+-.0129 "#.utf8) + [0x00, 0x1F, 0x80, 0xC3, 0xE2, 0xED, 0xF0, 0xFF]
        var refused = 0
        for _ in 0..<5000 {
            var bytes = Array(JSON.text(generator.value(depth: 2)).utf8)
            for _ in 0...Int.random(in: 0...3, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: bytes.remove(at: place)
                case 1: bytes[place] = pieces.randomElement(using: &generator) ?? 0
                default: bytes.insert(pieces.randomElement(using: &generator) ?? 0, at: place)
                }
            }
            do {
                let value = try JSON.parse(bytes)
                #expect((try? JSON.parse(JSON.text(value).utf8)) == value, "seed \(seed)")
            } catch {
                refused += 1
                #expect(0...bytes.count ~= error.offset, "seed \(seed)")
            }
        }
        #expect(refused > 1000)
    }

    @Test func excerptsAreCutBetweenCharacters() {
        #expect(RequestRecord.excerpt(of: "né") == "né")
        let limit = RequestRecord.excerptLimitBytes
        let plain = String(repeating: "x", count: limit)
        #expect(RequestRecord.excerpt(of: plain) == plain)
        #expect(RequestRecord.excerpt(of: plain + plain) == plain)
        for kept in 1...3 {
            let body = String(plain.dropLast(kept)) + "😀tail"
            #expect(RequestRecord.excerpt(of: body) == String(plain.dropLast(kept)))
        }
        #expect(
            RequestRecord.excerpt(of: String(plain.dropLast(4)) + "😀tail") == String(plain.dropLast(4)) + "😀")
    }
}
