// A machine without libpq: contend starts, runs what needs no PostgreSQL, and says what is missing where
// something does.

import Foundation
import Testing

@Suite struct MissingLibpqTests {
    /// A folder in which the loader finds a libpq that it cannot load, and looks no further.
    private static func environment(in contend: Contend) throws -> [String: String] {
        let folder = contend.folder + "/libraries"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        _ = try contend.write("", to: "libraries/libpq.so.5")
        return ["LD_LIBRARY_PATH": folder]
    }

    @Test func whatNeedsNoPostgreSQLRunsWithoutLibpq() async throws {
        let contend = try Contend()
        let environment = try Self.environment(in: contend)
        let version = try await contend.run("--version", environment: environment)
        #expect(version.status == 0, "\(version.error)")
        // The bundled service with SQLite.
        let demo = try await contend.run("demo", "--seed", "3", environment: environment)
        #expect(demo.status == 0, "\(demo.output) \(demo.error)")
    }

    @Test(arguments: ["postgresql", "postgresql://nobody@127.0.0.1:1/none"])
    func aRunWithPostgreSQLSaysThatLibpqIsMissing(database: String) async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.images(database: "sqlite"), to: "images.yaml")
        let finished = try await contend.run(
            "run", file, "--database", database, environment: try Self.environment(in: contend))
        #expect(finished.status == 4, "\(finished.output) \(finished.error)")
        #expect((finished.words + finished.error).contains("libpq is not installed: apt-get install libpq5"))
    }

    @Test func theDoctorTellsThatItIsMissing() async throws {
        let contend = try Contend()
        let environment = try Self.environment(in: contend)
        let told = try await contend.run("doctor", environment: environment)
        #expect(told.status == 0 && told.words.contains("! libpq not installed"), "\(told)")
        let needed = try await contend.run("doctor", "--database", "postgresql", environment: environment)
        #expect(needed.status == 4 && needed.words.contains("✗ libpq not installed"), "\(needed)")
        #expect(needed.words.contains("apt-get install libpq5"))
    }
}
