// What a target may not do: the pure ones touch nothing outside, and only programs talk to the terminal.

import Testing

@Suite struct PurityTests {
    static let pureTargets: Set<String> = [
        "Core", "Histories", "Checking", "Scenarios", "Drafting", "PostgresWire", "Exploration",
    ]
    /// Buffers of bytes are no sockets.
    static let bufferImport = "NIOCore"
    static let programs: Set<String> = ["contend", "image-service"]

    static var pureFiles: [SourceFile] { SourceTree.sources.filter { pureTargets.contains($0.target) } }

    @Test func theRulesSeeTheSources() {
        #expect(Self.pureTargets.isSubset(of: Set(SourceTree.sources.map(\.target))))
        #expect(Self.programs.isSubset(of: Set(SourceTree.sources.map(\.target))))
        #expect(SourceTree.sources.count > 30)
        #expect(SourceTree.tests.count > 10)
    }

    @Test func pureTargetsOpenNoSocket() {
        let imports = Self.pureFiles.flatMap { file in
            file.imports.filter { imported in
                let isBuffer = file.target == "PostgresWire" && imported.module == Self.bufferImport
                return imported.module.hasPrefix("NIO") && !isBuffer
                    || imported.module == "FoundationNetworking"
            }
            .map { "\(file.path):\($0.line): import \($0.module)" }
        }
        let calls = places(of: ["socket(", "connect(", "listen(", "URLSession"], in: Self.pureFiles)
        expectNone(
            imports + calls,
            "Pure targets open no socket: hand the values in.")
    }

    @Test func pureTargetsStartNoProcess() {
        let tokens = ["fork(", "vfork(", "posix_spawn", "execv", "Process(", "system(", "popen("]
        expectNone(
            places(of: tokens, in: Self.pureFiles),
            "Pure targets start no process: that is Clusters' job.")
    }

    @Test func pureTargetsReadNoClock() {
        let tokens = [
            "Date(", "Date.now", "ContinuousClock", "SuspendingClock", "DispatchTime", "ProcessInfo",
            "clock_gettime(", "gettimeofday(", "mach_absolute_time", "Task.sleep", "time(nil", "usleep(",
        ]
        expectNone(
            places(of: tokens, in: Self.pureFiles),
            "Pure targets read no clock: times come in as values.")
    }

    @Test func randomnessComesFromAGeneratorPassedIn() {
        let global = ["SystemRandomNumberGenerator", "UUID(", "arc4random", "getrandom(", "random("]
        let calls = [".random(", ".randomElement(", ".shuffled(", ".shuffle("]
        let unseeded = Self.pureFiles.flatMap { file in
            calls.flatMap { call in
                file.linesOfCode(with: call)
                    .filter { !file.code[$0 - 1].contains("using:") }
                    .map { "\(file.path):\($0): \(call) without `using:`" }
            }
        }
        expectNone(
            unseeded + places(of: global, in: Self.pureFiles),
            "Pure targets use no global random source: pass the seeded generator in."
        )
    }

    @Test func onlyProgramsPrintAndExit() {
        let tokens = [
            "print(", "debugPrint(", "dump(", "fputs(", "puts(", "FileHandle.standardOutput",
            "FileHandle.standardError", "exit(", "Glibc.exit(", "Foundation.exit(", "abort(", "readLine(",
            "CommandLine.arguments",
        ]
        let libraries = SourceTree.sources.filter { !Self.programs.contains($0.target) }
        expectNone(
            places(of: tokens, in: libraries),
            "Libraries return values, throw errors and emit events; only contend and image-service print or exit."
        )
    }

    @Test(arguments: [
        ("Yams", ["Scenarios"]),
        ("ArgumentParser", ["contend", "image-service"]),
        ("GRDB", ["ImageService"]),
        ("Hummingbird", ["ImageService"]),
        ("NIOHTTP1", ["Traffic", "Transport"]),
        ("NIOSSL", ["Transport"]),
        ("CLibpq", ["Clusters", "ImageService"]),
        ("CLibmariadb", ["MariaClient"]),
        ("UnixSignals", ["Engine", "ImageService"]),
    ])
    func aThirdPartyModuleStaysWhereItsJobIs(module: String, targets: [String]) {
        let strays = SourceTree.sources.filter { !targets.contains($0.target) }.flatMap { file in
            file.imports.filter { $0.module == module }.map { "\(file.path):\($0.line): import \(module)" }
        }
        expectNone(strays, "\(module) is imported by \(targets.joined(separator: " and ")) alone.")
    }
}
