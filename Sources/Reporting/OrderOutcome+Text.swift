// What the requests of a finding come to one after the other, and under its schedule, in sentences.

import Checking
import Core

extension Finding {
    static let ordersTitle = "The same requests in other orders"
    /// More orders are counted.
    private static let orderLimit = 8

    /// A line for each order that was tried, the finding's schedule last.
    var orderLines: [String] {
        let serial = orders.filter(\.isSerial)
        let left = serial.count - Self.orderLimit
        return serial.prefix(Self.orderLimit).map(\.text)
            + (left > 0 ? ["\(Figures.count(left, "more order")) in verdict.json"] : [])
            + orders.filter { !$0.isSerial }.map(\.text)
    }
}

extension OrderOutcome {
    /// `One after the other: deactivate 200 ok, then rename 409 fail → holds; show: state = "gone"`.
    fileprivate var text: String {
        let requests = requests.map { "\($0.operation) \($0.answer) \($0.outcome.rawValue)" }
        let order =
            isSerial
            ? "One after the other: \(requests.joined(separator: ", then "))"
            : "In this schedule: \(requests.joined(separator: ", "))"
        let reads = reads.map { TextStyle.cut($0, to: 160) }
        return (["\(order) → \(holds ? "holds" : "breaks")"] + reads).joined(separator: "; ")
    }
}
