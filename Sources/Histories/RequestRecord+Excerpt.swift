// The part of an answer's body that a history keeps.

extension RequestRecord {
    /// The beginning of a text, cut between characters: `excerptLimitBytes` at most.
    public static func excerpt(of text: String) -> String {
        guard text.utf8.count > excerptLimitBytes else { return text }
        var cut = ""
        var length = 0
        for character in text {
            length += character.utf8.count
            if length > excerptLimitBytes { break }
            cut.append(character)
        }
        return cut
    }
}
