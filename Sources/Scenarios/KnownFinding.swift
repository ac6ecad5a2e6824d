// Findings that a team has accepted for a while: which, why and until when.

/// A day of the Gregorian calendar, as `2027-01-31`.
public struct CalendarDay: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var year: Int
    public var month: Int
    public var day: Int

    /// Reads RFC 3339's `full-date`; what follows a `T` does not matter.
    public init?(_ text: some StringProtocol) {
        let date = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        let parts = date.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: isLeap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    public static func < (left: CalendarDay, right: CalendarDay) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    public var description: String {
        func digits(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: count - text.count) + text
        }
        return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
    }
}

/// One accepted finding: it is reported as ever, and does not fail.
public struct KnownFinding: Sendable, Hashable {
    /// The scenario's name.
    public var scenario: String
    /// The finding's class, 8 hexadecimal digits.
    public var classID: String
    public var reason: String
    /// The last day on which it is accepted.
    public var until: CalendarDay
}

extension ScenarioDecoder {
    func knownFindings(_ node: SourceNode?) -> [KnownFinding] {
        var seen: Set<String> = []
        return context.list(node, expected: "a file, or a list of { scenario, class, reason, until }") {
            element in
            guard let finding = knownFinding(element) else { return nil }
            if !seen.insert(finding.classID).inserted {
                context.error("the class `\(finding.classID)` is listed twice", at: element.place)
            }
            return finding
        }
    }

    private func knownFinding(_ node: SourceNode) -> KnownFinding? {
        guard let map = MapReader(node, .knownFinding, context) else { return nil }
        let scenario = map.text("scenario", expected: "a scenario's name")
        let classID = map.value("class", self.classID)
        let reason = map.text("reason", expected: "why it is accepted")
        let until = map.value("until") {
            context.text($0, expected: "a day such as 2027-01-31", else: "is no day") { CalendarDay($0) }
        }
        guard let scenario, let classID, let reason, let until else { return nil }
        return KnownFinding(scenario: scenario, classID: classID, reason: reason, until: until)
    }

    /// As written: without a letter in it YAML would take it for a number.
    func classID(_ node: SourceNode) -> String? {
        let expected = "the class of a finding, 8 hexadecimal digits as `contend show` prints it"
        return context.text(node, expected: expected, else: "is no class of a finding") { text in
            let isClass = text.utf8.count == 8 && text.allSatisfy { $0.isHexDigit && !$0.isUppercase }
            return isClass ? text : nil
        }
    }
}

extension KnownFinding: YAMLWritable {
    var yaml: YAMLText {
        ["scenario": scenario, "class": classID, "reason": reason, "until": until.description]
    }
}
