// The rule by which the n-th draw of a client gets its own randomness.

import Core

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

extension SeededGenerator {
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
}

/// Short text that tells runs of different seeds apart.
func token(of seed: UInt64) -> String {
    var generator = SeededGenerator(state: seed)
    let text = String(generator.next() % 2_176_782_336, radix: 36)  // 36^6
    return String(repeating: "0", count: 6 - text.count) + text
}
