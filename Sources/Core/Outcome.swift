// What one operation came to.

/// What is known of an operation's effect.
///
/// The words are Jepsen's; `unknown` is its `info`: the effect may take place at any time after the
/// invocation, or never.
public enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// It took effect between invocation and return.
    case ok
    /// It surely had no effect. This never says why.
    case fail
    /// Either.
    case unknown
}
