// The supervisor's decisions, by events: what goes in, which actions come out.

import Testing

@testable import Clusters

@Suite struct SupervisorCoreTests {
    private static let own: Int32 = 100

    private static func process(_ key: Int, tier: Int = 1, grace: Int64 = 5_000) -> SupervisedProcess {
        SupervisedProcess(
            key: key, name: "p\(key)", arguments: ["/bin/true"], environment: [:], directory: "/",
            output: "/dev/null", tier: tier, stop: [StopStep(signal: 15, graceMilliseconds: grace)])
    }

    private static func entry(_ pid: Int32, parent: Int32, group: Int32? = nil) -> ProcessEntry {
        ProcessEntry(
            identity: ProcessIdentity(pid: pid, start: UInt64(pid)), parent: parent, group: group ?? pid,
            state: "S")
    }

    private static func core(_ processes: [(SupervisedProcess, Int32)]) -> SupervisorCore {
        var core = SupervisorCore(ownPid: own)
        for (process, pid) in processes { _ = core.spawned(id: process.key, process: process, pid: pid) }
        return core
    }

    @Test func aStopSignalsTheGroupContinuesItAndKillsAfterTheGrace() {
        var core = Self.core([(Self.process(1), 200)])
        let table = ProcessTable([Self.entry(200, parent: Self.own)])
        let first = core.handle(SupervisorCommand(id: 9, order: .stop(key: 1, steps: nil)), at: 0)
        #expect(first == [.signalGroup(pid: 200, signal: 15), .signalGroup(pid: 200, signal: 18)])
        #expect(core.tick(at: 4_999, processes: table).isEmpty)
        #expect(core.tick(at: 5_000, processes: table) == [.signalGroup(pid: 200, signal: 9)])
        #expect(core.ended(pid: 200, .signalled(9)) == [.reply(.ended(key: 1, .signalled(9)))])
        #expect(core.tick(at: 5_020, processes: ProcessTable()) == [.reply(.done(id: 9))])
        #expect(!core.isBusy)
    }

    @Test func aStopIsNotOverBeforeEveryDescendantIsGone() {
        var core = Self.core([(Self.process(1), 200)])
        // 201 has a group of its own, as a PostgreSQL backend does.
        let before = ProcessTable([Self.entry(200, parent: Self.own), Self.entry(201, parent: 200)])
        _ = core.handle(SupervisorCommand(id: 9, order: .stop(key: 1, steps: nil)), at: 0)
        #expect(core.tick(at: 10, processes: before).isEmpty)
        _ = core.ended(pid: 200, .exited(0))
        let orphaned = ProcessTable([Self.entry(201, parent: Self.own)])
        #expect(core.tick(at: 20, processes: orphaned) == [.signal(pid: 201, signal: 9)])
        #expect(core.tick(at: 40, processes: ProcessTable()) == [.reply(.done(id: 9))])
    }

    @Test func aLaterProcessWithTheSameNumberIsNotKilled() {
        var core = Self.core([(Self.process(1), 200)])
        let before = ProcessTable([Self.entry(200, parent: Self.own), Self.entry(201, parent: 200)])
        _ = core.handle(SupervisorCommand(id: 9, order: .stop(key: 1, steps: nil)), at: 0)
        _ = core.tick(at: 10, processes: before)
        _ = core.ended(pid: 200, .exited(0))
        var reused = Self.entry(201, parent: 1)
        reused.identity.start = 999
        #expect(core.tick(at: 20, processes: ProcessTable([reused])) == [.reply(.done(id: 9))])
    }

    @Test func aLostLifelineStopsReplicasThenTheDatabaseThenCleansThenExits() {
        var core = Self.core([(Self.process(1, tier: 0), 200), (Self.process(2, grace: 60_000), 300)])
        _ = core.handle(SupervisorCommand(id: 5, order: .register(.remove(path: "/a/b/c"))), at: 0)
        #expect(core.lifelineLost(at: 0).isEmpty)
        let all = ProcessTable([Self.entry(200, parent: Self.own), Self.entry(300, parent: Self.own)])
        #expect(core.tick(at: 1, processes: all).first == .signalGroup(pid: 300, signal: 15))
        // The declared minute is cut to the orphan's grace.
        #expect(core.tick(at: 2_001, processes: all) == [.signalGroup(pid: 300, signal: 9)])
        _ = core.ended(pid: 300, .signalled(9))
        let database = ProcessTable([Self.entry(200, parent: Self.own)])
        #expect(core.tick(at: 2_020, processes: database).first == .signalGroup(pid: 200, signal: 15))
        _ = core.ended(pid: 200, .exited(0))
        #expect(core.tick(at: 2_040, processes: ProcessTable()) == [.clean([.remove(path: "/a/b/c")])])
        #expect(core.cleaned(problems: []) == [.reply(.finished(id: 0, problems: [])), .exit(0)])
    }

