// The one line that is redrawn while a run goes on, as a pure function of what is known.

import Core

/// What the progress line shows.
public struct ProgressLine: Sendable, Hashable {
    public var phase: String
    public var elapsedNanoseconds: Int64
    public var ok = 0
    public var fail = 0
    public var unknown = 0
    public var rounds = 0
    public var findings = 0

    public init(phase: String, elapsedNanoseconds: Int64) {
        self.phase = phase
        self.elapsedNanoseconds = elapsedNanoseconds
    }

    /// At most `width` columns; what matters least is left out first.
    public func text(width: Int) -> String {
        let operations = ok + fail + unknown
        var parts = [phase, Figures.duration(nanoseconds: elapsedNanoseconds)]
        if rounds > 0 { parts.append(Figures.grouped(rounds, "round")) }
        if operations > 0 {
            parts.append(Figures.grouped(operations, "operation"))
            parts.append(
                "ok \(Figures.grouped(ok))  fail \(Figures.grouped(fail))  unknown \(Figures.grouped(unknown))"
            )
        }
        if findings > 0 { parts.append(Figures.grouped(findings, "finding")) }
        var text = parts.joined(separator: " · ")
        while text.count > width, parts.count > 2 {
            parts.remove(at: findings > 0 && parts.count > 3 ? parts.count - 2 : parts.count - 1)
            text = parts.joined(separator: " · ")
        }
        return TextStyle.cut(text, to: width)
    }
}
