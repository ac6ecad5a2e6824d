// A server's database: a few threads with one connection each take jobs from one bounded queue, so that no
// event loop and no thread of the cooperative pool ever waits for the database.

import Foundation

/// One connection to a server, kept by one thread.
protocol ServerConnection: AnyObject, SQLSession, Sendable {
    /// Ends every statement that is sent.
    var comment: String? { get set }
    func reconnectIfLost() throws
    func transaction<T>(_ isolation: Isolation, _ body: (any SQLSession) throws -> T) throws -> T
}

/// A pool of dedicated threads.
final class ServerDatabase: SQLDatabase {
    let dialect: SQLDialect
    private let queue = JobQueue()
    private let commentsStatements: Bool
    /// Shorter than every client's timeout, so that a client hears of an exhausted pool.
    private static let longestWaitSeconds = 3.0

    /// Connects; throws when a connection fails, and then starts no thread.
    init(
        _ dialect: SQLDialect, url: String, connections: Int = 8, commentsStatements: Bool = false
    ) throws {
        self.dialect = dialect
        self.commentsStatements = commentsStatements
        let opened = try (0..<connections).map { _ -> any ServerConnection in
            try dialect == .mariadb ? MariaSession(url: url) : PostgresConnection(url: url)
        }
        for connection in opened {
            Thread { [queue] in while let job = queue.take() { job(connection) } }.start()
        }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        try await run { connection in try body(connection) }
    }

    func transaction<T: Sendable>(
        _ isolation: Isolation, _ body: @escaping @Sendable (any SQLSession) throws -> T
    ) async throws -> T {
        try await run { connection in try connection.transaction(isolation, body) }
    }

    func readElsewhere<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) throws -> T {
        let answer = Handover<T>()
        let accepted = queue.add { connection in
            answer.give(Result { try body(connection) })
        }
        guard accepted, let result = answer.take(within: Self.longestWaitSeconds) else {
            throw SQLError(
                kind: .overloaded, code: "pool",
                message: "no second connection was free within \(Self.longestWaitSeconds) s",
                elapsedMilliseconds: Int(Self.longestWaitSeconds * 1_000))
        }
        return try result.get()
    }

    func close() { queue.close() }

    private func run<T: Sendable>(_ body: @escaping @Sendable (any ServerConnection) throws -> T)
        async throws -> T
    {
        let comment = commentsStatements ? RequestTrace.current : nil
        return try await withCheckedThrowingContinuation { continuation in
            let accepted = queue.add { connection in
                let start = ContinuousClock.now
                do {
                    try connection.reconnectIfLost()
                    connection.comment = comment
                    continuation.resume(returning: try body(connection))
                } catch var error as SQLError {
                    error.elapsedMilliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
                    continuation.resume(throwing: error)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
            if !accepted {
                continuation.resume(
                    throwing: SQLError(
                        kind: .overloaded, code: "pool",
                        message: "\(JobQueue.limit) requests wait for a connection already"))
            }
        }
    }
}

/// One result from a thread of the pool to another that waits for it.
///
/// Unchecked: `result` is touched under the condition only.
private final class Handover<Success>: @unchecked Sendable {
    private let condition = NSCondition()
    private var result: Result<Success, any Error>?

    func give(_ result: Result<Success, any Error>) {
        condition.lock()
        self.result = result
        condition.signal()
        condition.unlock()
    }

    /// Nothing when it does not come in time.
    func take(within seconds: Double) -> Result<Success, any Error>? {
        let deadline = Date(timeIntervalSinceNow: seconds)
        condition.lock()
        defer { condition.unlock() }
        while result == nil, condition.wait(until: deadline) {}
        return result
    }
}

/// Work for whichever connection is free first.
private typealias Job = @Sendable (any ServerConnection) -> Void

/// The queue between the requests and the threads.
///
/// Unchecked: `jobs` and `isClosed` are touched under the condition only.
private final class JobQueue: @unchecked Sendable {
    static let limit = 10_000
    private let condition = NSCondition()
    private var jobs: [Job] = []
    private var first = 0
    private var isClosed = false

    func add(_ job: @escaping Job) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed, jobs.count - first < Self.limit else { return false }
        jobs.append(job)
        condition.signal()
        return true
    }

    /// The oldest job, waiting for one; nothing once the queue is closed and empty.
    func take() -> Job? {
        condition.lock()
        defer { condition.unlock() }
        while first == jobs.count {
            if isClosed { return nil }
            condition.wait()
        }
        let job = jobs[first]
        first += 1
        if first == jobs.count || first > 1_000 {
            jobs.removeFirst(first)
            first = 0
        }
        return job
    }

    func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }
}
