// JSON paths: what they find, what they say when they are wrong, and that they can be written again.

import Core
import Histories
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

    // MARK: - Names of members

    @Test(arguments: [
        ("$ keys", #"{"b":1,"a":{"c":2}}"#, #"["a","b"]"#), ("$.a keys", #"{"b":1,"a":{"c":2}}"#, #"["c"]"#),
        ("$.list[-1] keys", #"{"list":[{"x":1},{"y":1,"x":2}]}"#, #"["x","y"]"#),
        ("$.a keys", #"{"a":{}}"#, "[]"),
    ])
    func keysAreTheNamesOfOneObject(path: String, json: String, names: String) throws {
        let read = try JSONPath(text: path)
        #expect(try read.evaluate(JSON.parse(Array(json.utf8))) == JSON.parse(Array(names.utf8)))
        #expect(read.description == path && read.suffix == .keys)
    }

    /// An empty list would be an observation that nobody made.
    @Test(arguments: [#"{"a":[1,2]}"#, #"{"a":"text"}"#, #"{"a":null}"#, #"{"b":{}}"#, "[]"])
    func whatIsNoObjectHasNoKeys(json: String) throws {
        #expect(try JSONPath(text: "$.a keys").evaluate(JSON.parse(Array(json.utf8))) == nil)
    }

    @Test(arguments: ["$.* keys", "$..a keys", "$.a[0:2] keys", "$.a[?@.b] keys"])
    func keysAreOfOneObjectOnly(path: String) {
        let error = #expect(throws: TextError.self) { try JSONPath(text: path) }
        #expect(
            error?.message == "`keys` takes the names of one object, and this path may find several values")
        #expect(error?.offset == path.count - 4)
    }

    @Test func aMemberMayBeCalledKeys() throws {
        let value = try JSON.parse(Array(#"{"keys":{"a":1}}"#.utf8))
        #expect(try JSONPath(text: "$.keys").evaluate(value) == .object(["a": 1]))
        #expect(try JSONPath(text: "$.keys keys").evaluate(value) == .array(["a"]))
    }

    @Test func aConditionOnKeysHoldsOfOneOfThem() throws {
        let pattern = try #require(try AnswerPattern.alternatives(#"json $.a keys == "x""#).first)
        func meets(_ json: String) throws -> Bool {
            pattern.matches(Answer(status: 200, json: try JSON.parse(Array(json.utf8))))
        }
        #expect(try meets(#"{"a":{"y":1,"x":2}}"#) && !meets(#"{"a":{"y":1}}"#))
    }

    @Test func aMistypedSuffixHasANearestWord() {
        let problems = Fixture.problems(
            scenario(operations: "  put: { http: PUT /item, capture: { a: json $.a key } }\n"))
        #expect(problems.contains("`key` does not belong here"), "\(problems)")
        #expect(problems.contains("did you mean `keys`?"), "\(problems)")
    }
}