    @Test func aLostLifelineCutsTheGraceOfAStopThatIsUnderWay() {
        let week: Int64 = 168 * 3_600_000
        var core = Self.core([(Self.process(1, grace: week), 200), (Self.process(2, grace: week), 300)])
        let all = ProcessTable([Self.entry(200, parent: Self.own), Self.entry(300, parent: Self.own)])
        // One replica is on its way down by itself, then everything is: both with a week's grace.
        _ = core.handle(SupervisorCommand(id: 8, order: .stop(key: 1, steps: nil)), at: 0)
        _ = core.handle(SupervisorCommand(id: 9, order: .finish), at: 10)
        #expect(core.tick(at: 20, processes: all).isEmpty)
        _ = core.lifelineLost(at: 1_000)
        #expect(core.tick(at: 2_999, processes: all).isEmpty)
        #expect(core.tick(at: 3_000, processes: all) == [.signalGroup(pid: 200, signal: 9)])
        _ = core.ended(pid: 200, .signalled(9))
        let second = ProcessTable([Self.entry(300, parent: Self.own)])
        #expect(core.tick(at: 3_020, processes: second).contains(.signalGroup(pid: 300, signal: 15)))
        #expect(core.tick(at: 5_020, processes: second) == [.signalGroup(pid: 300, signal: 9)])
    }

    @Test func aKillMakesAStopThatIsUnderWayFaster() {
        var core = Self.core([(Self.process(1, grace: 60_000), 200)])
        let table = ProcessTable([Self.entry(200, parent: Self.own)])
        _ = core.handle(SupervisorCommand(id: 8, order: .stop(key: 1, steps: nil)), at: 0)
        _ = core.handle(SupervisorCommand(id: 9, order: .stop(key: 1, steps: [])), at: 10)
        #expect(core.tick(at: 20, processes: table) == [.signalGroup(pid: 200, signal: 9)])
        _ = core.ended(pid: 200, .signalled(9))
        #expect(core.tick(at: 40, processes: ProcessTable()) == [.reply(.done(id: 8)), .reply(.done(id: 9))])
    }

    @Test func toldToEndItSaysSoBeforeAnythingEndsAndStillAnswersFinish() {
        var core = Self.core([(Self.process(1, grace: 60_000), 200)])
        #expect(core.toldToEnd(at: 0) == [.reply(.closing)])
        #expect(core.toldToEnd(at: 1).isEmpty)
        #expect(core.handle(SupervisorCommand(id: 7, order: .finish), at: 2).isEmpty)
        let table = ProcessTable([Self.entry(200, parent: Self.own)])
        #expect(core.tick(at: 3, processes: table).first == .signalGroup(pid: 200, signal: 15))
        #expect(core.tick(at: 2_003, processes: table) == [.signalGroup(pid: 200, signal: 9)])
        _ = core.ended(pid: 200, .signalled(9))
        #expect(core.tick(at: 2_020, processes: ProcessTable()) == [.clean([])])
        #expect(core.cleaned(problems: []) == [.reply(.finished(id: 7, problems: [])), .exit(0)])
    }

    @Test func toldToEndWhileItStopsItMakesHasteAndStillAnswers() {
        var core = Self.core([(Self.process(1, grace: 60_000), 200)])
        _ = core.handle(SupervisorCommand(id: 7, order: .finish), at: 0)
        let table = ProcessTable([Self.entry(200, parent: Self.own)])
        #expect(core.tick(at: 1, processes: table).first == .signalGroup(pid: 200, signal: 15))
        #expect(core.toldToEnd(at: 10).isEmpty)
        #expect(core.tick(at: 2_010, processes: table) == [.signalGroup(pid: 200, signal: 9)])
        _ = core.ended(pid: 200, .signalled(9))
        #expect(core.tick(at: 2_020, processes: ProcessTable()) == [.clean([])])
        #expect(core.cleaned(problems: []).first == .reply(.finished(id: 7, problems: [])))
    }

    @Test func everyAdoptedDescendantIsKilledBeforeCleanUp() {
        var core = Self.core([])
        _ = core.lifelineLost(at: 0)
        let daemon = ProcessTable([Self.entry(400, parent: Self.own), Self.entry(401, parent: 400)])
        let actions = core.tick(at: 1, processes: daemon)
        #expect(Set(actions) == [.signal(pid: 400, signal: 9), .signal(pid: 401, signal: 9)])
        #expect(core.tick(at: 2, processes: ProcessTable()) == [.clean([])])
    }

    @Test func anUnkillableProcessIsGivenUpAndNamed() {
        var core = Self.core([])
        _ = core.handle(SupervisorCommand(id: 1, order: .finish), at: 0)
        let stuck = ProcessTable([Self.entry(400, parent: Self.own)])
        #expect(core.tick(at: 19_999, processes: stuck) == [.signal(pid: 400, signal: 9)])
        #expect(core.tick(at: 20_000, processes: stuck) == [.clean([])])
        let problems = ["process 400 could not be killed"]
        #expect(core.cleaned(problems: []) == [.reply(.finished(id: 1, problems: problems)), .exit(1)])
    }

    @Test func onceClosingNothingIsStartedButRegistrationsCount() {
        var core = Self.core([])
        _ = core.lifelineLost(at: 0)
        let start = core.handle(SupervisorCommand(id: 1, order: .start(Self.process(1))), at: 1)
        #expect(start == [.reply(.failed(id: 1, message: "the supervisor is stopping everything"))])
        _ = core.handle(SupervisorCommand(id: 2, order: .register(.remove(path: "/x/y/z"))), at: 1)
        #expect(core.tick(at: 2, processes: ProcessTable()) == [.clean([.remove(path: "/x/y/z")])])
    }

    @Test func signallingAProcessThatEndedFails() {
        var core = Self.core([(Self.process(1), 200)])
        _ = core.ended(pid: 200, .exited(0))
        let actions = core.handle(SupervisorCommand(id: 3, order: .signal(key: 1, signal: 19)), at: 0)
        #expect(actions == [.reply(.failed(id: 3, message: "the process has already ended"))])
    }
}
