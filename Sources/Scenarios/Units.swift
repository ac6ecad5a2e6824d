// Numbers with units: durations, rates, shares and sizes, read and written.

import Core

/// The unit grammars; each takes the whole text.
enum Units {
    static let durationForm = "expected a duration such as 250ms, 2s, 10m or 1h"
    static let rateForm = "expected a rate such as 400/s"
    static let shareForm = "expected a share such as 20%"
    static let sizeForm = "expected a size such as 512 B, 1 KiB or 2 MiB"

    /// Longer than any run, short enough for nanoseconds in 64 bits.
    static let durationLimit = Duration.seconds(7 * 24 * 3600)

    private static let durationUnits: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    static func duration(_ text: String) throws(TextError) -> Duration {
        let (number, unit, offset) = try numberAndUnit(text, form: durationForm)
        guard !unit.isEmpty else { throw TextError(offset, "`\(text)` has no unit", expected: durationForm) }
        guard let known = durationUnits.first(where: { $0.name == unit }) else {
            throw TextError(offset, "`\(unit)` is no unit of time", expected: durationForm)
        }
        let nanoseconds = number * known.nanoseconds
        guard nanoseconds <= 7 * 24 * 3600e9 else {
            throw TextError(0, "`\(text)` is longer than seven days", expected: durationForm)
        }
        return .nanoseconds(Int64(nanoseconds.rounded()))
    }

    /// Per second.
    static func rate(_ text: String) throws(TextError) -> Double {
        let (number, unit, offset) = try numberAndUnit(text, form: rateForm)
        let perSecond: [String: Double] = ["/s": 1, "/m": 1.0 / 60, "/h": 1.0 / 3600]
        guard !unit.isEmpty else { throw TextError(offset, "`\(text)` has no unit", expected: rateForm) }
        guard let factor = perSecond[unit] else {
            throw TextError(offset, "`\(unit)` is no unit of rate", expected: rateForm)
        }
        guard number > 0, number * factor <= 10_000_000 else {
            throw TextError(0, "a rate must be above zero and at most 10000000/s", expected: rateForm)
        }
        return number * factor
    }

    /// 0 to 1.
    static func share(_ text: String) throws(TextError) -> Double {
        let (number, unit, offset) = try numberAndUnit(text, form: shareForm)
        guard !unit.isEmpty else { throw TextError(offset, "`\(text)` has no unit", expected: shareForm) }
        guard unit == "%" else {
            throw TextError(offset, "`\(unit)` is no percent sign", expected: shareForm)
        }
        guard number <= 100 else { throw TextError(0, "a share is at most 100%", expected: shareForm) }
        return number / 100
    }

    /// As in `1.5/success`.
    static func perSuccess(_ text: String) throws(TextError) -> Double {
        let form = "expected attempts for each success, such as 1.5/success"
        let (number, unit, offset) = try numberAndUnit(text, form: form)
        guard !unit.isEmpty else { throw TextError(offset, "`\(text)` has no unit", expected: form) }
        guard unit == "/success" else {
            throw TextError(offset, "`\(unit)` is no unit of attempts", expected: form)
        }
        return number
    }

    static let sizeLimitBytes = 1 << 30

    static func size(_ text: String) throws(TextError) -> Int {
        let (number, unit, offset) = try numberAndUnit(text, form: sizeForm)
        let bytes: [String: Double] = [
            "B": 1, "KiB": 1024, "MiB": 1_048_576, "GiB": 1_073_741_824, "kB": 1000, "MB": 1_000_000,
        ]
        guard !unit.isEmpty else { throw TextError(offset, "`\(text)` has no unit", expected: sizeForm) }
        guard let factor = bytes[unit] else {
            throw TextError(offset, "`\(unit)` is no unit of size", expected: sizeForm)
        }
        guard number * factor <= Double(sizeLimitBytes) else {
            throw TextError(0, "a body is at most 1 GiB", expected: sizeForm)
        }
        return Int((number * factor).rounded())
    }

    private static func numberAndUnit(
        _ text: String, form: String
    ) throws(TextError) -> (number: Double, unit: String, offset: Int) {
        var scanner = TextScanner(text)
        scanner.skipSpaces()
        guard let number = Double(scanner.numberText()), number.isFinite else {
            throw TextError(0, "`\(text)` is no number with a unit", expected: form)
        }
        scanner.skipSpaces()
        let offset = scanner.offset
        var unit = scanner.rest
        while let last = unit.last, last.isWhitespace { unit.removeLast() }
        return (number, unit, offset)
    }

    // MARK: - Writing

    /// In the largest unit that divides it.
    static func text(_ duration: Duration) -> String {
        let nanoseconds = duration.nanoseconds
        for (name, unit) in [
            ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
            ("us", 1000),
        ]
        where nanoseconds != 0 && nanoseconds % Int64(unit) == 0 {
            return "\(nanoseconds / Int64(unit))\(name)"
        }
        return nanoseconds == 0 ? "0s" : "\(nanoseconds)ns"
    }

    /// A share as a percentage that reads back as the same number.
    static func text(share: Double) -> String {
        number(exactly: share) {
            $0 * 100
        } back: {
            $0 / 100
        } + "%"
    }

    static func text(rate: Double) -> String { number(rate) + "/s" }

    /// Without a needless `.0`, and never with an exponent the grammar does not know.
    static func number(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return String(value)
    }

    /// `there(value)` as text, nudged until `back` of it gives `value` again.
    private static func number(
        exactly value: Double, _ there: (Double) -> Double, back: (Double) -> Double
    ) -> String {
        let near = there(value)
        for candidate in [near.rounded(), near, near.nextUp, near.nextDown] where back(candidate) == value {
            return number(candidate)
        }
        return number(near)
    }
}

extension Duration {
    /// As scenarios write it: `5m`, `1500ms`.
    public var inUnits: String { Units.text(self) }
}
