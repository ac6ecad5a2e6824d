// Escaping, one scalar at a time.

extension String {
    /// With what `other` gives in place of each scalar for which it gives something.
    ///
    /// By scalar, never by character: a combining mark makes another character of what it stands behind.
    public func replacingScalars(_ other: (Unicode.Scalar) -> String?) -> String {
        unicodeScalars.reduce(into: "") { text, scalar in
            if let other = other(scalar) { text += other } else { text.unicodeScalars.append(scalar) }
        }
    }
}
