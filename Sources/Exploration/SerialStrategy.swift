// Requests one after the other, in every order: what a service without races does is among these.

public struct SerialStrategy: Strategy {
    private var orders: [[Int]]

    public init(requests: Int) { orders = Self.orders(of: Array(0..<requests)).reversed() }

    public mutating func next() -> Plan? { orders.popLast().map { Plan(rule: .stay(order: $0)) } }

    public mutating func learn(_ trace: Trace) {}

    private static func orders(of requests: [Int]) -> [[Int]] {
        guard requests.count > 1 else { return [requests] }
        return requests.flatMap { first in
            orders(of: requests.filter { $0 != first }).map { [first] + $0 }
        }
    }
}
