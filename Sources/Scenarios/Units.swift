// Numbers with units: durations, rates, shares and sizes, read and written.

import Core

/// The unit grammars; each takes the whole text.
enum Units {
    static let durationForm = "expected a duration such as 250ms, 2s, 10m or 1h"
    static let rateForm = "expected a rate such as 400/s"
    static let shareForm = "expected a share such as 20%"
    static let sizeForm = "expected a size such as 512 B, 1 KiB or 2 MiB"

    /// Longer than any run, short enough for nanoseconds in 64 bits.
    private static let durationLimit = 7 * 24 * 3600e9

    private static let timeUnits: [String: Double] = [
        "ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
    ]

    static func duration(_ text: String) throws(TextError) -> Duration {
        let nanoseconds = try number(text, in: timeUnits, else: "is no unit of time", form: durationForm)
        guard nanoseconds <= durationLimit else {
            throw TextError(0, "`\(text)` is longer than seven days", expected: durationForm)
        }
        return .nanoseconds(Int64(nanoseconds.rounded()))
    }

    /// Per second.
    static func rate(_ text: String) throws(TextError) -> Double {
        let perSecond: [String: Double] = ["/s": 1, "/m": 1.0 / 60, "/h": 1.0 / 3600]
        let rate = try number(text, in: perSecond, else: "is no unit of rate", form: rateForm)
        guard rate > 0, rate <= 10_000_000 else {
            throw TextError(0, "a rate must be above zero and at most 10000000/s", expected: rateForm)
        }
        return rate
    }

    /// 0 to 1.
    static func share(_ text: String) throws(TextError) -> Double {
        let percent = try number(text, in: ["%": 1], else: "is no percent sign", form: shareForm)
        guard percent <= 100 else { throw TextError(0, "a share is at most 100%", expected: shareForm) }
        return percent / 100
    }

    /// As in `1.5/success`.
    static func perSuccess(_ text: String) throws(TextError) -> Double {
        try number(
            text, in: ["/success": 1], else: "is no unit of attempts",
            form: "expected attempts for each success, such as 1.5/success")
    }

    static let sizeLimitBytes = 1 << 30

    static func size(_ text: String) throws(TextError) -> Int {
        let factors: [String: Double] = [
            "B": 1, "KiB": 1024, "MiB": 1_048_576, "GiB": 1_073_741_824, "kB": 1000, "MB": 1_000_000,
        ]
        let bytes = try number(text, in: factors, else: "is no unit of size", form: sizeForm)
        guard bytes <= Double(sizeLimitBytes) else {
            throw TextError(0, "a body is at most 1 GiB", expected: sizeForm)
        }
        return Int(bytes.rounded())
    }

    /// A number times what its unit stands for; `otherwise` says what another unit is not.
    private static func number(
        _ text: String, in units: [String: Double], else otherwise: String, form: String
    ) throws(TextError) -> Double {
        var scanner = TextScanner(text)
        scanner.skipSpaces()
        guard let number = Double(scanner.numberText()), number.isFinite else {
            throw TextError(0, "`\(text)` is no number with a unit", expected: form)
        }
        scanner.skipSpaces()
        let offset = scanner.offset
        var unit = scanner.rest
        while let last = unit.last, last.isWhitespace { unit.removeLast() }
        guard !unit.isEmpty else { throw TextError(offset, "`\(text)` has no unit", expected: form) }
        guard let factor = units[unit] else {
            throw TextError(offset, "`\(unit)` \(otherwise)", expected: form)
        }
        return number * factor
    }

    // MARK: - Writing

    /// In the largest unit that divides it.
    static func text(_ duration: Duration) -> String {
        let nanoseconds = duration.nanoseconds
        for (name, unit) in [
            ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
            ("us", 1000),
        ] where nanoseconds != 0 && nanoseconds % Int64(unit) == 0 {
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
