// Values as short text for people.

public import History

extension Value {
    /// Text without quotes; anything else as JSON.
    public var plain: String { text ?? JSON.text(self) }
}
