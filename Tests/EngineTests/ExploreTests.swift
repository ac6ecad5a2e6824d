// `contend explore` and `contend replay`, between a real service and a real PostgreSQL.

import Checking
import Core
import Foundation
import Histories
import RunStore
import TestSupport
import Testing

@testable import Engine
@testable import Scenarios

@Suite(.serialized) struct ExploreTests {
    private static func run(
        _ name: String, guarded guardName: String, _ test: TestRun,
        change: (inout RunOptions) -> Void = { _ in }
    ) async throws -> RunResult {
        var options = test.options
        options.pages = []
        options.database = "postgresql"
        options.settings["guard"] = .string(guardName)
        options.exploration = ExploreOptions()
        change(&options)
        let file = try ScenarioFile.load(Golden.repository.appending(path: "scenarios/\(name).yaml").path)
        let results = await Run(try file.scenario(options), options: options) { _ in }.execute()
        return try #require(results.first)
    }

    private static func history(of result: RunResult) throws -> History {
        try RunDirectory.history(in: result.directory).history
    }

    private static func checks(_ result: RunResult) -> [Check] {
        result.report.judgement.checks.filter { $0.kind == .exploration }
    }

    @Test func aRaceIsFoundInThreeSchedulesAndEachReplayShowsItAgain() async throws {
        let test = try TestRun()
        let result = try await Self.run("deactivate-vs-rename", guarded: "check-then-act", test)
        let judgement = result.report.judgement
        #expect(judgement.verdict == .violation, "\(result.report.notices)")
        let undone = try #require(judgement.findings.first { $0.check == "status" })
        #expect(undone.replay.map { [$0.times, $0.reproduced] } == [5, 5])
        #expect(undone.schedule?.switches == 2)
        // The same two requests hold in both orders.
        #expect(undone.orders.map(\.isSerial) == [true, true, false])
        #expect(undone.orders.map(\.holds) == [true, true, false])
        let history = try Self.history(of: result)
        let schedules = history.exploration.schedules.filter(\.isExplored)
        #expect(schedules.prefix(3).contains { $0.classes.contains(undone.classID) })
        // The statements stand in the order of the schedule.
        let ids = Set(undone.example.map(\.id))
        #expect(undone.statements.contains { $0.operation.map(ids.contains) ?? false })
        // Judged again from the record alone, it is the same.
        let again = try Recheck(StoredRun(directory: result.directory, historyFile: nil)).execute()
        #expect(again.report.judgement.findings == judgement.findings)
        #expect(Self.checks(again) == Self.checks(result))
    }

