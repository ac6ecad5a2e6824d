// The one way that events take: what a run, its trials and its cluster tell goes through here.

import Clusters
import Core
import RunStore
import Scenarios

/// Redacts each event, writes it to the log of the present trial, and tells it.
final class RunEvents: Sendable {
    let redactor: Redactor
    private let sink: RunEventSink
    private let log = Locked<EventLog?>(nil)

    init(_ sink: @escaping RunEventSink, redactor: Redactor) {
        self.sink = sink
        self.redactor = redactor
    }

    /// Events go into this log from now on.
    func log(to log: EventLog) { self.log.withLock { $0 = log } }

    /// Why something is missing in the log, if something is.
    var failureReason: String? { log.withLock { $0 }?.failureReason }

    func tell(_ event: RunEvent) {
        let event = redactor.redact(event)
        log.withLock { $0 }?.append(event)
        sink(event)
    }
}
