// All event loops of a load, and which client lives on which.

import Core
import Histories
import NIOCore
import NIOPosix

struct ClientLoops: Sendable {
    let all: [ClientLoop]
    private let replicas: Int
    let group: MultiThreadedEventLoopGroup

    /// Each loop records into a segment of its own.
    init(_ plan: TrafficPlan, recorder: HistoryRecorder) throws(TrafficError) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: plan.options.loops)
        var loops: [ClientLoop] = []
        do {
            for (index, eventLoop) in group.makeIterator().enumerated() {
                let writer = try recorder.makeSegment(named: "loop-\(index)")
                loops.append(ClientLoop(index: index, eventLoop: eventLoop, writer: writer, plan: plan))
            }
        } catch {
            group.shutdownGracefully { _ in }
            throw TrafficError(.recording, "the history cannot be opened: \(error)")
        }
        all = loops
        replicas = plan.replicas.count
        self.group = group
    }

    /// Clients k to k + n - 1 share a loop, so that each loop reaches every one of the n replicas.
    func loop(of client: Int) -> ClientLoop { all[client / replicas % all.count] }

    func clients(of loop: ClientLoop, among count: Int) -> [Int] {
        (0..<count).filter { self.loop(of: $0) === loop }
    }

    /// They are stopped together.
    var isStopping: Bool { get async { await all[0].isStopping } }

    func beginPhase() async { for loop in all { await loop.beginPhase() } }

    func stop() { for loop in all { loop.stop() } }

    /// Does the same on every loop at once; when one fails the others are stopped.
    @discardableResult
    func onEach<Result: Sendable>(
        _ body: @escaping @Sendable (ClientLoop) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: Result.self) { group in
            for loop in all {
                group.addTask(executorPreference: loop.executor) {
                    do {
                        return try await body(loop)
                    } catch {
                        stop()
                        throw error
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// What all have measured together so far; each histogram is copied.
    var figures: LoopFigures {
        all.dropFirst().reduce(into: all[0].figures.withLock { $0 }) { sum, loop in
            sum.add(loop.figures.withLock { $0 })
        }
    }
}
