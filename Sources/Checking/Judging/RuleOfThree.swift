// What nothing seen bounds.

import Core

extension Figures {
    /// The 95 % bound on a rate of which none was seen in `count` independent trials, by the rule of three
    /// (Hanley & Lippman-Hand 1983).
    static func ruleOfThree(_ count: Int) -> Double { count == 0 ? 1 : min(1, 3 / Double(count)) }
}
