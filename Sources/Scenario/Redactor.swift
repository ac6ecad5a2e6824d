// Keeps secrets, environment values and the user part of URLs out of everything that is written or shown.

import History

/// Replaces sensitive text.
///
/// Values shorter than `minimumLength` are left alone: a secret of three letters would redact half of every
/// history. Each value is also found in the form that it has inside a JSON text and inside a URL.
public struct Redactor: Sendable {
    public static let minimumLength = 4
    public static let mark = "[redacted]"

    /// Longest first, so that a value that contains another goes as a whole.
    private let values: [[UInt8]]
    /// Whether a value begins with this byte.
    private let isFirstByte: [Bool]

    public init(_ values: [String]) {
        var forms: Set<String> = []
        for value in values where value.count >= Redactor.minimumLength {
            forms.insert(value)
            forms.insert(String(JSON.text(.string(value)).dropFirst().dropLast()))
            forms.insert(Redactor.percentEncoded(value))
        }
        self.values = forms.map { Array($0.utf8) }.sorted {
            $0.count != $1.count ? $0.count > $1.count : $0.lexicographicallyPrecedes($1)
        }
        var isFirstByte = [Bool](repeating: false, count: 256)
        for value in self.values { if let first = value.first { isFirstByte[Int(first)] = true } }
        self.isFirstByte = isFirstByte
    }

    /// The text with every value, and the user part of every URL, replaced by `mark`.
    public func redact(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in redacted(bytes) } ?? text
    }

    /// `nil` if nothing is to be replaced.
    private func redacted(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        var result: [UInt8] = []
        var copied = 0
        var index = 0
        while index < bytes.count {
            var end: Int?
            var start = index
            if isFirstByte[Int(bytes[index])] {
                end = values.first { Redactor.occurs($0, in: bytes, at: index) }.map { index + $0.count }
            }
            if end == nil, bytes[index] == UInt8(ascii: ":"),
                let user = Redactor.userPart(of: bytes, at: index)
            {
                start = user.lowerBound
                end = user.upperBound
            }
            guard let end else {
                index += 1
                continue
            }
            result += bytes[copied..<start]
            result += Redactor.mark.utf8
            copied = end
            index = end
        }
        guard copied > 0 else { return nil }
        result += bytes[copied...]
        return String(decoding: result, as: UTF8.self)
    }

    private static func occurs(_ value: [UInt8], in bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool
    {
        guard bytes.count - index >= value.count else { return false }
        for offset in value.indices where bytes[index + offset] != value[offset] { return false }
        return true
    }

    /// What stands between `://` at `index` and the last `@` of the authority.
    private static func userPart(of bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Range<Int>? {
        guard index > 0, index + 3 < bytes.count, bytes[index + 1] == UInt8(ascii: "/"),
            bytes[index + 2] == UInt8(ascii: "/")
        else { return nil }
        var at: Int?
        for position in (index + 3)..<bytes.count {
            let byte = bytes[position]
            if byte <= 0x20 || "/?#\"'<>\\".utf8.contains(byte) { break }
            if byte == UInt8(ascii: "@") { at = position }
        }
        guard let at, at > index + 3 else { return nil }
        return (index + 3)..<at
    }

    private static func percentEncoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isUnreserved =
                byte < 128
                && (scalar.properties.isAlphabetic || (48...57).contains(byte) || "-._~".utf8.contains(byte))
            if isUnreserved {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }
}
