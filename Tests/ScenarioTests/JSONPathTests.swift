// JSON paths: what they find, what they say when they are wrong, and that they can be written again.

import Core
import Testing

@testable import Scenarios

@Suite struct JSONPathTests {
    private let document: Value = .object([
        "id": 7, "nothing": .null, "tags": .array(["a", "b"]), "odd name": .array([.object(["x-y": true])]),
        "a": .array([.object(["b": 1]), .object(["c": 0]), .object(["b": .array([1, 2, 3])])]),
        "text": "héllo",
        "map": .object(["z": 1, "k": 2]), "empty": .array([]),
    ])

    @Test(arguments: [
        ("$.id", Value.int(7)), ("$['id']", 7), ("$.nothing", .null), ("$.tags[*]", .array(["a", "b"])),
        ("$.tags[0]", "a"), ("$.tags[-1]", "b"), ("$['odd name'][0].x-y", true),
        ("$[\"odd name\"][0]['x-y']", true),
        ("$.a[-1].b", .array([1, 2, 3])), ("$.a[*].b", .array([1, .array([1, 2, 3])])),
        ("$.a[*].b[*]", .array([1, 2, 3])), ("$.map[*]", .array([2, 1])), ("$.map.*", .array([2, 1])),
        ("$.tags length", 2), ("$.text length", 5), ("$.map  length", 2), ("$.a[*].b length", 2),
        ("$.empty[*]", .array([])),
        ("$.empty length", 0),
    ])
    func finds(path: String, value: Value) throws {
        let parsed = try JSONPath(text: path)
        #expect(parsed.evaluate(document) == value)
        #expect(try JSONPath(text: parsed.description) == parsed)
    }

    @Test(arguments: [
        "$.missing", "$.tags[2]", "$.tags[-3]", "$.tags.a", "$.id[*]", "$.missing[*]", "$.id length",
        "$.missing length",
        "$.nothing.x",
    ])
    func findsNothing(path: String) throws { #expect(try JSONPath(text: path).evaluate(document) == nil) }

    @Test(arguments: [
        ("id", 0), ("$.", 2), ("$[", 2), ("$[x]", 2), ("$[0", 3), ("$['a]", 2), ("$.a len", 4),
        ("$.a lengthy", 4),
        ("", 0), ("$..", 3), ("$.a[-]", 4), ("$.1", 2), ("$[01]", 2), ("$[?]", 3), ("$[?@.a ==]", 9),
        ("$[?@.a = 1]", 7), ("$[?@[*] == 1]", 3), ("$[?'a']", 3), ("$[?length(@.a)]", 3), ("$[?(@.a]", 7),
        ("$[?cuont(@.*) > 1]", 3), ("$[?count(1) > 1]", 9), ("$[?match(@.a)]", 3),
        ("$[?match(@.a, '\\\\d')]", 14), ("$['\\x']", 2),
    ])
    func mistakesHaveAnOffset(path: String, offset: Int) {
        let error = #expect(throws: TextError.self) { try JSONPath(text: path) }
        #expect(error?.offset == offset)
    }

    @Test func theWholeDocumentIsAPath() throws {
        #expect(try JSONPath(text: "$").evaluate(document) == document)
    }
}
