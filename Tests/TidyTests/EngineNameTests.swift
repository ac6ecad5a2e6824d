// Only the engines' own folders, the scenario form and what is listed here know a database by name.

import Testing

@Suite struct EngineNameTests {
    /// Beginnings of paths, each with why it may.
    static let allowed = [
        "Sources/Clusters/Database/PostgreSQL/",
        "Sources/Clusters/Database/SQLite/",
        "Sources/Clusters/Database/MariaDB/", "Sources/Clusters/Database/Galera/", "Sources/MariaClient/",
        // The one place that chooses.
        "Sources/Clusters/Database/DatabaseChoice.swift",
        // The protocol of one engine, and the sockets that perform it.
        "Sources/PostgresWire/", "Sources/DatabaseProxy/",
        // What engines and their drivers say, read for monitors, for older records and in answers.
        "Sources/Histories/Observations/PostgresWords.swift",
        "Sources/Histories/Observations/SQLiteWords.swift",
        "Sources/Histories/Observations/MariaWords.swift",
        "Sources/Histories/Observations/Observations.swift",
        "Sources/Scenarios/",
        // The bundled service has databases of its own.
        "Sources/ImageService/", "Sources/image-service/",
        // Sentences about refusals.
        "Sources/Checking/Findings/DatabaseRefusal+Words.swift",
        // What is shown: log files, versions, tables, notes.
        "Sources/Engine/StoredRun+HTML.swift",
        "Sources/Reporting/HTML/Report/LocksSection.swift",
        "Sources/Reporting/Benchmark/Benchmark+Text.swift",
        // The name of a flag.
        "Sources/Engine/RerunCommand.swift",
        // A server's URL is no part of what is compared.
        "Sources/Reporting/Comparison/ComparedRun.swift",
        // Flags and the demo.
        "Sources/contend/",
        // The scenarios that `init` writes.
        "Sources/Drafting/DraftTarget.swift", "Sources/Drafting/ComposeFile.swift",
        "Sources/Drafting/ProjectFolder.swift",
    ]

    /// Names, and codes that only one engine has; in text as well as in code, but not in comments.
    static let names = [
        "postgres", "sqlite", "mariadb", "mysql", "galera", "wsrep", "libpq", "40p01", "40001",
    ]

    static func isAllowed(_ path: String) -> Bool { allowed.contains { path.hasPrefix($0) } }

    @Test func onlyEnginesNameEngines() {
        let strays = SourceTree.sources.filter { !Self.isAllowed($0.path) }.flatMap { file in
            file.lines.indices.filter { index in
                let line = file.lines[index].lowercased()
                return !line.trimmingPrefix(while: \.isWhitespace).hasPrefix("//")
                    && Self.names.contains { line.holds($0) }
            }.map { "\(file.path):\($0 + 1): \(file.lines[$0])" }
        }
        expectNone(
            strays,
            "Only the engines' own folders and what EngineNameTests lists name a database: ask `DatabaseEngine` "
                + "or `DatabaseKind`, or take the name as data.")
    }

    @Test func everyAllowedPlaceIsThereAndNamesOne() {
        let idle = Self.allowed.filter { place in
            !SourceTree.sources.contains { file in
                file.path.hasPrefix(place)
                    && file.lines.contains { line in Self.names.contains { line.lowercased().holds($0) } }
            }
        }
        expectNone(idle, "No file of this place names a database: take it out of the list.")
    }

    @Test func inClusterOnlyPostgreSQLsFolderSpeaksToItsLibrary() {
        let strays = SourceTree.sources.filter {
            $0.target == "Clusters" && !$0.path.hasPrefix("Sources/Clusters/Database/PostgreSQL/")
        }.flatMap { file in
            file.imports.filter { $0.module == "CLibpq" }.map { "\(file.path):\($0.line): import CLibpq" }
        }
        expectNone(strays, "CLibpq is imported in Sources/Clusters/Database/PostgreSQL alone.")
    }
}
