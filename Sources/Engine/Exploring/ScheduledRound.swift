// One trial of an exploration: a fresh round of the scenario, its requests held and released as a plan says.

import Checking
import Clusters
import Core
import Exploration
import Histories
import Traffic

/// What a trial needs, whichever it is.
struct ScheduledRound {
    let cluster: Cluster
    let traffic: LoadGenerator
    let thread: ScheduleThread
    let redactor: Redactor

    /// What came of a trial.
    struct Outcome: Sendable {
        var trace: Trace
        var ending: TrialScheduler.Ending
        /// Requests that waited for each other in a circle.
        var circle: [Int]
        /// Preparation, requests and reads, as they were recorded.
        var operations: [OperationRecord]

        /// A request of which nobody knows whether it went on.
        var unanswered: String? { operations.first(where: Self.isUnanswered)?.name }

        /// One that timed out has an end in the record, but no answer.
        static func isUnanswered(_ operation: OperationRecord) -> Bool {
            operation.phase == .load && operation.requests.contains { $0.status == nil }
        }

        /// Of a guided replay: why its order was not played although every request could follow it.
        ///
        /// What was refused before the others were through has not done what the order is about.
        var refused: String? {
            let last = trace.choices.last
            let early = operations.first { $0.phase == .load && $0.client != last && $0.outcome != .ok }
            return early.map {
                "request \($0.client + 1) (\($0.name)) was answered `\($0.outcome.rawValue)` before the others were "
                    + "through, `ok` was expected"
            }
        }
    }

    private enum Part: Sendable {
        case answer(OperationRecord)
        case schedule(TrialScheduler)
    }

    /// Runs the round; `nil` if it could not be prepared.
    func run(
        _ number: Int, operations: [String], plan: Plan, expected: [Turn]?, guide: GuidedOrder? = nil,
        footprints: (any FootprintReader)?
    ) async throws -> Outcome? {
        guard let round = try await traffic.prepare(round: number, operations: operations),
            round.count == operations.count
        else { return nil }
        let mailbox = TrialMailbox(footprints, redactor)
        await cluster.holdStatements(of: Set(operations.indices)) { mailbox.post($0) }
        let scheduler = TrialScheduler(operations: operations, plan: plan, expected: expected, guide: guide)
        let (records, finished) = try await withThrowingTaskGroup(of: Part.self) { group in
            // Whatever goes wrong, nothing stays held.
            do {
                for index in operations.indices {
                    try await round.admit(index)
                    group.addTask {
                        defer { mailbox.post(.answered(request: index)) }
                        return .answer(try await round.answer(to: index))
                    }
                }
            } catch {
                await cluster.stopHoldingStatements()
                throw error
            }
            group.addTask {
                do {
                    let finished = try await thread.run(scheduler, mailbox) { request, waits in
                        round.countTime(of: request, !waits)
                    }
                    await cluster.stopHoldingStatements()
                    return .schedule(finished)
                } catch {
                    await cluster.stopHoldingStatements()
                    throw error
                }
            }
            var records: [OperationRecord] = []
            var finished = scheduler
            for try await part in group {
                switch part {
                case .answer(let record): records.append(record)
                case .schedule(let scheduler): finished = scheduler
                }
            }
            return (records, finished)
        }
        let reads = try await round.readAfter()
        round.close()
        return Outcome(
            trace: finished.trace, ending: finished.ending ?? .stuck("the trial was ended early"),
            circle: finished.circle,
            operations: (round.prepared + records + reads).sorted {
                ($0.invoked, $0.id) < ($1.invoked, $1.id)
            })
    }
}
