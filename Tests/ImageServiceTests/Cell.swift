// The axes that every test of a guard runs over, and replicas on a database of their own for each case.

import Foundation

@testable import ImageService

/// The databases.
enum DatabaseKind: String, CaseIterable, Sendable {
    case sqlite, postgresql, mariadb

    /// Runs the body with the URL of a new database, and removes it afterwards.
    func withDatabase<T>(_ body: (String) async throws -> T) async throws -> T {
        switch self {
        case .sqlite:
            let directory = FileManager.default.temporaryDirectory
                .appendingPathComponent("contend-images-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: directory) }
            return try await body("sqlite://\(directory.path)/images.db")
        case .postgresql:
            return try await body(try await PostgresServer.freshURL())
        case .mariadb:
            return try await body(try await MariaServer.freshURL())
        }
    }
}

/// One guard on one database.
struct Cell: Sendable, CustomStringConvertible {
    let guardName: GuardName
    let database: DatabaseKind

    var description: String { "\(guardName.rawValue) on \(database.rawValue)" }

    static let all = GuardName.allCases.flatMap { name in
        DatabaseKind.allCases.map { Cell(guardName: name, database: $0) }
    }
    /// Right, and without a planted fault that stops or slows everybody.
    static let sound = all.filter { cell in
        switch cell.guardName {
        case .compareAndSwap, .versionColumn, .rowLock, .serializable, .lockOrder, .orderedLocks: true
        case .narrow, .writeSkew, .singleStatement: cell.database == .sqlite
        case .checkThenAct, .lockUpgrade, .twoConnections, .retryForever, .threeParty: false
        }
    }
    static let racy = all.filter { $0.guardName == .checkThenAct }

    func withDatabase<T>(_ body: (String) async throws -> T) async throws -> T {
        try await database.withDatabase(body)
    }

    /// Runs the body with several replicas that were all started at once.
    func withReplicas(
        _ count: Int = 3, limits: Limits = Limits(), parts: PartOptions = PartOptions(),
        connections: Int = 8, _ body: @Sendable ([ImageRegistry]) async throws -> Void
    ) async throws {
        try await withDatabase { url in
            let replicas = try await withThrowingTaskGroup(of: ImageRegistry.self) { group in
                for _ in 0..<count {
                    group.addTask {
                        try await ImageRegistry(
                            databaseURL: url, guard: guardName, limits: limits, parts: parts,
                            connections: connections)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            defer { for replica in replicas { replica.close() } }
            try await body(replicas)
        }
    }
}
