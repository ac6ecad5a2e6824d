// One element of a set: it is there or it is not. A set is judged as its elements, one by one.

public enum Presence: Sendable, Hashable {
    case present
    case missing
    /// Nothing declared and nothing read so far.
    case unbound
}

public enum PresenceAction: Sendable, Hashable {
    case add
    case remove
    case seen(Bool)
}

/// Adding what is there and removing what is not are allowed, and change nothing.
public struct PresenceModel: SequentialModel {
    public var initial: Presence

    public init(initial: Presence) { self.initial = initial }

    public var fromAnywhere: PresenceModel { PresenceModel(initial: .unbound) }

    public func apply(_ action: PresenceAction, to state: Presence) -> Presence? {
        switch action {
        case .add: .present
        case .remove: .missing
        case .seen(let isSeen):
            switch state {
            case .unbound: isSeen ? .present : .missing
            case .present: isSeen ? state : nil
            case .missing: isSeen ? nil : state
            }
        }
    }

    public func isRead(_ action: PresenceAction) -> Bool {
        switch action {
        case .seen: true
        case .add, .remove: false
        }
    }
}
