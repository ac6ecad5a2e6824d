// The part of an answer's body that a history keeps.

extension RequestRecord {
    /// The first bytes of a body as text, `excerptLimitBytes` of them at most; what is not UTF-8 becomes
    /// U+FFFD.
    ///
    /// A character that the limit would cut in two is left out.
    public static func excerpt(of body: some Collection<UInt8>) -> String {
        let bytes = Array(body.prefix(excerptLimitBytes))
        guard bytes.count < body.count else { return String(decoding: bytes, as: UTF8.self) }
        // At most three bytes can belong to a character whose rest lies beyond the limit.
        let tail = bytes.suffix(4).lastIndex { $0 & 0xC0 != 0x80 }
        let end = tail.flatMap { lead in lead + length(ofLead: bytes[lead]) > bytes.count ? lead : nil }
        return String(decoding: bytes[..<(end ?? bytes.count)], as: UTF8.self)
    }

    private static func length(ofLead byte: UInt8) -> Int {
        switch byte {
        case 0xF0...: 4
        case 0xE0...: 3
        case 0xC0...: 2
        default: 1
        }
    }
}
