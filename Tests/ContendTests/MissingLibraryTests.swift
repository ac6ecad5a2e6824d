// A machine without the client libraries of servers: contend starts, runs what needs none, and says what is
// missing where something does.

import Foundation
import Testing

@Suite struct MissingLibraryTests {
    /// A folder in which the loader finds libraries that it cannot load, and looks no further.
    private static func environment(in contend: Contend) throws -> [String: String] {
        let folder = contend.folder + "/libraries"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["libpq.so.5", "libmariadb.so.3"] { _ = try contend.write("", to: "libraries/\(name)") }
        return ["LD_LIBRARY_PATH": folder]
    }

    @Test func whatNeedsNoServerRunsWithoutLibraries() async throws {
        let contend = try Contend()
        let environment = try Self.environment(in: contend)
        let version = try await contend.run("--version", environment: environment)
        #expect(version.status == 0, "\(version.error)")
        // The bundled service with SQLite.
        let demo = try await contend.run("demo", "--seed", "3", environment: environment)
        #expect(demo.status == 0, "\(demo.output) \(demo.error)")
    }

    @Test(arguments: [
        ("postgresql", "libpq is not installed: apt-get install libpq5"),
        ("postgresql://nobody@127.0.0.1:1/none", "libpq is not installed: apt-get install libpq5"),
        ("mariadb", "libmariadb is not installed: apt-get install libmariadb3"),
        ("mysql://nobody@127.0.0.1:1/none", "libmariadb is not installed: apt-get install libmariadb3"),
    ])
    func aRunWithAServerSaysThatItsLibraryIsMissing(database: String, text: String) async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.images(database: "sqlite"), to: "images.yaml")
        let finished = try await contend.run(
            "run", file, "--database", database, environment: try Self.environment(in: contend))
        #expect(finished.status == 4, "\(finished.output) \(finished.error)")
        #expect((finished.words + finished.error).contains(text))
    }

    @Test func theDoctorTellsThatItIsMissing() async throws {
        let contend = try Contend()
        let environment = try Self.environment(in: contend)
        let told = try await contend.run("doctor", environment: environment)
        #expect(told.status == 0 && told.words.contains("! libpq not installed"), "\(told)")
        let needed = try await contend.run("doctor", "--database", "postgresql", environment: environment)
        #expect(needed.status == 4 && needed.words.contains("✗ libpq not installed"), "\(needed)")
        #expect(needed.words.contains("apt-get install libpq5"))
        let other = try await contend.run("doctor", "--database", "mariadb", environment: environment)
        #expect(other.status == 4 && other.words.contains("✗ libmariadb not installed"), "\(other)")
    }
}
