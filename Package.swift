// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// What `scripts/dist` builds. Git is not asked here: SwiftPM keeps what a manifest said of another commit.
let commit: [CSetting] =
    Context.environment["CONTEND_COMMIT"].map { [.define("CONTEND_COMMIT", to: "\"\($0)\"")] } ?? []

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let serviceLifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let nioSSL = Target.Dependency.product(
    name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"]))

func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }

/// A library of ours, with the strict settings that all of them share.
func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// `fixtures` are the folders that the tests read in place.
func tests(_ name: String, _ dependencies: [Target.Dependency], fixtures: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: fixtures, swiftSettings: settings)
}

let package = Package(
    name: "contend",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "contend", targets: ["contend"]),
        .executable(name: "image-service", targets: ["image-service"]),
    ],
    traits: [
        .trait(name: "TLS", description: "https; without it, BoringSSL is not built."),
        .default(enabledTraits: ["TLS"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // Its header is libpq-dev's; the library is loaded when it is wanted.
        .target(name: "CLibpq"),
        .target(name: "CLibmariadb"),
        .target(name: "CPlatform", cSettings: commit),

        // What all targets share: words, and primitives that are wanted in several places.
        library("Core", []),
        library("Histories", ["Core"]),
        library("Scenarios", ["Core", "Histories", "Yams"]),
        library("Checking", ["Core", "Histories", "Scenarios"]),
        library("Drafting", ["Core", "Histories", "Scenarios"]),
        library("PostgresWire", ["Core", nio("NIOCore")]),
        library("DatabaseProxy", ["Core", "Histories", "PostgresWire", "CPlatform", nio("NIOCore")]),
        library("Exploration", ["Core"]),
        library(
            "Transport",
            [
                "Core", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOTLS"),
                nioSSL,
            ]),
        library("MariaClient", ["CLibmariadb"]),
        library(
            "Clusters",
            [
                "Core", "Histories", "Scenarios", "DatabaseProxy", "Transport", "MariaClient", "CLibpq",
                "CPlatform",
            ]),
        library(
            "Traffic",
            [
                "Core", "Histories", "Scenarios", "Transport", nio("NIOCore"), nio("NIOPosix"),
                nio("NIOHTTP1"),
                histogram,
            ]
        ),
        library("RunStore", ["Core", "Histories", "Scenarios", "Checking"]),
        .target(
            name: "Reporting",
            dependencies: ["Core", "Histories", "Scenarios", "Checking", "RunStore"],
            // Compiled into the program, which stays a single file.
            resources: [.embedInCode("HTML/Resources")],
            swiftSettings: settings
        ),
        library(
            "Engine",
            [
                "Core", "Histories", "Scenarios", "Checking", "DatabaseProxy", "Exploration", "Clusters",
                "Traffic", "RunStore", "Reporting", "CPlatform",
                unixSignals,
            ]),
        library(
            "ImageService",
            [
                "MariaClient", "CLibpq", hummingbird, grdb, nio("NIOCore"), logging, serviceLifecycle,
                unixSignals,
            ]),
        program("image-service", ["ImageService", argumentParser, logging]),
        program(
            "contend",
            [
                "Core", "Histories", "Scenarios", "Checking", "Drafting", "Transport", "Clusters", "Traffic",
                "RunStore", "Reporting", "Engine",
                argumentParser,
            ]),

        // What several tests share: goldens, schema validation, and a small racy service with its scenario.
        .target(
            name: "TestSupport", dependencies: ["Core", "Histories"], path: "Tests/TestSupport",
            exclude: ["Replica"],
            swiftSettings: settings),
        tests("CoreTests", ["Core"]),
        tests("HistoryTests", ["Core", "Histories", "TestSupport"]),
        tests("ScenarioTests", ["Core", "Histories", "Scenarios", "TestSupport"], fixtures: ["Fixtures"]),
        // Large histories that are right by construction, for tests and for `make bench`.
        .target(
            name: "HistoryGenerator", dependencies: ["Core", "Histories"], path: "Tests/HistoryGenerator",
            swiftSettings: settings),
        .executableTarget(
            name: "check-bench",
            dependencies: ["Core", "Histories", "Scenarios", "Checking", "HistoryGenerator"],
            path: "Tests/CheckBench", swiftSettings: settings),
        .executableTarget(
            name: "proxy-bench", dependencies: ["DatabaseProxy"], path: "Tests/ProxyBench",
            swiftSettings: settings),
        tests("PostgresWireTests", ["Core", "PostgresWire", nio("NIOCore")]),
        tests(
            "DatabaseProxyTests", ["Core", "PostgresWire", "DatabaseProxy", nio("NIOCore"), nio("NIOPosix")]),
        tests("DraftingTests", ["Core", "Scenarios", "Drafting"]),
        tests("ExplorationTests", ["Core", "Exploration"]),
        tests("CheckingTests", ["Core", "Histories", "Scenarios", "Checking", "HistoryGenerator"]),
        // What the tests of Cluster start and kill in contend's place: a supervisor, or a whole run.
        .executableTarget(
            name: "cluster-harness", dependencies: ["Core", "Histories", "Scenarios", "Clusters"],
            path: "Tests/ClusterHarness", swiftSettings: settings),
        tests(
            "ClusterTests",
            [
                "Core", "Histories", "Scenarios", "DatabaseProxy", "Transport", "MariaClient", "Clusters",
                "cluster-harness",
                "TestSupport",
            ]),
        tests(
            "TrafficTests",
            [
                "Core", "Histories", "Scenarios", "Transport", "Traffic", nio("NIOConcurrencyHelpers"),
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nioSSL, "TestSupport",
            ]
        ),
        tests(
            "ReportingTests",
            ["Core", "Histories", "Scenarios", "Checking", "RunStore", "Reporting", "TestSupport"],
            fixtures: ["Golden"]),
        tests("RunStoreTests", ["Core", "Histories", "RunStore", "TestSupport", histogram]),
        tests(
            "EngineTests",
            [
                "Core", "Histories", "Scenarios", "Checking", "Clusters", "Traffic", "RunStore", "Reporting",
                "Engine",
                "TestSupport",
            ],
            fixtures: ["KeptRun"]),
        tests(
            "ImageServiceTests",
            [
                "ImageService", "MariaClient", "CLibpq", hummingbird, logging, nio("NIOCore"),
                nio("NIOEmbedded"),
            ]),
        tests(
            "ContendTests",
            [
                "Core", "Histories", "Scenarios", "Checking", "RunStore", "Reporting", "Clusters", "Engine",
                "TestSupport",
            ],
            fixtures: ["Golden"]),
        // Pages in a real headless Chromium.
        tests(
            "BrowserTests",
            ["Core", "Histories", "Scenarios", "Checking", "RunStore", "Reporting", "TestSupport"]),
        tests("ScenarioFilesTests", ["Core", "Histories", "Scenarios"]),
        // The readers of foreign bytes as the fuzzer calls them, and a replay of its corpus.
        .target(
            name: "Fuzzing",
            dependencies: [
                "Core", "Histories", "Scenarios", "Checking", "Drafting", "Clusters", "Traffic",
                "PostgresWire",
                nio("NIOCore"), "TestSupport",
            ],
            path: "Tests/Fuzzing", exclude: ["Corpus"], swiftSettings: settings),
        tests("FuzzingTests", ["Core", "Fuzzing"]),
        tests("TidyTests", []),
    ]
)

// `make fuzz`: libFuzzer brings a main function of its own, so its program is no part of other builds.
if Context.environment["CONTEND_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "contend-fuzz", dependencies: ["Fuzzing"], path: "Tests/FuzzMain", swiftSettings: settings))
}

// `make tsan`: a sanitizer builds everything anew, so only what is tested under it.
if Context.environment["CONTEND_TSAN"] != nil {
    let tested: Set = [
        "CLibpq", "CLibmariadb", "MariaClient", "CPlatform", "Core", "Histories", "Scenarios", "PostgresWire",
        "DatabaseProxy", "Transport", "Clusters",
        "Traffic", "TestSupport",
        "HistoryTests",
        "cluster-harness", "ClusterTests", "TrafficTests", "DatabaseProxyTests",
    ]
    package.products = []
    package.targets.removeAll { !tested.contains($0.name) }
}
