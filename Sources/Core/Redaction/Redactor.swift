// Keeps secrets, environment values and the user part of URLs out of everything that is written or shown.

/// Replaces sensitive text.
///
/// Values shorter than `minimumLength` are left alone: a secret of three letters would redact half of every
/// history. A value is also found where something changed it on its way: without the line end after it, in
/// JSON however often it was quoted, in a URL, in HTML, and in base64 with anything before and behind it.
public struct Redactor: Sendable {
    public static let minimumLength = 4
    public static let mark = "[redacted]"

    /// By the byte that an occurrence may begin with, longest first, so that a value that contains another
    /// goes as a whole.
    private let texts: [[SensitiveText]]
    private let mayBegin: [Bool]
    /// Whether there is anything to look for but the users of URLs.
    public let hasValues: Bool
    /// No occurrence is longer than this.
    private let longestOccurrence: Int
    private let leavesAll: Bool

    /// Leaves every text as it is, the users of URLs too.
    public static let leavingAll = Redactor([], leavesAll: true)

    public init(_ values: [String]) { self.init(values, leavesAll: false) }

    private init(_ values: [String], leavesAll: Bool) {
        let all = SensitiveText.all(of: values)
        var texts = [[SensitiveText]](repeating: [], count: 256)
        for text in all { if let first = text.bytes.first { texts[Int(first)].append(text) } }
        // What an encoded first byte may begin with.
        for byte in SensitiveText.escapes { texts[Int(byte)] = all }
        self.texts = texts
        self.leavesAll = leavesAll
        mayBegin = texts.indices.map {
            !leavesAll && $0 == Int(UInt8(ascii: ":")) || !texts[$0].isEmpty
        }
        hasValues = !all.isEmpty
        longestOccurrence = 1_024 + SensitiveText.longestEscape * (all.map(\.bytes.count).max() ?? 0)
    }

    /// The text with every value, and the user part of every URL, replaced by `mark`.
    public func redact(_ text: String) -> String {
        guard !leavesAll else { return text }
        var text = text
        return text.withUTF8 { bytes in
            redacted(bytes, until: bytes.count).text.map { String(decoding: $0, as: UTF8.self) }
        } ?? text
    }

    /// The value with every text in it redacted; names of members stay as they are.
    public func redact(_ value: Value) -> Value {
        guard !leavesAll else { return value }
        switch value {
        case .null, .bool, .int, .double: return value
        case .string(let text): return .string(redact(text))
        case .array(let elements): return .array(elements.map(redact))
        case .object(let members): return .object(redact(members))
        }
    }

    public func redact(_ members: [String: Value]) -> [String: Value] {
        leavesAll ? members : members.mapValues(redact)
    }

    /// The next bytes of a stream, redacted.
    ///
    /// `text` is `nil` if nothing is to be replaced in the first `consumed` bytes; the others are given
    /// again, with what follows them. Of the last bytes all are consumed.
    public func redact(_ bytes: [UInt8], isLast: Bool) -> (text: [UInt8]?, consumed: Int) {
        bytes.withUnsafeBufferPointer { buffer in
            redacted(buffer, until: isLast ? buffer.count : max(0, buffer.count - longestOccurrence))
        }
    }

    /// The beginning of a longer text, at most so many bytes of it, without a half of a value at its end.
    public func redact(beginning bytes: some Collection<UInt8>, atMost limit: Int) -> String {
        let piece = Array(bytes.prefix(limit + longestOccurrence))
        let isWhole = piece.count <= limit
        return piece.withUnsafeBufferPointer { buffer in
            let end = isWhole ? buffer.count : limit
            let (text, consumed) = redacted(buffer, until: end)
            return String(decoding: text ?? Array(buffer[..<min(consumed, buffer.count)]), as: UTF8.self)
        }
    }

    /// Occurrences that begin before `limit`; `consumed` is behind the last of them, or `limit`.
    private func redacted(
        _ bytes: UnsafeBufferPointer<UInt8>, until limit: Int
    ) -> (text: [UInt8]?, consumed: Int) {
        var result: [UInt8] = []
        var copied = 0
        var index = 0
        while index < limit {
            guard mayBegin[Int(bytes[index])], let found = occurrence(in: bytes, at: index, after: copied)
            else {
                index += 1
                continue
            }
            result += bytes[copied..<found.lowerBound]
            result += Redactor.mark.utf8
            copied = found.upperBound
            index = found.upperBound
        }
        guard copied > 0 else { return (nil, limit) }
        let consumed = max(limit, copied)
        result += bytes[copied..<consumed]
        return (result, consumed)
    }

    private func occurrence(
        in bytes: UnsafeBufferPointer<UInt8>, at index: Int, after copied: Int
    ) -> Range<Int>? {
        for text in texts[Int(bytes[index])] {
            guard let end = text.end(in: bytes, from: index) else { continue }
            return text.isInsideToken
                ? Base64.token(around: index..<end, in: bytes, after: copied) : index..<end
        }
        return bytes[index] == UInt8(ascii: ":") ? Redactor.userPart(of: bytes, at: index) : nil
    }

    /// What stands between `://`, or `:\/\/` as some write it in JSON, and the last `@` of the authority.
    private static func userPart(of bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Range<Int>? {
        var start = index + 1
        for _ in 0..<2 {
            while start < bytes.count, bytes[start] == UInt8(ascii: "\\") { start += 1 }
            guard start < bytes.count, bytes[start] == UInt8(ascii: "/") else { return nil }
            start += 1
        }
        guard index > 0, start < bytes.count else { return nil }
        var at: Int?
        for position in start..<bytes.count {
            let byte = bytes[position]
            if byte <= 0x20 || "/?#\"'<>\\".utf8.contains(byte) { break }
            if byte == UInt8(ascii: "@") { at = position }
        }
        guard let at, at > start else { return nil }
        return start..<at
    }
}
