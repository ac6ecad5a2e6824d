// A clock that only its test moves, so that a deadline passes without being waited for.

import Core
import NIOConcurrencyHelpers
import NIOCore

@testable import Traffic

final class ManualClock: Sendable {
    private struct Alarm {
        var instant: Int64
        var eventLoop: any EventLoop
        var task: @Sendable () -> Void
    }

    private struct State {
        var now: Int64 = 0
        var alarms: [Int: Alarm] = [:]
        var alarmsSet = 0
    }

    private let state = NIOLockedValueBox(State())

    /// Every reading takes a microsecond, so that a loop that reads until an instant comes to its end.
    var clock: TrafficClock {
        var clock = TrafficClock {
            self.state.withLockedValue { state in
                state.now += 1_000
                return state.now
            }
        }
        clock.alarm = { instant, eventLoop, task in
            let number = self.state.withLockedValue { state in
                state.alarmsSet += 1
                state.alarms[state.alarmsSet] = Alarm(instant: instant, eventLoop: eventLoop, task: task)
                return state.alarmsSet
            }
            self.ring()
            return { self.state.withLockedValue { $0.alarms[number] = nil } }
        }
        return clock
    }

    /// Moves the time and runs what was waiting for it.
    func advance(by duration: Duration) {
        state.withLockedValue { $0.now += duration.nanoseconds }
        ring()
    }

    private func ring() {
        let due = state.withLockedValue { state in
            let due = state.alarms.filter { $0.value.instant <= state.now }
            for number in due.keys { state.alarms[number] = nil }
            return due.values.sorted { $0.instant < $1.instant }
        }
        for alarm in due { alarm.eventLoop.execute(alarm.task) }
    }
}