    /// Three requests by chance: the schedule that is told has two of them, and replays.
    ///
    /// What the second seed draws lets two requests wait for one row, and replays by luck only.
    @Test(arguments: [1, 2]) func aLongScheduleIsShortenedAndToldBesideTheSerialOrders(
        seed: UInt64
    ) async throws {
        let test = try TestRun()
        let result = try await Self.run("deactivate-vs-rename", guarded: "check-then-act", test) {
            $0.seed = seed
            $0.exploration?.operations = ["deactivate", "rename", "rename"]
            $0.exploration?.strategies = [.serial, .random]
            $0.exploration?.schedules = 200
            $0.exploration?.untilFinding = true
        }
        let finding = try #require(
            result.report.judgement.findings.first { $0.replay?.original?.requests == 3 },
            "\(result.report.judgement.findings.map(\.replay))")
        let schedule = try #require(finding.schedule)
        #expect(schedule.strategy == ScheduleRecord.shorten)
        #expect(schedule.requests.count == 2 && schedule.switches == 2)
        #expect(finding.replay?.reproduced == finding.replay?.times)
        // Example, statements and schedule are of one round.
        #expect(finding.example.filter { $0.phase == .load }.allSatisfy { $0.round == schedule.round })
        #expect(finding.orders.filter(\.isSerial).allSatisfy { $0.holds && $0.requests.count == 2 })
        #expect(finding.orders.map(\.isSerial).last == false && finding.orders.count >= 2)
        let again = try Recheck(StoredRun(directory: result.directory, historyFile: nil)).execute()
        #expect(again.report.judgement.findings == result.report.judgement.findings)
    }

    @Test func aStoredFindingIsReplayedInAnotherRunAndACureDoesNotShowIt() async throws {
        let test = try TestRun()
        let found = try await Self.run("deactivate-vs-rename", guarded: "check-then-act", test) {
            $0.exploration?.untilFinding = true
        }
        let stored = try StoredFinding(found.directory + "#1", out: test.options.out)
        func replay(_ guardName: String?) async throws -> RunResult {
            var options = test.options
            options.pages = []
            options.settings["guard"] = guardName.map(Value.string)
            options = stored.applied(to: options)
            options.exploration = try stored.replay(times: 3)
            let scenario = try ScenarioFile.load(stored.scenarioFile).scenario(options)
            return try #require(await Run(scenario, options: options) { _ in }.execute().first)
        }
        let again = try await replay(nil)
        #expect(
            again.report.judgement.findings.map(\.classID).contains(
                found.report.judgement.findings[0].classID))
        #expect(again.report.judgement.findings[0].replay.map { [$0.times, $0.reproduced] } == [3, 3])
        let cured = try await replay("row-lock")
        #expect(cured.report.judgement.findings.isEmpty)
        #expect(cured.report.judgement.verdict == .unknown)
        #expect(Self.checks(cured).contains { $0.explanation.contains("the order no longer fits") })
    }

    @Test(arguments: ["row-lock", "version-column", "serializable"])
    func everyInterleavingOfASoundGuardHolds(guardName: String) async throws {
        let test = try TestRun()
        let result = try await Self.run("deactivate-vs-rename", guarded: guardName, test)
        #expect(result.report.judgement.verdict == .pass, "\(result.report.judgement.checks)")
        let coverage = try Self.history(of: result).exploration.coverage
        #expect(coverage.count == 3)
        #expect(coverage.allSatisfy { $0.isComplete && $0.undecided == 0 })
        #expect(
            Self.checks(result).allSatisfy { $0.explanation.contains("with at most 2 preemptions holds") })
    }

    /// Two processes that come and go, one statement each: the schedule that lets both insert is found.
    @Test func commandsAreExploredAsRequestsAre() async throws {
        let test = try TestRun()
        let file = try test.file(
            text: """
                version: 1
                name: commands
                target:
                  service:
                    command: [image-service, --port, "${{ port }}", --guard, row-lock]
                    environment: { DATABASE_URL: "${{ database.url }}" }
                    ready: { http: GET /healthcheck }
                  database: { postgresql: { settings: { fsync: off } } }
                  prepare: [[psql, -qd, "${{ database.url }}", -c, "CREATE TABLE ${{ secret.TABLE }} (name text)"]]
                secrets: [TABLE]
                operations:
                  seed:
                    command: [psql, -qAtd, "${{ database.url }}", -c,
                      "WITH added AS (INSERT INTO ${{ secret.TABLE }} SELECT '${{ name }}'
                       WHERE NOT EXISTS (
                         SELECT FROM ${{ secret.TABLE }} WHERE name = '${{ name }}') RETURNING 1)
                       SELECT json_build_object('added', count(*)) FROM added"]
                    outcome: { ok: 'exit 0 and json $.added == 1', fail: 'exit 0 and json $.added == 0' }
                  show:
                    command: [psql, -qAtd, "${{ database.url }}", -c,
                      "SELECT json_build_object('seeds', count(*)) FROM ${{ secret.TABLE }} WHERE name = '${{ name }}'"]
                    effect: none
                    capture: { seeds: json $.seeds }
                models:
                  seeds:
                    bounded-counter:
                      key: ${{ name }}
                      limit: 1
                      add: { operation: seed, by: 1 }
                      observe: { operation: show, value: "${{ seeds }}" }
                load:
                  burst: { rounds: 1, clients: 2 }
                  keys: { name: { count: 1 } }
                  each-round: { mix: { seed: 1 }, after: [show] }
                """)
        var options = test.options
        options.pages = []
        options.environment["TABLE"] = "seedlings"
        options.exploration = ExploreOptions()
        let results = await Run(try file.scenario(options), options: options) { _ in }.execute()
        let judgement = try #require(results.first).report.judgement
        let finding = try #require(judgement.findings.first, "\(judgement.checks)")
        #expect(finding.kind == .quotaOverrun)
        #expect(finding.replay.map { [$0.times, $0.reproduced] } == [5, 5])
        #expect(finding.statements.contains { $0.statement.contains("INSERT INTO [redacted]") })
        // Read back, where the secret is redacted, it is the same order.
        let directory = try #require(results.first).directory
        let stored = try StoredFinding(directory + "#1", out: options.out)
        options = stored.applied(to: options)
        options.exploration = try stored.replay(times: 2)
        let scenario = try ScenarioFile.load(stored.scenarioFile).scenario(options)
        let again = try #require(await Run(scenario, options: options) { _ in }.execute().first)
        #expect(again.report.judgement.findings.first?.replay.map { [$0.times, $0.reproduced] } == [2, 2])
    }

    /// What was not tried is not said to hold.
    @Test func aLimitThatIsReachedIsTold() async throws {
        let test = try TestRun()
        let result = try await Self.run("deactivate-vs-rename", guarded: "row-lock", test) {
            $0.exploration?.schedules = 3
        }
        let explanations = Self.checks(result).map(\.explanation)
        #expect(explanations.allSatisfy { !$0.contains("preemptions holds") })
        #expect(explanations.contains { $0.contains("--schedules 3 was reached") })
        // The pairs that were never tried are no pass.
        #expect(result.report.judgement.verdict == .unknown)
    }

    /// What stress has found gets a schedule, and with it a replay.
    @Test func aFindingOfStressIsExploredFromItsExample() async throws {
        let test = try TestRun()
        let stress = try await Self.run("distinct-tags", guarded: "check-then-act", test) {
            $0.exploration = nil
            $0.rounds = 20
        }
        let name = stress.directory + "#1"
        let stored = try StoredFinding(name, out: test.options.out)
        let lacking = #expect(throws: RunError.self) { try stored.replay(times: 1) }
        #expect(lacking?.message.contains("contend explore --from") == true)
        let names = try stored.racingOperations()
        #expect(names.count >= 2 && Set(names) == ["tag"])
        let result = try await Self.run("distinct-tags", guarded: "check-then-act", test) {
            $0.exploration?.operations = names
            $0.exploration?.untilFinding = true
        }
        let classes = result.report.judgement.findings.filter { $0.schedule != nil }.map(\.classID)
        #expect(classes.contains(stress.report.judgement.findings[0].classID))
    }

    @Test func aDeadlockIsFoundBySchedule() async throws {
        let test = try TestRun()
        let result = try await Self.run("lock-order", guarded: "lock-order", test)
        #expect(result.report.judgement.findings.contains { $0.kinds.contains(.deadlock) })
        let replays = try Self.history(of: result).exploration.replays
        #expect(replays.contains { $0.classID == ScheduleRecord.circleClass && $0.reproduced == $0.times })
    }

    // MARK: Loads without rounds

    /// A ramp with `setup` for each key, an operation that needs another, and a quota of one.
    private static func quota(
        _ test: TestRun, guarded guardName: String, _ operations: [String],
        changed: (String) -> String = { $0 }
    ) async throws -> RunResult {
        let shipped = Golden.repository.appending(path: "scenarios/select-for-update-is-not-free.yaml")
        var text = try String(contentsOf: shipped, encoding: .utf8)
        text = text.replacing("--quota-members, 10", with: "--quota-members, 1")
            .replacing("limit: 10", with: "limit: 1")
        let path = test.folder + "/quota.yaml"
        try changed(text).write(toFile: path, atomically: true, encoding: .utf8)
        var options = test.options
        options.pages = []
        options.settings["guard"] = .string(guardName)
        var settings = ExploreSettings()
        settings.operations = operations
        options.exploration = ExploreOptions(settings)
        let scenario = try ScenarioFile.load(path).scenario(options)
        return try #require(await Run(scenario, options: options) { _ in }.execute().first)
    }

    @Test func aLoadWithoutRoundsIsExploredInRoundsOfItsOwn() async throws {
        let test = try TestRun()
        let racy = try await Self.quota(test, guarded: "check-then-act", ["share", "share"])
        let finding = try #require(
            racy.report.judgement.findings.first, "\(racy.report.notices) \(racy.report.judgement.checks)")
        #expect(finding.check == "members")
        #expect(finding.replay.map { [$0.times, $0.reproduced] } == [5, 5])
        let history = try Self.history(of: racy)
        let rounds = Set(history.operations.filter { $0.phase == .load }.map(\.round))
        let keys = Set(history.operations.filter { $0.phase == .load }.map { $0.value("image") })
        #expect(Set(history.operations.filter { $0.phase == .after }.map(\.round)) == rounds)
        #expect(rounds.count == keys.count && !rounds.contains(nil))
        let sound = try await Self.quota(test, guarded: "row-lock", ["share", "unshare"])
        #expect(sound.report.judgement.verdict == .pass, "\(sound.report.judgement.checks)")
        #expect(Self.checks(sound).allSatisfy { $0.explanation.contains("preemptions holds") })
    }

    @Test func aLoadWhoseRoundsWouldMixIsRefused() async throws {
        let test = try TestRun()
        func notices(_ changed: (String) -> String) async throws -> String {
            let result = try await Self.quota(
                test, guarded: "row-lock", ["share", "share"], changed: changed)
            #expect(result.report.judgement.verdict == .notRun)
            return result.report.notices.joined()
        }
        #expect(
            try await notices { $0.replacing("key: ${{ image }}", with: "key: all") }
                .contains("the model `members` is about the same key in every round"))
        #expect(
            try await notices {
                $0.replacing(
                    "operations:\n", with: "  - { http: GET /healthcheck }\n\noperations:\n",
                    maxReplacements: 1)
            }.contains("put setup request 2, which is sent once, before them"))
    }

    /// What is about time says nothing while statements are held.
    @Test func faultsThresholdsAndProgressAreLeftOut() throws {
        var scenario = try ScenarioFile.load(
            Golden.repository.appending(path: "scenarios/select-for-update-is-not-free.yaml").path
        ).scenario(RunOptions())
        scenario.invariants = [
            Invariant(
                name: "answered",
                kind: .progress(operation: "share", within: .seconds(1), outsideFaults: false)),
            Invariant(
                name: "distinct", kind: .unique(operation: "share", name: "member")),
        ]
        let explored = scenario.explored(ExploreOptions())
        #expect(explored.invariants.map(\.name) == ["distinct"])
        #expect(explored.load.after == ["members"])
        #expect(explored.load.keys.map(\.count) == [1])
        #expect(explored.target.service.replicas == 2)
        #expect(explored.thresholds.isEmpty && explored.faults.isEmpty)
    }

    @Test func whatCannotBeExploredIsRefusedBeforeAnythingStarts() async throws {
        let test = try TestRun()
        for database in ["sqlite", "mariadb", "galera"] {
            let other = try await Self.run("deactivate-vs-rename", guarded: "row-lock", test) {
                $0.database = database
            }
            #expect(other.report.judgement.verdict == .notRun)
            let text = "only with `database: postgresql`: contend cannot see what replicas send to "
            #expect(other.report.notices.contains { $0.contains(text + database) })
        }
        let typo = try await Self.run("deactivate-vs-rename", guarded: "row-lock", test) {
            $0.exploration?.operations = ["deactivate", "renam"]
        }
        #expect(typo.report.notices.contains { $0.contains("the scenario has no operation `renam`") })
        // Without a choice, the one of the scenario's databases that can be explored.
        var options = test.options
        options.exploration = ExploreOptions()
        let path = Golden.repository.appending(path: "scenarios/deactivate-vs-rename.yaml").path
        let file = try ScenarioFile.load(path)
        #expect(file.databases == [.sqlite, .postgresql, .mariadb, .galera])
        #expect(try file.scenario(options).databaseName == "postgresql")
    }
}
