// When the clients of closed and open loads begin and start, as values.

/// How many clients there are when.
struct RampSchedule: Sendable, Equatable {
    /// In each of the equal parts of the time; rising.
    let clients: [Int]
    let begin: Int64
    let end: Int64

    func start(of client: Int) -> Int64 {
        let step = clients.firstIndex { client < $0 } ?? clients.count
        return begin + (end - begin) / Int64(max(1, clients.count)) * Int64(step)
    }

    func clients(at instant: Int64) -> Int {
        let length = max(1, (end - begin) / Int64(max(1, clients.count)))
        let step = min(max(0, Int((instant - begin) / length)), clients.count - 1)
        return clients.indices.contains(step) ? clients[step] : 1
    }
}

/// Which starts of a schedule belong to one loop: every client has the same share.
struct StartShare: Sendable, Equatable {
    private let clients: [Int]
    private let all: Int

    /// `nil` for a loop without clients.
    init?(of clients: [Int], among all: Int) {
        guard !clients.isEmpty else { return nil }
        self.clients = clients
        self.all = all
    }

    /// Number in the schedule of this loop's start `turn`, from 0.
    func number(_ turn: Int) -> Int {
        turn / clients.count * all + clients[turn % clients.count]
    }
}

/// When the operations of an open load are meant to start, whatever becomes of them.
struct StartSchedule: Sendable, Equatable {
    let begin: Int64
    let end: Int64
    let perSecond: Double

    var count: Int { Int((Double(end - begin) / 1e9 * perSecond).rounded(.down)) }

    func instant(of number: Int) -> Int64 { begin + Int64(Double(number) / perSecond * 1e9) }
}
