// Base64 (RFC 4648), and what a text looks like inside it, whatever stands before and behind it.

public enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// With padding.
    public static func text(of bytes: some Sequence<UInt8>) -> String {
        let text = encoded(Array(bytes))
        return String(decoding: text, as: UTF8.self) + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }

    /// The characters that `bytes` alone decide, for each of the three places in a group of three bytes, in
    /// both alphabets.
    ///
    /// `user:secret` in Basic authentication holds one of them.
    static func pieces(of bytes: [UInt8]) -> Set<[UInt8]> {
        var pieces: Set<[UInt8]> = []
        for offset in 0..<3 {
            let whole = encoded([UInt8](repeating: 0, count: offset) + bytes)
            let first = (offset * 8 + 5) / 6
            let end = (offset + bytes.count) * 8 / 6
            guard end - first >= Redactor.minimumLength else { continue }
            let piece = Array(whole[first..<end])
            pieces.insert(piece)
            pieces.insert(
                piece.map {
                    switch $0 {
                    case UInt8(ascii: "+"): UInt8(ascii: "-")
                    case UInt8(ascii: "/"): UInt8(ascii: "_")
                    default: $0
                    }
                })
        }
        return pieces
    }

    /// Without padding; bits that are missing at the end are 0.
    private static func encoded(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var (bits, count): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            bits = (bits << 8 | UInt32(byte)) & 0xFFFF
            count += 8
            while count >= 6 {
                count -= 6
                result.append(alphabet[Int(bits >> count & 63)])
            }
        }
        if count > 0 { result.append(alphabet[Int(bits << (6 - count) & 63)]) }
        return result
    }

    /// The whole token that a piece was found in, as far back as `start`; a slash may as well part a path.
    static func token(
        around piece: Range<Int>, in text: UnsafeBufferPointer<UInt8>, after start: Int
    ) -> Range<Int> {
        var (lower, upper) = (piece.lowerBound, piece.upperBound)
        while lower > start, isInToken(text[lower - 1]) { lower -= 1 }
        while upper < text.count, isInToken(text[upper]) { upper += 1 }
        while upper < text.count, text[upper] == UInt8(ascii: "=") { upper += 1 }
        return lower..<upper
    }

    private static func isInToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
