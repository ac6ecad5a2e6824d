// The cookies of one virtual client: what answers set, and what its next requests send (RFC 6265).

import Core

/// One cookie, as a `Set-Cookie` header gives it.
struct Cookie: Sendable, Hashable {
    var name: String
    var value: String
    /// `nil`: the folder of the request that was answered.
    var path: String?
    /// Nanoseconds since 1970 from which on it is gone; `nil`: never.
    var expires: Int64?

    /// RFC 6265, 5.2; `nil` where there is no name.
    init?(_ header: String, now: Int64) {
        let parts = header.split(separator: ";", omittingEmptySubsequences: false)
        guard let pair = parts.first, pair.contains("="), let (name, value) = Self.pair(pair), !name.isEmpty
        else { return nil }
        self.name = name
        self.value = value
        var age: Int?
        for part in parts.dropFirst() {
            guard let (name, value) = Self.pair(part) else { continue }
            switch name.lowercased() {
            case "path": path = value.hasPrefix("/") ? value : nil
            case "expires": if let date = CookieDate.seconds(value) { expires = Self.instant(date) }
            case "max-age":
                age = Int(value) ?? Self.overlong(value) ?? age
            default: continue
            }
        }
        // It is before `Expires`, whichever comes first.
        if let age {
            expires = age <= 0 ? 0 : age >= Self.never ? nil : now + Int64(age) * 1_000_000_000
        }
    }

    func isGone(at now: Int64) -> Bool { expires.map { $0 <= now } ?? false }

    /// The last value that these headers give a cookie of the name; `nil` where they end or never set it.
    static func value(of name: String, in headers: [(name: String, value: String)], now: Int64) -> String? {
        let cookie = headers.filter { $0.name == "set-cookie" }
            .compactMap { Cookie($0.value, now: now) }.last { $0.name == name }
        return cookie.flatMap { $0.isGone(at: now) ? nil : $0.value }
    }

    /// So many seconds are longer than any run.
    private static let never = 4_000_000_000

    /// `nil`: later than the end of any run.
    private static func instant(_ seconds: Int) -> Int64? {
        seconds >= never ? nil : Int64(max(0, seconds)) * 1_000_000_000
    }

    /// Digits that no `Int` holds.
    private static func overlong(_ text: String) -> Int? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return text.hasPrefix("-") ? -1 : never
    }

    /// Name and value on both sides of the first `=`; an attribute may have no value.
    private static func pair(_ text: Substring) -> (name: String, value: String)? {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = sides.first else { return nil }
        return (trimmed(name), sides.count > 1 ? trimmed(sides[1]) : "")
    }

    private static func trimmed(_ text: Substring) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}

/// Cookies by name and path.
///
/// All replicas are one service, so that hosts and ports are not looked at; nor are `Domain`, `Secure`,
/// `HttpOnly` and `SameSite`.
struct CookieJar: Sendable, Hashable {
    /// The most that it holds; for one more, the one that was set first goes.
    static let limit = 200

    /// In the order in which they were set first; each has a path.
    private var kept: [Cookie] = []

    init() {}

    /// Takes what the answer to a request for `target` sets; `false` where another cookie had to go for it.
    mutating func take(
        _ headers: [(name: String, value: String)], from target: String, now: Int64
    ) -> Bool {
        var hadRoom = true
        for header in headers where header.name == "set-cookie" {
            guard var cookie = Cookie(header.value, now: now) else { continue }
            cookie.path = cookie.path ?? Self.folder(of: target)
            let place = kept.firstIndex { $0.name == cookie.name && $0.path == cookie.path }
            if cookie.isGone(at: now) {
                if let place { kept.remove(at: place) }
            } else if let place {
                kept[place] = cookie
            } else {
                if kept.count == Self.limit {
                    kept.removeFirst()
                    hadRoom = false
                }
                kept.append(cookie)
            }
        }
        return hadRoom
    }

    /// The value of a request's `Cookie` header: longer paths first; `nil` where there is none to send.
    func header(for target: String, now: Int64) -> String? {
        let path = Self.path(of: target)
        let sent = kept.filter { !$0.isGone(at: now) && Self.matches(path, $0.path ?? "/") }
        guard !sent.isEmpty else { return nil }
        let lengths = Set(sent.map { $0.path?.utf8.count ?? 1 }).sorted(by: >)
        let inOrder = lengths.flatMap { length in sent.filter { ($0.path?.utf8.count ?? 1) == length } }
        return inOrder.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
    }

    private static func path(of target: String) -> Substring { target.prefix { $0 != "?" && $0 != "#" } }

    /// RFC 6265, 5.1.4: where a cookie without a path belongs.
    private static func folder(of target: String) -> String {
        let path = path(of: target)
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func matches(_ path: Substring, _ folder: String) -> Bool {
        guard path.hasPrefix(folder) else { return false }
        return path.count == folder.count || folder.hasSuffix("/")
            || path.dropFirst(folder.count).first == "/"
    }
}

/// The date of `Expires`.
enum CookieDate {
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// Seconds since 1970 of a date as RFC 6265, 5.1.1 reads it: its parts in any order.
    static func seconds(_ text: String) -> Int? {
        var time: [Int]?
        var day: Int?
        var month: Int?
        var year: Int?
        for token in text.split(whereSeparator: isDelimiter) {
            let clock = token.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
                .compactMap { number($0, 1...2) }
            if time == nil, token.contains(":"), clock.count == 3 {
                time = clock
            } else if day == nil, let found = number(token, 1...2) {
                day = found
            } else if month == nil, let found = months.firstIndex(of: token.prefix(3).lowercased()) {
                month = found + 1
            } else if year == nil, let found = number(token, 2...4) {
                year = found + (found < 70 ? 2000 : found < 100 ? 1900 : 0)
            }
        }
        guard let time, let day, let month, let year, (1...31).contains(day), year >= 1601,
            time[0] < 24, time[1] < 60, time[2] < 60
        else { return nil }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        return days * 86_400 + time[0] * 3_600 + time[1] * 60 + time[2]
    }

    /// The digits that a token begins with.
    private static func number(_ token: Substring, _ length: ClosedRange<Int>) -> Int? {
        let digits = token.prefix { ("0"..."9").contains($0) }
        return length.contains(digits.count) ? Int(digits) : nil
    }

    private static func isDelimiter(_ character: Character) -> Bool {
        guard let byte = character.asciiValue else { return false }
        return byte == 9 || (0x20...0x2f).contains(byte) || (0x3b...0x40).contains(byte)
            || (0x5b...0x60).contains(byte) || (0x7b...0x7e).contains(byte)
    }
}
