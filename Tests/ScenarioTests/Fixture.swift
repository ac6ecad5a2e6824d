// The scenario files under Fixtures, and short ways to decode texts.

import Core
import Glibc
import Testing

@testable import Scenarios

enum Fixture {
    /// The text of a file beside this one, under `Fixtures`.
    static func text(_ name: String, here: String = #filePath) throws -> String {
        let folder = here.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
        return try contents(of: "\(folder)/Fixtures/\(name)")
    }

    static func contents(of path: String) throws -> String {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func file(_ name: String) throws -> ScenarioFile { try parse(text(name), path: name) }

    static func parse(
        _ text: String, path: String = "test.yaml", others: [String: String] = [:]
    ) throws -> ScenarioFile {
        try ScenarioFile(text: text, path: path) { name in
            guard let text = others[name] else { throw MissingFile() }
            return text
        }
    }

    static func resolve(_ text: String, _ settings: [String: Value] = [:]) throws -> Scenario {
        try parse(text).resolve(settings, environment: [:])
    }

    /// Everything that is wrong with a text, as a user would read it.
    static func problems(_ text: String, others: [String: String] = [:]) -> String {
        do {
            let file = try parse(text, others: others)
            return file.hints.map(\.description).joined(separator: "\n\n")
        } catch { return "\(error)" }
    }

    struct MissingFile: Error, CustomStringConvertible { var description: String { "no such file" } }
}

/// A small right scenario, whose parts can be replaced.
func scenario(
    service: String = "{ command: [server, \"${{ port }}\"] }", database: String = "{ sqlite: {} }",
    operations: String = "  put: { http: PUT /item, body: \"${{ unique }}\" }\n",
    load: String = "{ clients: 2, for: 1s, mix: { put: 1 } }", more: String = ""
) -> String {
    """
    version: 1
    name: small
    target:
      service: \(service)
      database: \(database)
    operations:
    \(operations)load: \(load)
    \(more)
    """
}
