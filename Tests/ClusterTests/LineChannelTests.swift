// Lines arrive whole and once however the system cuts the calls, and whichever of them is interrupted.

import Core
import Glibc
import Testing

@testable import Clusters

@Suite struct LineChannelTests {
    /// What may become of one call.
    private enum Cut: CaseIterable { case interrupted, again, oneByte }

    /// The calls of a socket, the n-th of which is cut.
    private final class Calls: Sendable {
        private let count = Locked(0)
        let cut: Cut
        let number: Int

        init(_ cut: Cut, number: Int) {
            self.cut = cut
            self.number = number
        }

        /// Whether a call was cut.
        var wasReached: Bool { count.withLock { $0 } > number }

        var calls: DescriptorCalls {
            let real = DescriptorCalls()
            var calls = real
            calls.read = { descriptor, memory in
                self.perform(memory.count) {
                    real.read(descriptor, UnsafeMutableRawBufferPointer(rebasing: memory.prefix($0)))
                }
            }
            calls.write = { descriptor, memory in
                self.perform(memory.count) {
                    real.write(descriptor, UnsafeRawBufferPointer(rebasing: memory.prefix($0)))
                }
            }
            return calls
        }

        private func perform(_ length: Int, _ call: (Int) -> Int) -> Int {
            let isCut = count.withLock { count in
                defer { count += 1 }
                return count == number
            }
            guard isCut else { return call(length) }
            switch cut {
            case .interrupted:
                errno = EINTR
                return -1
            case .again:
                errno = EAGAIN
                return -1
            case .oneByte: return call(1)
            }
        }
    }

    private func pair() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        return (ends[0], ends[1])
    }

    private let lines = ["first", "", "a longer one that says more", "last"].map { Array($0.utf8) }

    @Test func everyLineArrivesOnceWhicheverCallIsCut() throws {
        for cut in Cut.allCases {
            var number = 0
            while true {
                let calls = Calls(cut, number: number)
                try exchange(calls, "\(cut) at call \(number)")
                guard calls.wasReached else { break }
                number += 1
            }
            #expect(number > 4, "no call was cut")
        }
    }

    private func exchange(_ calls: Calls, _ name: String) throws {
        let (near, far) = try pair()
        var sender = LineChannel(writing: near, calls: calls.calls)
        var receiver = LineChannel(reading: far, calls: calls.calls)
        for line in lines { #expect(sender.write(line: line) == .waiting, "\(name)") }
        #expect(sender.flush(withinMilliseconds: 5_000) == .waiting, "\(name)")
        #expect(!sender.hasOutgoing, "\(name)")
        close(near)
        var received: [[UInt8]] = []
        var condition = LineChannel.Condition.waiting
        while condition == .waiting {
            let more: [[UInt8]]
            (more, condition) = receiver.readLines(untilEmpty: true)
            received += more
        }
        close(far)
        #expect(received == lines, "\(name)")
    }

    @Test func whatNobodyReadsIsKeptAndGivenUpAtTheLimit() throws {
        let (near, far) = try pair()
        defer { close(far) }
        var sender = LineChannel(writing: near)
        let line = [UInt8](repeating: 97, count: 1 << 20)
        var condition = LineChannel.Condition.waiting
        var written = 0
        while condition == .waiting, written < 100 {
            condition = sender.write(line: line)
            written += 1
        }
        #expect(condition == .ended && written > 8 && written < 20)
        #expect(sender.flush(withinMilliseconds: 20) == .ended)
        close(near)
    }

    @Test func aPeerThatIsGoneEndsTheChannel() throws {
        let (near, far) = try pair()
        close(far)
        var sender = LineChannel(reading: near, writing: near)
        #expect(sender.write(line: [97]) == .ended)
        #expect(sender.readLines(untilEmpty: true).condition == .ended)
        close(near)
    }
}
