// Randomness: one small generator, and the rule by which the n-th draw of a client gets its own.

/// SplitMix64 (Steele, Lea & Flood 2014).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(state: UInt64) { self.state = state }

    /// The generator of one draw: the same seed and identity give the same numbers, whatever was drawn
    /// elsewhere.
    init(seed: UInt64, draw: DrawIdentity) {
        var mixer = SeededGenerator(state: seed)
        var state = mixer.next()
        for part in [UInt64(draw.stream.rawValue), UInt64(draw.client), UInt64(draw.number)] {
            mixer = SeededGenerator(state: state ^ (part &+ 1) &* 0xd134_2543_de82_ef95)
            state = mixer.next()
        }
        self.init(state: state)
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Which draw of which client: the n-th operation in its part of the run.
struct DrawIdentity: Hashable, Sendable {
    enum Stream: UInt8, Sendable { case load, setup, before, after, final, once, shuffle }

    var stream: Stream
    var client: Int
    var number: Int

    /// Tells this draw's texts from those of all others.
    var label: String {
        switch stream {
        case .load: "\(client)-\(number)"
        case .setup: "s\(client)-\(number)"
        case .before: "b\(client)-\(number)"
        case .after: "a\(client)-\(number)"
        case .final: "f\(client)-\(number)"
        case .once: "o\(client)-\(number)"
        case .shuffle: "x\(client)-\(number)"
        }
    }
}

/// Short text that tells runs of different seeds apart.
func token(of seed: UInt64) -> String {
    var generator = SeededGenerator(state: seed)
    let text = String(generator.next() % 2_176_782_336, radix: 36)  // 36^6
    return String(repeating: "0", count: 6 - text.count) + text
}
