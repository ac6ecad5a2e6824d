// The time that begins a line of a log, as most programs write it, on the run's own clock.

import Core
import RunStore

/// A date and time of day at the start of a line.
struct LogStamp: Hashable {
    /// Nanoseconds since 1970, as if the stamp were in UTC.
    var nanoseconds: Int64
    /// `nil` where the line names no zone.
    var offsetSeconds: Int?
    /// Half of what the last written digit stands for: how exact it is.
    var precision: Int64

    /// `2026-11-26 11:02:45.123`, with `T`, a comma, brackets, `Z`, `UTC` or an offset as they may be.
    init?(_ line: some StringProtocol) {
        var scanner = Scanner(line.utf8.prefix(48))
        scanner.skip { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: " ") }
        guard let year = scanner.digits(4), scanner.take("-"), let month = scanner.digits(2),
            scanner.take("-"),
            let day = scanner.digits(2), scanner.take("T") || scanner.take(" "), let hour = scanner.digits(2),
            scanner.take(":"), let minute = scanner.digits(2), scanner.take(":"),
            let second = scanner.digits(2),
            // Others, such as a zero time, are no moment of a run, and would overflow.
            (1970...2200).contains(year), (1...12).contains(month), (1...31).contains(day), hour < 24,
            minute < 60, second < 61
        else { return nil }
        var fraction: Int64 = 0
        var unit: Int64 = 1_000_000_000
        if scanner.take(".") || scanner.take(",") {
            while unit > 1, let digit = scanner.digits(1) {
                unit /= 10
                fraction += Int64(digit) * unit
            }
            scanner.skip { (0x30...0x39).contains($0) }
        }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
        nanoseconds = Int64(seconds) * 1_000_000_000 + fraction
        precision = unit
        offsetSeconds = scanner.offset()
    }

    /// When that was on the run's clock.
    func time(since origin: WallClockOrigin) -> Int64 {
        let offset = Int64(offsetSeconds ?? origin.utcOffsetSeconds) * 1_000_000_000
        return nanoseconds - offset - origin.unixNanoseconds
    }

    private struct Scanner {
        private var rest: [UInt8]
        private var place = 0

        init(_ bytes: some Sequence<UInt8>) { rest = Array(bytes) }

        mutating func skip(while predicate: (UInt8) -> Bool) {
            while place < rest.count, predicate(rest[place]) { place += 1 }
        }

        mutating func take(_ letter: Unicode.Scalar) -> Bool {
            guard place < rest.count, UInt32(rest[place]) == letter.value else { return false }
            place += 1
            return true
        }

        mutating func digits(_ count: Int) -> Int? {
            guard place + count <= rest.count else { return nil }
            var number = 0
            for byte in rest[place..<(place + count)] {
                guard (0x30...0x39).contains(byte) else { return nil }
                number = 10 * number + Int(byte - 0x30)
            }
            place += count
            return number
        }

        /// `Z`, `UTC`, `GMT`, `+0100`, `+01:00`; a blank may come before.
        mutating func offset() -> Int? {
            _ = take(" ")
            if take("Z") { return 0 }
            let word = String(decoding: rest[place...].prefix(3), as: UTF8.self)
            if word == "UTC" || word == "GMT" { return 0 }
            let isEast = take("+")
            guard isEast || take("-"), let hours = digits(2) else { return nil }
            _ = take(":")
            let seconds = hours * 3_600 + (digits(2) ?? 0) * 60
            return isEast ? seconds : -seconds
        }
    }
}
