// Runs Swift tasks on one event loop, so that a client's code and its connection share a thread.

import NIOCore

/// The executor of one event loop, for an actor and for the tasks that call it.
///
/// A continuation resumes on its task's preferred executor before it hops back to its actor. Since both are
/// this one, an answer reaches the client that waits for it without another thread.
final class LoopExecutor: TaskExecutor, SerialExecutor {
    let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute {
            job.runSynchronously(
                isolatedTo: self.asUnownedSerialExecutor(), taskExecutor: self.asUnownedTaskExecutor())
        }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

    func checkIsolated() { eventLoop.preconditionInEventLoop() }
}
