// A claim on a key, such as a unique name: at most one holds at a time.

public enum ClaimAction: Sendable, Hashable {
    case claim
    case release
}

/// The state is whether the key is held.
///
/// Releasing what nobody holds is allowed, and changes nothing.
public struct ClaimModel: SequentialModel {
    public var initial: Bool

    public init(isHeld: Bool = false) { initial = isHeld }

    /// Free and held both explain what one of them does; held explains no claim.
    public var fromAnywhere: ClaimModel { ClaimModel(isHeld: false) }

    public func apply(_ action: ClaimAction, to isHeld: Bool) -> Bool? {
        switch action {
        case .claim: isHeld ? nil : true
        case .release: false
        }
    }

    public func isRead(_ action: ClaimAction) -> Bool { false }
}
