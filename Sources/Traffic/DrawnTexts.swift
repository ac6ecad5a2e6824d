// Texts of requests that have a standard form: random UUIDs and time stamps.

import Core

enum UUIDText {
    /// A version 4 UUID (RFC 9562) of 122 of these bits.
    static func random(_ high: UInt64, _ low: UInt64) -> String {
        let bits = [high & ~0xF000 | 0x4000, low & ~(0b11 << 62) | 0b10 << 62].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        var text = ""
        for (place, digit) in bits.enumerated() {
            if [8, 12, 16, 20].contains(place) { text += "-" }
            text.append(digit)
        }
        return text
    }
}

enum Timestamp {
    /// Such as `2026-11-30T13:19:30.042Z` (RFC 3339), of nanoseconds since 1970.
    static func text(_ unixNanoseconds: Int64) -> String {
        let milliseconds = Int(unixNanoseconds / 1_000_000)
        let seconds = milliseconds / 1_000
        let date = CivilDate(daysSince1970: seconds / 86_400)
        func digits(_ number: Int, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let day = [digits(date.year, 4), digits(date.month, 2), digits(date.day, 2)].joined(separator: "-")
        let time = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60].map { digits($0, 2) }
        return "\(day)T\(time.joined(separator: ":")).\(digits(milliseconds % 1_000, 3))Z"
    }
}
