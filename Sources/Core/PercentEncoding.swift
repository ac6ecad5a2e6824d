// Percent-encoding of text in URLs and request lines (RFC 3986, 2.1).

extension StringProtocol {
    /// With `%XX` in place of every byte of its UTF-8 that is not `kept`.
    public func percentEncoded(keeping kept: (UInt8) -> Bool) -> String {
        guard !utf8.allSatisfy(kept) else { return String(self) }
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in utf8 {
            if kept(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// As a part of a URL: only the unreserved characters (RFC 3986, 2.3) stand for themselves.
    public var percentEncoded: String { percentEncoded(keeping: isUnreserved) }

    /// As a path of a URL, whose slashes stay.
    public var percentEncodedPath: String {
        percentEncoded { isUnreserved($0) || $0 == UInt8(ascii: "/") }
    }
}

private func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        true
    default: false
    }
}
