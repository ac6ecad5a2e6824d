// Messages survive the way through JSON; /proc lines are read as they come.

import Core
import Histories
import Scenarios
import Testing

@testable import Clusters

@Suite struct SupervisorMessageTests {
    @Test(arguments: [
        SupervisorCommand.Order.start(
            SupervisedProcess(
                key: 4, name: "replica 0", arguments: ["/bin/sh", "-c", "echo \"x\"\n"],
                environment: ["A": "ü=1"], directory: "/tmp", output: "/tmp/log", tier: 1,
                stop: [StopStep(signal: 15, graceMilliseconds: 5_000)])),
        .signal(key: 4, signal: 19), .stop(key: 4, steps: nil),
        .stop(key: 4, steps: [StopStep(signal: 2, graceMilliseconds: 1)]), .stop(key: 4, steps: []),
        .register(.remove(path: "/a/b/c")), .register(.collect(from: "/a", into: "/b")),
        .register(.dropDatabase(.postgresql, server: "postgresql://h/d", name: "contend_x")), .finish,
    ])
    func commandsRoundTrip(order: SupervisorCommand.Order) throws {
        let command = SupervisorCommand(id: 7, order: order)
        #expect(SupervisorCommand(line: command.line) == command)
    }

    @Test(arguments: [
        SupervisorReply.serving(pid: 3), .started(id: 1, key: 2, pid: 3), .done(id: 4),
        .failed(id: 5, message: "no such file"), .ended(key: 2, .exited(3)), .ended(key: 2, .signalled(9)),
        .finished(id: 6, problems: ["a", "b"]), .closing,
    ])
    func repliesRoundTrip(reply: SupervisorReply) throws {
        #expect(SupervisorReply(line: reply.line) == reply)
    }

    @Test func aCommandThatIsNoneIsRefused() throws {
        func isCommand(_ text: String) -> Bool { SupervisorCommand(line: Array(text.utf8)) != nil }
        #expect(isCommand(#"{"id":1,"order":{"finish":{}}}"#))
        #expect(!isCommand(#"{"id":1,"order":{"explode":{}}}"#))
        #expect(!isCommand(#"{"order":{"finish":{}}}"#))
        #expect(!isCommand(#"{"id":1,"order":{"stop":{}}}"#))
        #expect(!isCommand(#"{"id":1,"order":{"finish":{}}"#) && !isCommand(""))
    }

    @Test func statLinesWithParenthesesInTheCommandAreRead() throws {
        let fields = (0..<15).map(String.init).joined(separator: " ")
        let entry = try #require(ProcessEntry(stat: "42 (a (b) c) T 7 42 1 \(fields) 12345 99"))
        #expect(entry.identity == ProcessIdentity(pid: 42, start: 12345))
        #expect(entry.parent == 7 && entry.group == 42 && entry.state == "T")
        #expect(ProcessEntry(stat: "42 (short) S 1") == nil)
    }

    @Test func waitStatusesAreReadAsExitOrSignal() {
        #expect(ProcessEnd(waitStatus: 3 << 8) == .exited(3))
        #expect(ProcessEnd(waitStatus: 9) == .signalled(9))
        #expect(ProcessEnd(waitStatus: 11 | 0x80) == .signalled(11))
    }
}
