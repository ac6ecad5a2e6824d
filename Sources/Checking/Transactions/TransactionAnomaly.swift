// What is wrong with transactions, and the evidence for it.

/// Transactions that no serial order explains.
public struct TransactionAnomaly: Sendable, Hashable {
    /// The names of Adya (1999) and Elle (Kingsbury & Alvaro 2020).
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case phantom
        case `internal`
        case duplicateElements = "duplicate-elements"
        case incompatibleOrder = "incompatible-order"
        case g1a = "G1a"
        case g1b = "G1b"
        case lostUpdate = "lost-update"
        case g0 = "G0"
        case g1c = "G1c"
        case gSingle = "G-single"
        case gNonadjacent = "G-nonadjacent"
        case g2Item = "G2-item"
    }

    public var kind: Kind
    /// The weakest order beside reads and writes that the cycle needs; `nil` where it needs none.
    public var order: Dependency?
    /// Positions in the history; of a cycle in its order, from the first in time.
    public var transactions: [Int]
    /// Of a cycle: `edges[n]` leads from transaction n to the next, the last to the first.
    public var edges: [Dependency] = []
    /// One sentence for each edge, or what is wrong without a cycle.
    public var reasons: [String]
    /// How many of the kind were found.
    public var count = 1

    /// Such as `G-single-realtime`.
    public var name: String { Self.name(kind, order) }

    static func name(_ kind: Kind, _ order: Dependency?) -> String {
        kind.rawValue + (order.map { "-\($0.rawName)" } ?? "")
    }

    /// The kind of a cycle by its edges.
    static func kind(of edges: [Dependency]) -> Kind {
        let isRead = edges.map { $0 == .rw }
        let count = isRead.count { $0 }
        if count == 0 { return edges.contains(.wr) ? .g1c : .g0 }
        if count == 1 { return .gSingle }
        let isAdjacent = isRead.indices.contains { isRead[$0] && isRead[($0 + 1) % isRead.count] }
        return isAdjacent ? .g2Item : .gNonadjacent
    }
}

extension Dependency {
    /// As the literature writes it, which is the name of the case.
    var rawName: String { "\(self)" }
}
