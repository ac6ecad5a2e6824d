// Many requests at once through three replicas on one database: the sound guards keep every promise, and
// check-then-act, which is there to be caught, breaks them.

import Foundation
import Testing

@testable import ImageService

/// What a burst of requests led to.
private struct Burst: Sendable {
    var accepted: [Change] = []
    var refused: [Refusal] = []
    /// Only check-then-act may have any.
    var failures: [String] = []
}

@Suite(.serialized) struct RaceTests {
    private static let clients = 12
    private static let rounds = 3
    private static let limits = Limits(members: 5, storageBytes: 50, uniqueNames: true)

    @Test(arguments: Cell.sound) func soundGuardsKeepEveryPromise(_ cell: Cell) async throws {
        try await cell.withReplicas(limits: Self.limits) { replicas in
            for _ in 0..<Self.rounds {
                for race in Race.allCases {
                    let (broken, burst) = try await race.run(replicas, clients: Self.clients)
                    #expect(broken == nil, "\(race)")
                    #expect(burst.failures.isEmpty, "\(race): contention must be a clean refusal")
                    #expect(!burst.accepted.isEmpty, "\(race): somebody must win")
                }
            }
        }
    }

    /// The plant is real: each of these races shows within a bounded number of tries on both databases.
    @Test(arguments: Cell.racy) func checkThenActBreaksItsPromises(_ cell: Cell) async throws {
        try await cell.withReplicas(limits: Self.limits) { replicas in
            for race in Race.allCases {
                var broken: String?
                for _ in 0..<100 where broken == nil {
                    broken = try await race.run(replicas, clients: Self.clients).broken
                }
                #expect(broken != nil, "\(race) never showed in 100 rounds")
            }
        }
    }
}

/// One kind of race, with the promise that it puts to the test.
private enum Race: CaseIterable {
    case distinctTags, distinctProperties, memberQuota, sameMember, deactivateOnce, deactivateAgainstRename
    case deleteAgainstRename, storageQuota, sameID, sameName, sameUpload

    /// Runs one round on a fresh image; answers what promise was broken, if any.
    func run(_ replicas: [ImageRegistry], clients: Int) async throws -> (broken: String?, burst: Burst) {
        let id = UUID().uuidString
        let caller = Caller(project: "project-\(id)")
        let targets = self == .storageQuota ? (0..<clients).map { "\(id)-\($0)" } : [id]
        if self != .sameID && self != .sameName {
            for target in targets { try await prepare(target, caller, replicas[0]) }
        }
        let requests = (0..<clients).map { client in
            let target = self == .storageQuota ? targets[client] : self == .sameName ? "\(id)-\(client)" : id
            return ChangeRequest(change(client, target, caller), to: target, by: caller)
        }
        let burst = await Self.burst(requests, replicas)
        return (try await broken(burst, id, caller, replicas[clients % replicas.count]), burst)
    }

    private func prepare(_ id: String, _ caller: Caller, _ replica: ImageRegistry) async throws {
        var image = Image(id: id, project: caller.project)
        image.name = "first-\(id)"
        for change in [Change.create(image), .startUpload] where self != .sameUpload || change != .startUpload
        {
            _ = try await replica.apply(ChangeRequest(change, to: id, by: caller))
        }
        if self != .storageQuota && self != .sameUpload {
            let upload = Change.finishUpload(sizeBytes: 1, checksum: "x")
            _ = try await replica.apply(ChangeRequest(upload, to: id, by: caller))
        }
    }

    private func change(_ client: Int, _ id: String, _ caller: Caller) -> Change {
        let rename = Change.patch([.set(.name("name-\(client)-\(id)"), mustExist: true)])
        switch self {
        case .distinctTags: return .addTag("tag-\(client)")
        case .distinctProperties: return .patch([.set(.property("key-\(client)", "v"), mustExist: false)])
        case .memberQuota: return .addMember("member-\(client)")
        case .sameMember: return .addMember("member")
        case .deactivateOnce: return .deactivate
        case .deactivateAgainstRename: return client % 4 == 0 ? .deactivate : rename
        case .deleteAgainstRename: return client % 4 == 0 ? .delete : rename
        case .storageQuota: return .finishUpload(sizeBytes: 10, checksum: "x")
        case .sameID, .sameName:
            var image = Image(id: id, project: caller.project)
            image.name = self == .sameName ? "the-name" : "name-\(client)"
            return .create(image)
        case .sameUpload: return .startUpload
        }
    }

    /// Sends all at once, client k to replica k mod n.
    private static func burst(_ requests: [ChangeRequest], _ replicas: [ImageRegistry]) async -> Burst {
        await withTaskGroup(of: (Change, Result<Image, any Error>).self) { group in
            for (index, request) in requests.enumerated() {
                let replica = replicas[index % replicas.count]
                group.addTask {
                    do {
                        return (request.change, .success(try await replica.apply(request)))
                    } catch {
                        return (request.change, .failure(error))
                    }
                }
            }
            return await group.reduce(into: Burst()) { burst, answer in
                switch answer.1 {
                case .success: burst.accepted.append(answer.0)
                case .failure(let refusal as Refusal): burst.refused.append(refusal)
                case .failure(let error): burst.failures.append("\(error)")
                }
            }
        }
    }

    private func broken(
        _ burst: Burst, _ id: String, _ caller: Caller, _ replica: ImageRegistry
    ) async throws -> String? {
        let accepted = burst.accepted.count
        let gaveUp = burst.refused.contains { $0.code == .conflict || $0.code == .busy }
        switch self {
        case .distinctTags:
            let tags = try await replica.image(id, for: caller).tags
            return tags.count == accepted ? nil : "\(accepted) tags accepted, \(tags.count) there"
        case .distinctProperties:
            let properties = try await replica.image(id, for: caller).properties
            return properties.count == accepted
                ? nil : "\(accepted) properties accepted, \(properties.count) there"
        case .memberQuota:
            let members = try await replica.members(of: id).count
            if members > 5 { return "\(members) members, quota 5" }
            return members == accepted && (gaveUp || members == 5)
                ? nil : "\(accepted) accepted, \(members) there"
        case .sameMember:
            let members = try await replica.members(of: id).count
            return members == 1 && accepted == 1 ? nil : "\(accepted) accepted, \(members) rows"
        case .deactivateOnce:
            let status = try await replica.image(id, for: caller).status
            return accepted == 1 && status == .deactivated
                ? nil : "\(accepted) deactivations of one image, \(status)"
        case .deactivateAgainstRename:
            let status = try await replica.image(id, for: caller).status
            return !burst.accepted.contains(.deactivate) || status == .deactivated
                ? nil : "deactivated, yet \(status)"
        case .deleteAgainstRename:
            let isThere = (try? await replica.image(id, for: caller)) != nil
            return !burst.accepted.contains(.delete) || !isThere ? nil : "deleted, yet there"
        case .storageQuota:
            let used = try await replica.storageUsed(by: caller.project)
            if used > 50 { return "\(used) bytes stored, quota 50" }
            return used == accepted * 10 && (gaveUp || used == 50)
                ? nil : "\(accepted) accepted, \(used) bytes"
        case .sameID, .sameName:
            let column = self == .sameID ? ("id", id) : ("name", "the-name")
            let filter = ImageFilter(columns: [column, ("project", caller.project)])
            let count = try await replica.images(filter, for: caller).count
            return count == 1 && accepted == 1 ? nil : "\(accepted) accepted, \(count) there"
        case .sameUpload:
            return accepted == 1 ? nil : "\(accepted) uploads of one image began"
        }
    }
}
