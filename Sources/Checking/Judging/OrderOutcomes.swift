// What the requests of a finding come to one after the other, beside what its schedule makes of them.

public import Core
public import Histories

/// The requests of a finding in one order.
public struct OrderOutcome: Sendable, Hashable {
    public struct Request: Sendable, Hashable {
        public var operation: String
        /// A status, or why there is none.
        public var answer: String
        public var outcome: Outcome
    }

    /// In the order in which they ran; under the finding's schedule in their own.
    public var requests: [Request]
    /// What each read afterwards captured, once where replicas agree.
    public var reads: [String]
    /// Nothing that the scenario says was broken.
    public var holds: Bool
    /// One after the other; otherwise it is the finding's schedule.
    public var isSerial: Bool
}

extension ExplorationJudging {
    /// More orders are not kept.
    private static let orderLimit = 24

    /// Rounds whose schedules were repeated, which findings are told by; a replay alone names none.
    var repeatedRounds: Set<Int> {
        exploration.coverage.isEmpty ? [] : Set(exploration.replays.map(\.round))
    }

    /// Adds what an exploration knows of a finding.
    func complete(_ finding: inout Finding, _ operations: [OperationRecord]) {
        finding.schedule = schedule(of: finding)
        finding.replay = replay(of: finding)
        finding.orders = orders(of: finding, among: operations)
    }

    /// The orders that were tried with these requests, then the finding's own schedule.
    func orders(of finding: Finding, among operations: [OperationRecord]) -> [OrderOutcome] {
        guard let schedule = finding.schedule else { return [] }
        let serial = exploration.schedules.filter {
            $0.strategy == StrategyName.serial.rawValue && $0.requests == schedule.requests
                && ($0.ending == .held || $0.ending == .found) && $0.serialOrder != nil
        }
        guard !serial.isEmpty else { return [] }
        let rounds = Set(serial.map(\.round) + [schedule.round])
        let records = Dictionary(
            grouping: operations.filter { $0.round.map(rounds.contains) ?? false }, by: { $0.round ?? 0 })
        var orders: [OrderOutcome] = []
        for tried in serial {
            let order = outcome(of: tried, records[tried.round] ?? [], in: tried.serialOrder)
            if let order, !orders.contains(order) { orders.append(order) }
        }
        orders = Array(orders.prefix(Self.orderLimit))
        guard !orders.isEmpty, !rounds.isSubset(of: serial.map(\.round)) else { return orders }
        return orders + [outcome(of: schedule, records[schedule.round] ?? [], in: nil)].compactMap(\.self)
    }

    /// `nil` where the round is not recorded as a whole.
    private func outcome(
        of schedule: ScheduleRecord, _ records: [OperationRecord], in order: [Int]?
    ) -> OrderOutcome? {
        let loaded = Dictionary(
            records.filter { $0.phase == .load }.map { ($0.client, $0) },
            uniquingKeysWith: { first, _ in first })
        let requests = (order ?? Array(schedule.requests.indices)).compactMap { loaded[$0] }
        guard requests.count == schedule.requests.count, requests.allSatisfy({ $0.returned != nil }) else {
            return nil
        }
        var reads: [String] = []
        for read in records where read.phase == .after && !read.captures.isEmpty {
            let values = read.captures.map { "\($0.key) = \(JSON.text($0.value))" }
            let text = "\(read.name): \(values.joined(separator: ", "))"
            if !reads.contains(text) { reads.append(text) }
        }
        return OrderOutcome(
            requests: requests.map {
                OrderOutcome.Request(
                    operation: $0.name, answer: $0.decisiveRequest?.answer ?? "no answer", outcome: $0.outcome
                )
            }, reads: reads, holds: schedule.ending == .held, isSerial: order != nil)
    }
}

extension ScheduleRecord {
    /// The requests in the order in which they ran, if each ran as a whole.
    var serialOrder: [Int]? {
        let order = steps.indices.filter { $0 == 0 || steps[$0 - 1].request != steps[$0].request }
            .map { steps[$0].request }
        return order.sorted() == Array(requests.indices) ? order : nil
    }
}

extension OrderOutcome: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        OrderOutcome(
            requests: try member.required(
                "requests", \.requests, .array(of: .object), "in the order in which they ran"),
            reads: try member.optional(
                "reads", \.reads, .array(of: .string), usually: [], "what was captured afterwards"),
            holds: try member.required("holds", \.holds, .boolean, "nothing was broken"),
            isSerial: try member.required(
                "serial", \.isSerial, .boolean, "one after the other; otherwise the schedule of the finding"))
    }
}

extension OrderOutcome.Request: Document {
    public static func members(_ member: inout Members<Self>) throws(DocumentError) -> Self {
        OrderOutcome.Request(
            operation: try member.required("operation", \.operation, .string),
            answer: try member.required("answer", \.answer, .string, "a status, or why there is none"),
            outcome: try member.required("outcome", \.outcome, .word))
    }
}
