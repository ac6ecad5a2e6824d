// schemas/history.schema.json is what the types say, and the lines that are written keep to it.

import Core
import Foundation
import TestSupport
import Testing

@testable import Histories

@Suite struct HistorySchemaTests {
    private let validator = SchemaValidator(HistoryFormat.schema, strict: true)

    @Test func theCommittedSchemaIsThatOfTheTypes() {
        let text = HistoryFormat.schema.text
        #expect(Golden.difference(of: text, fromRepositoryFile: "schemas/history.schema.json") == nil)
    }

    @Test func everyLineOfTheDocumentsExampleIsValid() throws {
        for line in try documentLines() {
            #expect(validator.problems(try JSON.parse(line.utf8)).isEmpty, "\(line)")
        }
    }

    @Test(arguments: [1, 2, 3])
    func everyLineOfARandomRecordingIsValid(seed: UInt64) throws {
        let folder = try RunFolder()
        var random = RandomHistory(seed: seed)
        do {
            let recorder = try folder.recorder()
            let writers = try (0...1).map { try recorder.makeSegment(named: "loop-\($0)") }
            for _ in 0..<400 { try random.step(writers) }
        }
        try folder.merge()
        let lines = try folder.lines()
        #expect(lines.count > 100)
        for line in lines {
            #expect(validator.problems(try JSON.parse(line.utf8)).isEmpty, "seed \(seed): \(line)")
        }
    }

    /// Takes away, and falsifies, each member in turn.
    @Test func aLineWithoutARequiredMemberOrWithAWrongOneIsInvalid() throws {
        let optional: Set = [
            "round", "values", "captures", "intended", "request", "requests", "end", "since", "sequential",
            "marks_end", "operation", "rows", "answered",
        ]
        var count = 0
        for line in try documentLines() {
            let value = try JSON.parse(line.utf8)
            for name in value.members.keys {
                let isOptional =
                    optional.contains(name) && !(line.contains("attempt\",\"id") && name == "request")
                let without = validator.problems(value.replacing([name], with: nil))
                #expect(without.isEmpty == isOptional, "\(line) without \(name)")
                #expect(
                    !validator.problems(value.replacing([name], with: .array([]))).isEmpty
                        || name == "requests")
                count += 1
            }
        }
        #expect(count > 40)
        let unknown = Value.object(["time": 1, "event": "nonsense", "id": 1])
        #expect(!validator.problems(unknown).isEmpty)
        let newer = try JSON.parse(documentLines()[0].utf8).replacing(["version"], with: 3)
        #expect(!validator.problems(newer).isEmpty)
    }

    @Test func aMemberOfALaterVersionIsAllowed() throws {
        let value = try JSON.parse(documentLines()[2].utf8).replacing(["later"], with: true)
        #expect(SchemaValidator(HistoryFormat.schema).problems(value).isEmpty)
        #expect(!validator.problems(value).isEmpty)
    }

    private func documentLines() throws -> [String] {
        let file = Golden.repository.appending(path: "docs/history.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let example = try #require(
            text.split(separator: "```jsonl\n").dropFirst().first?.split(separator: "```").first)
        return example.split(separator: "\n").map(String.init)
    }
}
