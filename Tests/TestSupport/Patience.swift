// How long tests wait for a condition before they give up.

/// Only there so that a broken test ends: a wait ends as soon as its condition holds, so a busy machine
/// needs no second number.
public enum Patience {
    public static let limit = Duration.seconds(300)

    /// The limit as scenarios write it.
    public static let text = "\(limit.components.seconds)s"
}
