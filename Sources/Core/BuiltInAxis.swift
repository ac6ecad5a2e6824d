// The axes that every scenario has, equal to the flags of those names.

/// An axis that needs no declaration; the raw value is the name of its key, its flag and its column.
public enum BuiltInAxis: String, Sendable, Hashable, CaseIterable {
    case database, replicas, clients

    public static let names = allCases.map(\.rawValue)
}
