// `contend doctor`: what it finds on this machine, and what it calls missing where something is.

import Core
import Foundation
import Histories
import Testing

@testable import Clusters

@Suite struct DoctorTests {
    @Test func thisMachineIsReadyAndNothingIsLeftBehind() async throws {
        let contend = try Contend()
        let told = try await contend.run("doctor", "--database", "postgresql")
        #expect(told.status == 0, "\(told)")
        #expect(told.output.hasPrefix("contend ") && told.output.contains("· READY"))
        // A path stands alone on its line.
        for line in told.output.split(separator: "\n") where !line.contains("/") {
            #expect(line.count <= 80, "\(line)")
        }
        #expect(!contend.exists("reports"))
    }

    @Test func theDocumentHoldsEveryPartWithItsState() async throws {
        let told = try await Contend().run("doctor", "--json")
        let document = try JSON.parse(Array(told.output.utf8))
        guard case .object(let members) = document else { throw DocumentError(.malformed, told.output) }
        #expect(members["version"] == 1 && members["ready"] == true)
        let parts = try (members["parts"]?.elements ?? []).map { try MachinePart(document: $0, path: "part") }
        #expect(
            parts.map(\.name) == [
                "cores", "open files", "ports", "run folder", "image-service", "PostgreSQL server", "libpq",
                "libpg_query", "MariaDB server", "libmariadb", "Galera",
            ])
        #expect(parts.first { $0.name == "PostgreSQL server" }?.state == .found, "\(parts)")
        #expect(parts.first { $0.name == "PostgreSQL server" }?.detail.contains("(PostgreSQL)") == true)
    }

    @Test(arguments: [("sqlite", Int32(0)), ("postgresql", 4)])
    func aServerThatIsNotThereMattersOnlyWherePostgreSQLIsAskedFor(database: String, status: Int32)
        async throws
    {
        let told = try await Contend().run(
            "doctor", "--database", database, "--postgresql-binaries", "no-such-folder")
        #expect(told.status == status, "\(told)")
        #expect(told.words.contains("no-such-folder does not hold initdb and postgres"))
    }

    @Test func aServerThatDoesNotRunIsMissing() async throws {
        let contend = try Contend()
        for name in ["initdb", "postgres"] {
            let path = try contend.write("#!/bin/sh\necho broken library; exit 127\n", to: name)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        let told = try await contend.run("doctor", "--database", "postgresql", "--postgresql-binaries", ".")
        #expect(told.status == 4 && told.words.contains("does not run"), "\(told)")
    }

    @Test func aRunFolderThatCannotBeMadeIsMissing() async throws {
        let contend = try Contend()
        _ = try contend.write("", to: "file")
        let told = try await contend.run("doctor", "--out", "file/runs")
        #expect(
            told.status == 4 && told.words.contains("✗ run folder file/runs cannot be written"), "\(told)")
    }

    @Test func fewDescriptorsAreLimitedAndAlmostNoneAreMissing() {
        #expect(MachineCheck.openFiles(most: 4_096).state == .found)
        #expect(MachineCheck.openFiles(most: 4_095).state == .limited)
        #expect(MachineCheck.openFiles(most: 255).state == .missing)
        #expect(MachineCheck.openFiles(most: .max).detail == "no limit")
    }

    /// What `--postgresql-binaries` names is what a run starts.
    @Test func aRunTakesTheServerThatIsNamed() async throws {
        let contend = try Contend()
        let file = try contend.write(Scenarios.images(database: "postgresql"), to: "images.yaml")
        let refused = try await contend.run("run", file, "--postgresql-binaries", "nowhere", "--rounds", "3")
        #expect(refused.status == 4, "\(refused.output) \(refused.error)")
        #expect((refused.words + refused.error).contains("nowhere does not hold initdb and postgres"))
        let folder = try PostgresPrograms.find(path: "").folder
        let ran = try await contend.run(
            "run", file, "--postgresql-binaries", folder, "--rounds", "10", "--json")
        #expect(ran.status == 0, "\(ran.output) \(ran.error)")
        #expect(ran.output.contains("--postgresql-binaries \(folder)"), "the command that runs it again")
    }
}
